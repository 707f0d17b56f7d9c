import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { byCodePoint } from '../../code-points.ts'
import { DataError } from '../../errors.ts'
import type { Storage } from '../storage.ts'
import { isMissing, writeErrorOf } from './errors.ts'
import { listFiles, readVersion, streamFile } from './read.ts'
import { isTemporaryName } from './temporary-files.ts'
import { removeVersion, writeFileWhole } from './write.ts'

/**
 * A local directory as storage; made, with its parents, by the first write. An object is written under a temporary
 * name, forced to the disk and renamed; the rename is forced to the disk as well before `write` returns. What a killed
 * writer leaves is never listed, and the next write of the name removes it.
 */
export function openLocalStorage(directory: string): Storage {
  const root = resolve(directory)
  return {
    location: root,
    write: async (name, chunks, options) => {
      return { name, ...(await writeFileWhole(pathOf(root, name), name, chunks, options ?? {})) }
    },
    read: async (name) => (await readVersion(pathOf(root, name)))?.bytes,
    readVersion: async (name) => readVersion(pathOf(root, name)),
    async *stream(name) {
      yield* streamFile(pathOf(root, name), `storage ${root}: there is no ${name}`)
    },
    list: async (prefix) => {
      const names: string[] = []
      for await (const name of listFiles(root, prefix.slice(0, prefix.lastIndexOf('/') + 1))) {
        if (name.startsWith(prefix)) names.push(name)
      }
      return names.sort(byCodePoint)
    },
    delete: async (name, version) => {
      const path = pathOf(root, name)
      try {
        if (version === undefined) await rm(path, { force: true })
        else await removeVersion(path, version)
      } catch (error) {
        if (!isMissing(error)) throw writeErrorOf(path, error)
      }
    },
  }
}

/** Names come out of manifests, too: none may lead out of the directory. */
function pathOf(root: string, name: string): string {
  const isInside = name.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  if (isInside && !/[\\\0]/.test(name) && !isTemporaryName(name)) return join(root, name)
  throw new DataError(
    `storage ${root}: ${JSON.stringify(name)} is not a valid object name; ` +
      'allowed are relative paths with /, without . and .. as parts',
  )
}
