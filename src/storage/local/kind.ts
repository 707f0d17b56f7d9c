import { join } from 'node:path'
import type { StorageKind } from '../storage-kind.ts'
import { openLocalStorage } from './storage.ts'

/** A directory of this machine, or of a volume; takes whatever location no other kind takes. */
export const local: StorageKind = {
  variables: [],
  secrets: [],
  matches: () => true,
  open: (location) => openLocalStorage(location),
  server: () => undefined,
  folder: join,
}
