import { randomInt } from 'node:crypto'
import { messageOf } from '../errors.ts'
import type { Sleep } from '../http/retries.ts'
import type { Logger } from '../logger.ts'
import { isAlive } from './temporary-names.ts'

const PAUSE_MS = 2000
/** Longer than anybody takes between seeing that a lock is a dead run's and removing it. */
const AFTER_REMOVAL_MS = 10_000
const SAID_EVERY_SEC = 20
const CLEAN_UP_MS = 20_000

/**
 * A lock of a database that the service itself decides: something that only one can create. It holds the name of a
 * temporary table, by which others see whose it is, and whether that run lives.
 */
export interface WriteLock {
  /** For logs. */
  readonly database: string
  /** The name by which we take it. */
  readonly mine: string
  /** @returns whether it is ours now; false if there is one, which may be ours if an answer got lost. */
  readonly create: (signal: AbortSignal | undefined) => Promise<boolean>
  /** @returns the name that it holds; undefined if there is none. */
  readonly holder: (signal: AbortSignal | undefined) => Promise<string | undefined>
  readonly remove: (signal: AbortSignal | undefined) => Promise<void>
  /** @returns the names of the database's tables. */
  readonly tables: (signal: AbortSignal | undefined) => Promise<readonly string[]>
  readonly wallClockSec: () => number
  readonly sleep: Sleep
  readonly logger: Logger
}

/**
 * Works while no other run does. What a run that died has locked is free once its lease has ended.
 * @throws what the work throws, or what the service says instead of giving the lock; the signal's reason while waiting.
 */
export async function withWriteLock<T>(
  lock: WriteLock,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    await takeLock(lock, signal)
    return await work()
  } finally {
    await release(lock)
  }
}

async function takeLock(lock: WriteLock, signal: AbortSignal | undefined): Promise<void> {
  const { database, mine, sleep, logger, wallClockSec } = lock
  let saidSec = Number.NEGATIVE_INFINITY
  for (;;) {
    signal?.throwIfAborted()
    const holder = (await lock.create(signal)) ? mine : await lock.holder(signal)
    if (holder === mine) return
    if (holder !== undefined && (await isDead(lock, holder, signal))) {
      await lock.remove(signal)
      logger.info({ database, holder }, 'removed a lock that a dead run had left')
      await sleep(AFTER_REMOVAL_MS, signal)
      continue
    }
    if (holder !== undefined && wallClockSec() - saidSec >= SAID_EVERY_SEC) {
      saidSec = wallClockSec()
      logger.info({ database, holder }, 'another run is writing its tables: waiting')
    }
    await sleep(randomInt(PAUSE_MS / 2, PAUSE_MS * 2), signal)
  }
}

/** A name that is young enough is a sign of life by itself. */
async function isDead(
  { tables, wallClockSec }: WriteLock,
  holder: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  return !isAlive(holder, [], wallClockSec()) && !isAlive(holder, await tables(signal), wallClockSec())
}

/** The work is done or has failed: either matters more. A call that failed may have taken it. */
async function release({ database, mine, holder, remove, logger }: WriteLock): Promise<void> {
  const deadline = AbortSignal.timeout(CLEAN_UP_MS)
  try {
    if ((await holder(deadline)) === mine) await remove(deadline)
  } catch (error) {
    logger.warn(
      { database, failure: messageOf(error) },
      'could not release the lock of a database: other runs that write there wait until an hour has passed',
    )
  }
}
