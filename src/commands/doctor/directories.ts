import { existsSync } from 'node:fs'
import { rmdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { ConfigError } from '../../errors.ts'
import { maybeScheme } from '../../schemes.ts'
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
import { checkRoundTrip } from './round-trip.ts'

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
