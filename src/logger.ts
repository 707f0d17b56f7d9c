/**
 * What the steps log to: events are past-tense facts with numbers. The program logs with pino, tests not at all.
 * Never pass it a secret.
 */
export interface Logger {
  debug(fields: object, event: string): void
  info(fields: object, event: string): void
  warn(fields: object, event: string): void
  error(fields: object, event: string): void
}

/** A logger that discards everything. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} }
