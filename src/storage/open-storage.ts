import type { Logger } from '../logger.ts'
import { gcsAccessOf } from './gcs/access.ts'
import { openGcsStorage } from './gcs/storage.ts'
import { openLocalStorage } from './local/storage.ts'
import type { Storage } from './storage.ts'

/** What a storage needs of its surroundings. */
export interface StorageWorld {
  /** Variables with credentials and addresses; nothing else is read from it. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly logger: Logger
  /** Unix seconds. */
  readonly wallClockSec: () => number
  /** Stops what a `gs://` storage has under way; see {@link openGcsStorage}. */
  readonly signal?: AbortSignal
}

/**
 * @param location a directory, or `gs://bucket/prefix`.
 * @throws {ConfigError} where no storage can be at that location, or a variable is not as needed.
 */
export function openStorage(location: string, world: StorageWorld): Storage {
  if (!location.startsWith('gs://')) return openLocalStorage(location)
  return openGcsStorage(location, { ...world, access: gcsAccessOf(world.environment) })
}
