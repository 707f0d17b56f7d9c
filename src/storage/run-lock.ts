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

/** Two takers of one abandoned lock each retry once or twice; more means that something else makes it again. */
const ATTEMPTS = 5

const heldHere = new Set<string>()

/**
 * Keeps two processes from writing one step's objects in one storage at a time: a create-only object `<step>.lock`.
 * A lock is taken over, and that is logged, where its owner is a dead process of this host, or is on another host but
 * of the same run id (a retry: the former attempt's container is gone). An owner of our own host and pid that is not
 * this process is a dead one, too: containers all have pid 1.
 * @returns a function that gives the lock back; safe to call twice.
 * @throws {DataError} where a living owner has it.
 */
export async function acquireRunLock(
  storage: Storage,
  options: RunLockOptions,
): Promise<() => Promise<void>> {
  const name = `${options.step}.lock`
  const key = `${storage.location}/${name}`
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await maybeCreate(storage, name, options)) {
      heldHere.add(key)
      return () => release(storage, name, key, options)
    }
    const taken = await readLock(storage, name)
    if (taken === undefined) continue
    if (heldHere.has(key) || !isAbandoned(taken, options)) throw lockedError(key, taken)
    options.logger.warn({ lock: key, from: taken.owner, runId: taken.runId }, 'took over an abandoned lock')
    await storage.delete(name)
  }
  throw new DataError(`${key} is taken again and again by other processes; wait for them and run again`)
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

async function readLock(storage: Storage, name: string): Promise<RunLock | undefined> {
  const bytes = await storage.read(name)
  if (bytes === undefined) return undefined
  const fields = parseFields(new TextDecoder().decode(bytes))
  const { runId, step, owner } = fields
  if (typeof runId === 'string' && typeof step === 'string' && typeof owner === 'string') {
    return { runId, step, owner }
  }
  throw new DataError(`${storage.location}/${name} is no lock of this program: delete it and run again`)
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

async function release(storage: Storage, name: string, key: string, options: RunLockOptions): Promise<void> {
  if (!heldHere.delete(key)) return
  const taken = await readLock(storage, name)
  if (taken?.owner === options.owner && taken.runId === options.runId) await storage.delete(name)
}
