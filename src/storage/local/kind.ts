import { join } from 'node:path'
import { maybeScheme } from '../../schemes.ts'
import type { StorageKind } from '../storage-kind.ts'
import { openLocalStorage } from './storage.ts'

/** A directory of this machine, or of a volume; takes whatever is no address. */
export const local: StorageKind = {
  variables: [],
  secrets: [],
  matches: (location) => maybeScheme(location) === undefined,
  open: (location) => openLocalStorage(location),
  server: () => undefined,
  folder: join,
}
