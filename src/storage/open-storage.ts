import { gcsAccessOf } from './gcs/client.ts'
import { openGcsStorage } from './gcs/storage.ts'
import { openLocalStorage } from './local/storage.ts'
import type { Storage } from './storage.ts'

/**
 * @param location a directory, or `gs://bucket/prefix`.
 * @param environment variables with credentials and addresses; nothing else is read from it.
 * @param signal stops what a `gs://` storage has under way; see {@link openGcsStorage}.
 * @throws {ConfigError} where no storage can be at that location, or a variable is not as needed.
 */
export function openStorage(
  location: string,
  environment: Readonly<Record<string, string | undefined>>,
  signal?: AbortSignal,
): Storage {
  if (!location.startsWith('gs://')) return openLocalStorage(location)
  return openGcsStorage(location, { access: gcsAccessOf(environment), ...(signal && { signal }) })
}
