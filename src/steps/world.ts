import { FindingLog } from '../findings/finding-log.ts'
import type { Logger } from '../logger.ts'
import type { Progress } from '../progress.ts'
import type { Storage } from '../storage/storage.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'

/** What a step works with: interfaces only, so that a step is the same on a laptop and on Treasure Data. */
export interface World {
  readonly warehouse: Warehouse
  /** One namespace for manifest.json, positive_tfrecords/, negative_tfrecords/ and model/. */
  readonly storage: Storage
  /** The data directory of the run whose model is used; absent: the run's own model is. */
  readonly modelStorage?: Storage | undefined
  readonly logger: Logger
  /** What is noticed about the data. */
  readonly findings: FindingLog
  readonly progress: Progress
  readonly signal: AbortSignal
  /** Stops the step as the signal does, with that reason. */
  readonly stop: (reason: Error) => void
  /** Milliseconds that only go forward, for durations. */
  readonly now: () => number
  readonly wallClockSec: () => number
  readonly uniqueSuffix: () => string
  /** `host:pid`. */
  readonly owner: string
  /** Where the pids of owners mean one process each. */
  readonly place: string
  readonly isAlive: (owner: string) => boolean
}

/** @returns the world of a step. Each part is named: a command's effects also hold the environment, and with it keys. */
export function worldOf(
  effects: Omit<World, 'warehouse' | 'storage' | 'findings' | 'stop'>,
  storage: Storage,
  warehouse: Warehouse,
): World {
  const { logger, progress, signal, now, wallClockSec, uniqueSuffix, owner, place, isAlive } = effects
  const stopped = new AbortController()
  const findings = new FindingLog(logger)
  return {
    warehouse,
    storage,
    logger,
    findings,
    progress,
    signal: AbortSignal.any([signal, stopped.signal]),
    stop: (reason) => stopped.abort(reason),
    now,
    wallClockSec,
    uniqueSuffix,
    owner,
    place,
    isAlive,
  }
}
