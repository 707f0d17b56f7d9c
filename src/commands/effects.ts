import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { Redact } from '../http/redact.ts'
import type { Logger } from '../logger.ts'
import { isRunning, processPlace } from '../process-place.ts'
import type { Progress } from '../progress.ts'

/** Everything outside the program that a command may touch besides storage and warehouse; made in the entry point. */
export interface Effects {
  readonly logger: Logger
  readonly progress: Progress
  readonly signal: AbortSignal
  /** Environment variables, for credentials and addresses of remote systems; options come as options. Never logged. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Takes the secrets in the environment out of a text. */
  readonly redact: Redact
  /** Milliseconds of a clock that never goes back, for durations. */
  readonly now: () => number
  /** Unix seconds of the wall clock. */
  readonly wallClockSec: () => number
  /** A few random hexadecimal digits, for names that no other run uses. */
  readonly uniqueSuffix: () => string
  /** This process, as `host:pid`; written into locks. */
  readonly owner: string
  /** Where the pids of owners mean one process each: processes of one place see each other. */
  readonly place: string
  /** False for a process of this place that has ended. */
  readonly isAlive: (owner: string) => boolean
}

/** What a command prints on standard output: text for people, or one object for programs. */
export interface CommandResult {
  readonly text: string
  readonly json: Readonly<Record<string, unknown>>
  /** For a command that did its work but must not exit with 0, such as `doctor` after a failed check. */
  readonly exitCode?: number
}

/** The part of {@link Effects} that the program and the library take from this process alike. */
export const processEffects: Pick<
  Effects,
  'now' | 'wallClockSec' | 'uniqueSuffix' | 'owner' | 'place' | 'isAlive'
> = {
  now: () => performance.now(),
  wallClockSec: () => Math.floor(Date.now() / 1000),
  uniqueSuffix: () => randomBytes(3).toString('hex'),
  owner: `${hostname()}:${process.pid}`,
  place: processPlace,
  isAlive: isProcessAlive,
}

function isProcessAlive(owner: string): boolean {
  return isRunning(Number(owner.slice(owner.lastIndexOf(':') + 1)))
}
