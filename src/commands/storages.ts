import { gcs } from '../storage/gcs/kind.ts'
import { local } from '../storage/local/kind.ts'
import { s3 } from '../storage/s3/kind.ts'
import type { StorageKind } from '../storage/storage-kind.ts'

/** Every kind of storage, the first that matches counts: a new one is its own folder and a line here. */
export const storages: readonly StorageKind[] = [gcs, s3, local]
