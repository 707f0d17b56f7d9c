import { randomUUID } from 'node:crypto'
import { DataError, messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { createLock, type FoundLock, type RunLock, readLock, renewLock } from './lock-object.ts'
import type { Storage } from './storage.ts'

/** Who wants to write which step's objects. */
export interface RunLockOptions {
  readonly runId: string
  readonly step: string
  /** `host:pid` of this process. */
  readonly owner: string
  /** Where the pids of owners mean one process each. */
  readonly place: string
  /** @returns whether the process `host:pid`, of this place, still runs. */
  readonly isAlive: (owner: string) => boolean
  readonly logger: Logger
  /** Ends the wait for a lock that nobody renews. */
  readonly signal: AbortSignal
  /** Called once where another process has taken the lock over: nothing may be written any more. */
  readonly onLost: (reason: DataError) => void
  /** Waits milliseconds; rejects when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>
}

/** Of nine renewals in the time of a lease, eight may be late or fail. */
const RENEWED_EVERY_MS = 10_000

/**
 * A lock that is the same after so many looks, in 90 seconds, has nobody who renews it: a machine with far too much to do
 * keeps a process waiting for 40. Looks are counted, not seconds: clocks of hosts differ, and a machine that slept has
 * not looked meanwhile.
 */
const LOOKS = 18
const LOOK_EVERY_MS = 5000

/**
 * Takers of one abandoned lock each retry once or twice. More means that other processes take it again and again,
 * or, locally, that a process was killed in the moment in which it removed or renewed the lock.
 */
const ATTEMPTS = 5

/** What this process holds, takes or gives back, by owner and lock: a second taker here need not wait to be told. */
const takenHere = new Map<string, Pick<RunLock, 'runId' | 'step' | 'owner'>>()

/**
 * Keeps two processes from writing one step's objects in one storage at a time: a create-only object `<step>.lock`, which
 * its owner writes again every ten seconds. A lock is taken over, and that is logged, at once from a process of this place
 * that has ended, and from any other owner, also one of the same run, when it was not renewed for 90 seconds.
 * Taking over removes only the version that was read, so of several that find one abandoned lock a single one gets it.
 * @returns a function that gives the lock back; safe to call twice.
 * @throws {DataError} if a living owner has it. @throws the signal's reason.
 */
export async function acquireRunLock(
  storage: Storage,
  options: RunLockOptions,
): Promise<() => Promise<void>> {
  const name = `${options.step}.lock`
  const key = `${storage.location}/${name}`
  const reservation = `${options.owner} ${key}`
  const taken = takenHere.get(reservation)
  if (taken !== undefined) throw lockedError(key, taken)
  takenHere.set(reservation, options)
  const forget = () => void takenHere.delete(reservation)
  const { runId, step, owner, place } = options
  const lock: RunLock = { runId, step, owner, place, token: randomUUID() }
  try {
    await take(storage, name, lock, options)
  } catch (error) {
    forget()
    throw error
  }
  const ended = new AbortController()
  const renewing = keepRenewing(storage, name, lock, ended.signal, options)
  let released: Promise<void> | undefined
  return () => {
    ended.abort()
    released ??= renewing.then(() => release(storage, name, lock)).finally(forget)
    return released
  }
}

async function take(storage: Storage, name: string, lock: RunLock, options: RunLockOptions): Promise<void> {
  const key = `${storage.location}/${name}`
  let former: RunLock | undefined
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await createLock(storage, name, lock)) {
      if (former !== undefined) logTakeOver(options.logger, key, former)
      return
    }
    const found = await readLock(storage, name)
    if (found === undefined) continue
    const fate = hasEnded(found.lock, options) ? 'abandoned' : await watch(storage, name, found, options)
    if (fate === 'given back') continue
    if (fate === 'kept') throw lockedError(key, found.lock)
    former = found.lock
    await storage.delete(name, found.version)
  }
  throw new DataError(
    `${key} is taken again and again by other processes; wait for them and run again, ` +
      'or, where there are none, delete the file and run again',
  )
}

function logTakeOver(logger: Logger, key: string, { owner, runId }: RunLock): void {
  logger.warn({ lock: key, from: owner, runId }, 'took over an abandoned lock')
}

/** Our own owner, or a process of ours that is gone: nothing about processes elsewhere is known. */
function hasEnded({ place, owner }: RunLock, options: RunLockOptions): boolean {
  return place === options.place && (owner === options.owner || !options.isAlive(owner))
}

/** @returns what becomes of a lock: renewed or taken by another process, given back, or nothing. */
async function watch(
  storage: Storage,
  name: string,
  { lock, version }: FoundLock,
  { logger, signal, sleep }: RunLockOptions,
): Promise<'kept' | 'given back' | 'abandoned'> {
  const { owner, runId } = lock
  const seconds = (LOOKS * LOOK_EVERY_MS) / 1000
  const fields = { lock: `${storage.location}/${name}`, owner, runId, seconds }
  logger.info(fields, 'waiting to see whether the owner of the lock still renews it')
  for (let look = 0; look < LOOKS; look++) {
    await sleep(LOOK_EVERY_MS, signal)
    const now = await readLock(storage, name)
    if (now === undefined) return 'given back'
    if (now.version !== version) return 'kept'
  }
  return 'abandoned'
}

function lockedError(key: string, taken: Pick<RunLock, 'runId' | 'step' | 'owner'>): DataError {
  return new DataError(
    `run ${taken.runId} is at its ${taken.step} step in this storage: ${taken.owner} holds ${key} and renews it; ` +
      'wait for it to end, or stop it, and run again',
  )
}

/** Until the step ends or the lock is lost. A storage that fails for a while is asked again. */
async function keepRenewing(
  storage: Storage,
  name: string,
  lock: RunLock,
  ended: AbortSignal,
  { logger, onLost, sleep }: RunLockOptions,
): Promise<void> {
  for (let renewals = 1; !ended.aborted; renewals++) {
    await sleep(RENEWED_EVERY_MS, ended).catch(() => {})
    if (ended.aborted) return
    try {
      const found = await readLock(storage, name)
      if (found?.lock.token !== lock.token) return onLost(lostError(`${storage.location}/${name}`, found))
      await renewLock(storage, name, found, renewals)
    } catch (error) {
      logger.warn(
        { lock: `${storage.location}/${name}`, failure: messageOf(error) },
        'could not renew a lock',
      )
    }
  }
}

function lostError(key: string, found: FoundLock | undefined): DataError {
  const what = found === undefined ? 'was removed' : `was taken over by ${found.lock.owner}`
  return new DataError(
    `${key} ${what}: this process did not renew it for 90 seconds, or somebody deleted it; ` +
      'nothing more is written, run again when no other run is at this step',
  )
}

async function release(storage: Storage, name: string, lock: RunLock): Promise<void> {
  const found = await readLock(storage, name)
  if (found?.lock.token === lock.token) await storage.delete(name, found.version)
}
