/**
 * The three kinds of failure that a person can do something about. Each carries the exit code that the
 * entry point ends with; anything else that is thrown is a bug and exits 1.
 */
abstract class TdMtaError extends Error {
  abstract readonly exitCode: number

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
  }
}

/** Flags, environment variables or credentials are wrong: nothing was started. Names the flag and the variable. */
export class ConfigError extends TdMtaError {
  override readonly exitCode = 2
}

/** What was read can't be used: an empty export, an unknown channel, a corrupt record. */
export class DataError extends TdMtaError {
  override readonly exitCode = 3
}

/** Another system failed or could not be reached. Holds its status; running again may help. */
export class RemoteError extends TdMtaError {
  override readonly exitCode = 4
}

/** The exit code of a run that worked on data without signal, with `--require-signal`. */
export const NO_SIGNAL_EXIT_CODE = 5

/** The run was told to stop: by SIGINT (exit code 130) or SIGTERM (143). Nothing partial is left behind. */
export class Interrupted extends TdMtaError {
  override readonly exitCode: number

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`stopped by ${signal}`)
    this.exitCode = signal === 'SIGINT' ? 130 : 143
  }
}

/** @returns the exit code that belongs to anything thrown: 1 for what is none of ours, a bug. */
export function exitCodeOf(error: unknown): number {
  return error instanceof TdMtaError ? error.exitCode : 1
}

/** @returns the message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
