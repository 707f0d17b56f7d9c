import { proxyDispatcher } from '../../http/proxies.ts'
import type { StorageKind } from '../storage-kind.ts'
import { credentialSecrets, gcsAccessOf } from './access.ts'
import { openGcsStorage } from './storage.ts'

/** A bucket of Google Cloud Storage: `gs://bucket/prefix`. */
export const gcs: StorageKind = {
  variables: ['GOOGLE_APPLICATION_CREDENTIALS', 'STORAGE_EMULATOR_HOST'],
  secrets: ['GOOGLE_APPLICATION_CREDENTIALS_JSON'],
  secretsOf: credentialSecrets,
  matches: (location) => location.startsWith('gs://'),
  open: (location, world) => openGcsStorage(location, { ...world, access: gcsAccessOf(world.environment) }),
  server: (environment) => gcsAccessOf(environment).endpoint,
  connect: (environment) => proxyDispatcher(environment, {}),
  folder: (location, name) => `${location.replace(/\/+$/, '')}/${name}`,
}
