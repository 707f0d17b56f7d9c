import { ConfigError } from '../errors.ts'
import { openLocalStorage } from './local.ts'
import type { Storage } from './storage.ts'

/**
 * @param location a directory, or `gs://bucket/prefix`.
 * @throws {ConfigError} where the location is of a kind that this version can't read.
 */
export function openStorage(location: string): Storage {
  if (location.startsWith('gs://')) {
    throw new ConfigError(
      `--data-dir (DATA_DIR) is ${location}: Google Cloud Storage is not available in this version; give a local directory`,
    )
  }
  return openLocalStorage(location)
}
