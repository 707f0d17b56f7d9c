/**
 * Failures that the user can do something about. Each carries the exit code of the program; anything else that is
 * thrown is a bug and exits with 1.
 */
abstract class TdMtaError extends Error {
  abstract readonly exitCode: number

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
  }
}

/** Flags, environment variables or credentials are wrong; no work was started. Names the flag and the variable. */
export class ConfigError extends TdMtaError {
  override readonly exitCode = 2
}

/** The input can't be used: an empty export, an unknown channel, a corrupt record. */
export class DataError extends TdMtaError {
  override readonly exitCode = 3
}

/** Another system failed or could not be reached. Includes its status; running again may help. */
export class RemoteError extends TdMtaError {
  override readonly exitCode = 4
}

/** With `--require-signal`: the exit code of a run that found no signal in the data. */
export const NO_SIGNAL_EXIT_CODE = 5

/** The run was stopped by SIGINT (exit code 130) or SIGTERM (143); no partial results are left. */
export class Interrupted extends TdMtaError {
  override readonly exitCode: number

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`stopped by ${signal}`)
    this.exitCode = signal === 'SIGINT' ? 130 : 143
  }
}

/** @returns the exit code for anything thrown; 1, a bug, unless it is one of the errors above. */
export function exitCodeOf(error: unknown): number {
  return error instanceof TdMtaError ? error.exitCode : 1
}

/** @returns the message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
