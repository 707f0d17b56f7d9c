import { randomInt } from 'node:crypto'
import { messageOf } from '../errors.ts'
import type { Sleep } from '../http/retries.ts'
import type { Logger } from '../logger.ts'
import { isAlive } from './temporary-names.ts'

const PAUSE_MS = 2000
/** Longer than anybody takes between seeing that a lock is a dead run's and removing it. */
const AFTER_REMOVAL_MS = 10_000
const SAID_EVERY_SEC = 60
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
  /** Tries to create it. @returns the name that it holds now; undefined if nobody has it. */
  readonly take: (signal: AbortSignal | undefined) => Promise<string | undefined>
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
  await takeLock(lock, signal)
  try {
    return await work()
  } finally {
    await release(lock)
  }
}

async function takeLock(lock: WriteLock, signal: AbortSignal | undefined): Promise<void> {
  const { database, mine, take, sleep, logger, wallClockSec } = lock
  let saidSec = Number.NEGATIVE_INFINITY
  for (;;) {
    signal?.throwIfAborted()
    const holder = await take(signal)
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

/** The work is done or has failed: either matters more. */
async function release({ database, remove, logger }: WriteLock): Promise<void> {
  try {
    await remove(AbortSignal.timeout(CLEAN_UP_MS))
  } catch (error) {
    logger.warn(
      { database, failure: messageOf(error) },
      'could not release the lock of a database: other runs that write there wait until an hour has passed',
    )
  }
}
