import { DataError } from '../errors.ts'
import { ObjectChangedError, ObjectExistsError, type Storage } from './storage.ts'

/** What a lock says. */
export interface RunLock {
  readonly runId: string
  readonly step: string
  /** `host:pid`, for people. */
  readonly owner: string
  /** Where that pid means one process; '' where the lock doesn't say. */
  readonly place: string
  /** Random: tells this taking of the lock from any other one. */
  readonly token: string
}

/** A lock as it was read. */
export interface FoundLock {
  readonly lock: RunLock
  /** Another one after each renewal. */
  readonly version: string
}

/** @returns whether the lock is taken by this; false where one is there. */
export async function createLock(storage: Storage, name: string, lock: RunLock): Promise<boolean> {
  try {
    await storage.write(name, [encodeLock(lock, 0)], { ifAbsent: true })
    return true
  } catch (error) {
    if (error instanceof ObjectExistsError) return false
    throw error
  }
}

/**
 * Writes a lock again, so that it changes.
 * @param renewals how often that was done; two renewals differ in their bytes.
 * @returns false where the lock was changed or removed since it was found.
 */
export async function renewLock(
  storage: Storage,
  name: string,
  { lock, version }: FoundLock,
  renewals: number,
): Promise<boolean> {
  try {
    await storage.write(name, [encodeLock(lock, renewals)], { ifVersion: version })
    return true
  } catch (error) {
    if (error instanceof ObjectChangedError) return false
    throw error
  }
}

function encodeLock({ runId, step, owner, place, token }: RunLock, renewals: number): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify({ runId, step, owner, place, token, renewals })}\n`)
}

/** @throws {DataError} for an object that is no lock. */
export async function readLock(storage: Storage, name: string): Promise<FoundLock | undefined> {
  const found = await storage.readVersion(name)
  if (found === undefined) return undefined
  const { runId, step, owner, place, token } = parseFields(new TextDecoder().decode(found.bytes))
  if (runId !== undefined && step !== undefined && owner !== undefined) {
    return { lock: { runId, step, owner, place: place ?? '', token: token ?? '' }, version: found.version }
  }
  throw new DataError(`${storage.location}/${name} is not a lock of this program: delete it and run again`)
}

function parseFields(text: string): Readonly<Partial<RunLock>> {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return {}
  }
  const isText = ([, value]: readonly [string, unknown]) => typeof value === 'string'
  return Object.fromEntries(Object.entries(parsed ?? {}).filter(isText))
}
