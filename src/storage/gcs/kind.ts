import type { StorageKind } from '../storage-kind.ts'
import { gcsAccessOf } from './access.ts'
import { openGcsStorage } from './storage.ts'

/** A bucket of Google Cloud Storage: `gs://bucket/prefix`. */
export const gcs: StorageKind = {
  variables: ['GOOGLE_APPLICATION_CREDENTIALS', 'STORAGE_EMULATOR_HOST'],
  secrets: ['GOOGLE_APPLICATION_CREDENTIALS_JSON'],
  matches: (location) => location.startsWith('gs://'),
  open: (location, world) => openGcsStorage(location, { ...world, access: gcsAccessOf(world.environment) }),
  server: (environment) => gcsAccessOf(environment).endpoint,
  folder: (location, name) => `${location.replace(/\/+$/, '')}/${name}`,
}
