import { proxyDispatcher } from '../../http/proxies.ts'
import type { StorageKind } from '../storage-kind.ts'
import { s3AccessOf, secretVariables, serverOf } from './access.ts'
import { openS3Storage } from './storage.ts'

/** A bucket of Amazon S3, or of a service that speaks as it does: `s3://bucket/prefix`. */
export const s3: StorageKind = {
  variables: [
    'AWS_ACCESS_KEY_ID',
    'AWS_PROFILE',
    'AWS_REGION',
    'AWS_DEFAULT_REGION',
    'AWS_ENDPOINT_URL',
    'AWS_ENDPOINT_URL_S3',
  ],
  secrets: secretVariables,
  matches: (location) => location.startsWith('s3://'),
  open: (location, world) => openS3Storage(location, { ...world, access: s3AccessOf(world.environment) }),
  server: (environment) => serverOf(s3AccessOf(environment)),
  connect: (environment) => proxyDispatcher(environment, {}),
  folder: (location, name) => `${location.replace(/\/+$/, '')}/${name}`,
}
