import { DataError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { ObjectExistsError, type Storage } from './storage.ts'

/** Who wants to write which step's objects. */
export interface RunLockOptions {
  readonly runId: string
  readonly step: string
  /** `host:pid` of this process. */
  readonly owner: string
  /** @returns whether the process `host:pid`, on this host, still runs. */
  readonly isAlive: (owner: string) => boolean
  readonly logger: Logger
}

interface RunLock {
  readonly runId: string
  readonly step: string
  readonly owner: string
}

/**
 * Two takers of one abandoned lock each retry once or twice. More means that other processes take it again and again,
 * or, locally, that a taker was killed in the moment in which it removed the lock.
 */
const ATTEMPTS = 5

/**
 * What this process holds, takes or gives back, by owner and lock. A second taker would see its own owner in the lock,
 * and a lock of its own owner that it does not hold is an abandoned one.
 */
const takenHere = new Map<string, RunLock>()

/**
 * Keeps two processes from writing one step's objects in one storage at a time: a create-only object `<step>.lock`.
 * A lock is taken over, and that is logged, if its owner is a dead process of this host, or is on another host but
 * of the same run id (a retry: the former attempt's container is gone). An owner of our own host and pid that is not
 * this process is a dead one, too: containers all have pid 1. Taking over removes only the lock that was read, so of
 * several that find one abandoned lock a single one gets it.
 * @returns a function that gives the lock back; safe to call twice.
 * @throws {DataError} if a living owner has it.
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
  try {
    await take(storage, name, key, options)
  } catch (error) {
    forget()
    throw error
  }
  let released: Promise<void> | undefined
  return () => {
    released ??= release(storage, name, options).finally(forget)
    return released
  }
}

async function take(storage: Storage, name: string, key: string, options: RunLockOptions): Promise<void> {
  let former: RunLock | undefined
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await maybeCreate(storage, name, options)) {
      if (former !== undefined) logTakeOver(options.logger, key, former)
      return
    }
    const found = await readLock(storage, name)
    if (found === undefined) continue
    if (!isAbandoned(found.lock, options)) throw lockedError(key, found.lock)
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

async function maybeCreate(storage: Storage, name: string, options: RunLockOptions): Promise<boolean> {
  try {
    await storage.write(name, [encodeLock(options)], { ifAbsent: true })
    return true
  } catch (error) {
    if (error instanceof ObjectExistsError) return false
    throw error
  }
}

function encodeLock({ runId, step, owner }: RunLock): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify({ runId, step, owner })}\n`)
}

async function readLock(
  storage: Storage,
  name: string,
): Promise<{ readonly lock: RunLock; readonly version: string } | undefined> {
  const found = await storage.readVersion(name)
  if (found === undefined) return undefined
  const { runId, step, owner } = parseFields(new TextDecoder().decode(found.bytes))
  if (typeof runId === 'string' && typeof step === 'string' && typeof owner === 'string') {
    return { lock: { runId, step, owner }, version: found.version }
  }
  throw new DataError(`${storage.location}/${name} is not a lock of this program: delete it and run again`)
}

function parseFields(text: string): Readonly<Record<'runId' | 'step' | 'owner', unknown>> {
  const none = { runId: undefined, step: undefined, owner: undefined }
  try {
    return { ...none, ...JSON.parse(text) }
  } catch {
    return none
  }
}

function isAbandoned(taken: RunLock, options: RunLockOptions): boolean {
  if (taken.owner === options.owner) return true
  if (hostOf(taken.owner) === hostOf(options.owner)) return !options.isAlive(taken.owner)
  return taken.runId === options.runId
}

function hostOf(owner: string): string {
  return owner.slice(0, owner.lastIndexOf(':'))
}

function lockedError(key: string, taken: RunLock): DataError {
  return new DataError(
    `run ${taken.runId} is at its ${taken.step} step in this storage: ${taken.owner} holds ${key}; ` +
      'wait for it to end, or, where that process is gone, delete the file and run again',
  )
}

async function release(storage: Storage, name: string, options: RunLockOptions): Promise<void> {
  const found = await readLock(storage, name)
  const isOurs = found?.lock.owner === options.owner && found.lock.runId === options.runId
  if (isOurs) await storage.delete(name, found.version)
}
