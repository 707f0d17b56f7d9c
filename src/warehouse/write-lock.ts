import { randomInt } from 'node:crypto'
import { messageOf } from '../errors.ts'
import type { Sleep } from '../http/retries.ts'
import type { Logger } from '../logger.ts'
import { Overtaken } from './overtaken.ts'
import { isAlive } from './temporary-names.ts'
import type { TableName } from './warehouse.ts'

const PAUSE_MS = 2000
/** Longer than anybody takes between seeing that a lock is a dead run's and removing it. */
const AFTER_REMOVAL_MS = 10_000
const SAID_EVERY_SEC = 20
/** Ten leases: whoever has shown no sign of life for so long is dead. */
export const LOCK_LEASE_SEC = 600
/** About a minute of pauses: who releases a lock leaves it nameless for one at most. */
const NAMELESS_ROUNDS = 24
const CLEAN_UP_MS = 20_000

/**
 * A lock of a database that the service itself decides: something that only one can create. It holds the name of a
 * temporary table, by which others see whose it is, and whether that run lives.
 */
export interface WriteLock {
  /** What we write in its database, for logs and errors. */
  readonly target: TableName
  /** The name by which we take it. */
  readonly mine: string
  /** @returns whether it is ours now; false if there is one, which may be ours if an answer got lost. */
  readonly create: (signal: AbortSignal | undefined) => Promise<boolean>
  /** @returns the name that it holds; undefined if there is none, or no lock. */
  readonly holder: (signal: AbortSignal | undefined) => Promise<string | undefined>
  /** @param holder the name that it holds: however often a call is repeated, a successor's lock stays. */
  readonly remove: (holder: string | undefined, signal: AbortSignal | undefined) => Promise<void>
  /** @returns the names of the database's tables. */
  readonly tables: (signal: AbortSignal | undefined) => Promise<readonly string[]>
  readonly wallClockSec: () => number
  readonly sleep: Sleep
  readonly logger: Logger
}

/**
 * Works while no other run does. What a run that died has locked is free ten minutes after its last sign of life.
 * @param work is told how to check, just before what can't be undone, that the lock is still ours: it throws {@link Overtaken}
 *   where another run has taken us for dead, or removed our lock in place of a dead run's.
 * @throws what the work throws, or what the service says instead of giving the lock; the signal's reason while waiting.
 */
export async function withWriteLock<T>(
  lock: WriteLock,
  signal: AbortSignal | undefined,
  work: (checkHeld: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const checkHeld = async () => {
    if ((await lock.holder(signal)) !== lock.mine) throw new Overtaken(lock.target)
  }
  try {
    await takeLock(lock, signal)
    return await work(checkHeld)
  } finally {
    await release(lock)
  }
}

async function takeLock(lock: WriteLock, signal: AbortSignal | undefined): Promise<void> {
  const { mine, sleep, logger, wallClockSec } = lock
  const { database } = lock.target
  let saidSec = Number.NEGATIVE_INFINITY
  let nameless = 0
  for (;;) {
    signal?.throwIfAborted()
    const holder = (await lock.create(signal)) ? mine : await lock.holder(signal)
    if (holder === mine) return
    nameless = holder === undefined ? nameless + 1 : 0
    const isLeft = holder === undefined ? nameless > NAMELESS_ROUNDS : await isDead(lock, holder, signal)
    if (isLeft) {
      nameless = 0
      // Others who wait have seen the same: one of them may have removed it, and the next one may have taken it.
      if ((await lock.holder(signal)) !== holder) continue
      await lock.remove(holder, signal)
      logger.info({ database, holder }, 'removed a lock that a dead run had left')
      await sleep(AFTER_REMOVAL_MS, signal)
      continue
    }
    // The first time it may just have been released.
    if (nameless !== 1 && wallClockSec() - saidSec >= SAID_EVERY_SEC) {
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
  const lives = (names: readonly string[]) => isAlive(holder, names, wallClockSec(), LOCK_LEASE_SEC)
  return !lives([]) && !lives(await tables(signal))
}

/** The work is done or has failed: either matters more. A call that failed may have taken it. */
async function release({ target, mine, holder, remove, logger }: WriteLock): Promise<void> {
  const deadline = AbortSignal.timeout(CLEAN_UP_MS)
  try {
    if ((await holder(deadline)) === mine) await remove(mine, deadline)
  } catch (error) {
    logger.warn(
      { database: target.database, failure: messageOf(error) },
      'could not release the lock of a database: other runs that write there wait for ten minutes',
    )
  }
}
