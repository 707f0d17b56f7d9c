import { existsSync } from 'node:fs'
import { rmdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { ConfigError, DataError } from '../../errors.ts'
import { maybeScheme } from '../../schemes.ts'
import { ObjectExistsError, type Storage } from '../../storage/storage.ts'
import type { StorageKind } from '../../storage/storage-kind.ts'
import {
  dataDirectory,
  folderDirectories,
  openStorage,
  type StorageOptions,
  storageKindOf,
} from '../adapters.ts'
import type { Effects } from '../effects.ts'
import type { Checked, Report } from './check-report.ts'
import type { AskedServer } from './clock.ts'

/** Checks the data directory, and each folder of it where it lies. */
export async function checkDirectories(
  report: Report,
  options: StorageOptions,
  effects: Effects,
): Promise<void> {
  const root = dataDirectory(options)
  const isGood = await report.check('data directory', () => checkDirectory(root, effects))
  for (const [folder, given] of folderDirectories(options)) {
    if (isGood || given !== undefined) {
      await report.check(folder, () =>
        checkDirectory(given ?? storageKindOf(root).folder(root, folder), effects),
      )
    } else report.skip(folder, 'needs the data directory')
  }
}

async function checkDirectory(location: string, effects: Effects): Promise<Checked<true>> {
  const made = maybeScheme(location) === undefined ? missingDirectories(location) : []
  try {
    return await checkRoundTrip(openStorage(location, effects), effects.uniqueSuffix())
  } finally {
    // One that isn't empty, or was never made, is left as it is.
    for (const directory of made) await rmdir(directory).catch(() => {})
  }
}

/**
 * Writes a small object as the steps write theirs (create-only, as their locks), reads it back, lists it and deletes it.
 * @param suffix part of the object's name that no other run has.
 * @throws {ConfigError} {RemoteError} as the storage does; {DataError} where it doesn't give back what it was given.
 */
async function checkRoundTrip(storage: Storage, suffix: string): Promise<Checked<true>> {
  const name = `doctor-${suffix}.txt`
  const bytes = new TextEncoder().encode(`written by td-mta doctor, ${suffix}\n`)
  await storage.write(name, [bytes], { ifAbsent: true })
  try {
    await compare(storage, name, bytes)
    await refuseSecond(storage, name, bytes)
  } finally {
    await storage.delete(name)
  }
  if ((await storage.read(name)) !== undefined) {
    throw new DataError(`storage ${storage.location}: ${name} is still there after it was deleted: delete it`)
  }
  return { found: `${storage.location}: wrote, read, listed and deleted ${name}`, value: true }
}

/** Locks rest on it, and not every service that is called S3 does it. */
async function refuseSecond(storage: Storage, name: string, bytes: Uint8Array): Promise<void> {
  try {
    await storage.write(name, [bytes], { ifAbsent: true })
  } catch (error) {
    if (error instanceof ObjectExistsError) return
    throw error
  }
  throw new ConfigError(
    `storage ${storage.location}: ${name} was written twice where it was to be created only: ` +
      'a service that obeys conditional writes is needed (If-None-Match), use another one',
  )
}

async function compare(storage: Storage, name: string, bytes: Uint8Array): Promise<void> {
  const { location } = storage
  const read = await storage.read(name)
  if (read === undefined || Buffer.compare(read, bytes) !== 0) {
    const found = read === undefined ? 'nothing' : `${read.length} other bytes`
    throw new DataError(
      `storage ${location}: read ${found} where ${bytes.length} bytes had been written to ${name}: ` +
        'it has to show what was written at once',
    )
  }
  if ((await storage.list('doctor-')).includes(name)) return
  throw new DataError(
    `storage ${location}: ${name} was written, but is not listed: let the account list objects`,
  )
}

/** @returns those of the directory and its parents that are not there, the deepest first. */
function missingDirectories(location: string): readonly string[] {
  const missing: string[] = []
  for (let path = resolve(location); !existsSync(path); path = dirname(path)) missing.push(path)
  return missing
}

/**
 * @returns the server of the first storage that has one; undefined also where the environment gives no
 *   usable one, which the checks of the directories report.
 */
export function storageServer(options: StorageOptions, { environment }: Effects): AskedServer | undefined {
  const locations = [dataDirectory(options), ...folderDirectories(options).values()]
  try {
    return locations
      .map((location) =>
        location === undefined ? undefined : askedServer(storageKindOf(location), environment),
      )
      .find((server) => server !== undefined)
  } catch (error) {
    if (error instanceof ConfigError) return undefined
    throw error
  }
}

function askedServer(kind: StorageKind, environment: Effects['environment']): AskedServer | undefined {
  const origin = kind.server(environment)
  const { connect } = kind
  return origin === undefined ? undefined : { origin, connect: connect && (() => connect(environment)) }
}
