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

/** A standard stream as far as it is used. */
export interface TextOutput {
  /** @returns a promise where the writing can fail. */
  write(text: string): unknown
  readonly isTTY?: boolean
  /** Width of a terminal. */
  readonly columns?: number
  /** A file to write to at once, so that nothing is lost when the process exits. */
  readonly fd?: number
}
