import type { Logger } from '../logger.ts'
import type { Progress } from '../progress.ts'

/** All of the world that a command may touch besides storage and warehouse; made in the entry point. */
export interface Effects {
  readonly logger: Logger
  readonly progress: Progress
  readonly signal: AbortSignal
  /** Environment variables, for credentials and addresses of remote systems; options come as options. Never logged. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Milliseconds that only go forward, for durations. */
  readonly now: () => number
  /** Unix seconds of the wall clock. */
  readonly wallClockSec: () => number
  /** A few hexadecimal digits that no other run has. */
  readonly uniqueSuffix: () => string
  /** This process, as `host:pid`; written into locks. */
  readonly owner: string
  /** False for a process of this host that has ended, true where it can't be told. */
  readonly isAlive: (owner: string) => boolean
}

/** What a command leaves for standard output: a text for people and one object for programs. */
export interface CommandResult {
  readonly text: string
  readonly json: Readonly<Record<string, unknown>>
  /** Where a command that worked has to end with something else than 0: `doctor`, where a check failed. */
  readonly exitCode?: number
}
