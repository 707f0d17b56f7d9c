import { createReadStream } from 'node:fs'
import { constants, copyFile, link, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { crc32c } from '@node-rs/crc32'
import { byCodePoint } from '../../code-points.ts'
import { DataError } from '../../errors.ts'
import { hexadecimal32 } from '../../hexadecimal.ts'
import {
  ObjectExistsError,
  type ObjectVersion,
  type Storage,
  type StoredObject,
  type WriteOptions,
} from '../storage.ts'
import { errorCode, readErrorOf, writeErrorOf } from './file-errors.ts'
import { syncDirectory } from './fsync.ts'
import {
  beginTemporaryPath,
  claimPath,
  endTemporaryPath,
  isTemporaryName,
  removeAbandonedFiles,
} from './temporary-files.ts'

const READ_CHUNK_BYTES = 1 << 20

/**
 * A local directory as storage; made, with its parents, by the first write. An object is written under a temporary
 * name, forced to the disk and renamed; the rename is forced to the disk as well before `write` returns. What a killed
 * writer leaves is never listed, and the next write of the name removes it.
 */
export function openLocalStorage(directory: string): Storage {
  const root = resolve(directory)
  return {
    location: root,
    write: (name, chunks, options) => writeObject(root, name, chunks, options ?? {}),
    read: async (name) => (await readVersion(pathOf(root, name)))?.bytes,
    readVersion: async (name) => readVersion(pathOf(root, name)),
    stream: (name) => streamObject(root, name),
    list: async (prefix) => {
      const names: string[] = []
      for await (const name of walk(root, prefix.slice(0, prefix.lastIndexOf('/') + 1))) {
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
    `storage ${root}: ${JSON.stringify(name)} is no name of an object; ` +
      'allowed are relative paths with /, without . and .. as parts',
  )
}

/** Bytes and version are those of one file, whatever takes its name meanwhile. */
async function readVersion(path: string): Promise<ObjectVersion | undefined> {
  try {
    const file = await open(path, 'r')
    try {
      const { ino, mtimeNs } = await file.stat({ bigint: true })
      const bytes = await file.readFile()
      return { bytes, version: `${ino}-${mtimeNs}-${hexadecimal32(crc32c(bytes))}` }
    } finally {
      await file.close()
    }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw readErrorOf(path, error)
  }
}

/**
 * Removes an object if it is still that version. File systems can't compare and remove in one step: so a process that
 * wants to do so has to create a file named after the version first, and only one can. Where it is killed before it
 * removes that file, nobody can remove that version in this way any more, only without naming it.
 */
async function removeVersion(path: string, version: string): Promise<void> {
  const claim = claimPath(path, version)
  try {
    await (await open(claim, 'wx')).close()
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return
    throw error
  }
  try {
    if ((await readVersion(path))?.version === version) await rm(path)
  } finally {
    await rm(claim, { force: true })
  }
}

async function writeObject(
  root: string,
  name: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: WriteOptions,
): Promise<StoredObject> {
  const path = pathOf(root, name)
  await placing(path, () => mkdir(dirname(path), { recursive: true }))
  const temporaryPath = beginTemporaryPath(path)
  try {
    const written = await writeFile(path, temporaryPath, chunks, options.signal)
    await removeAbandonedFiles(path, temporaryPath)
    await placing(path, () => publish(name, temporaryPath, path, options.ifAbsent ?? false))
    return { name, ...written }
  } finally {
    // Where this fails too, the error on its way says why.
    await rm(temporaryPath, { force: true }).catch(() => {})
    endTemporaryPath(temporaryPath)
  }
}

async function writeFile(
  path: string,
  temporaryPath: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<{ readonly bytes: number; readonly crc32c: number }> {
  const file = await placing(path, () => open(temporaryPath, 'wx'))
  let bytes = 0
  let crc = 0
  try {
    for await (const chunk of chunks) {
      signal?.throwIfAborted()
      await placing(path, () => file.writeFile(chunk))
      bytes += chunk.length
      crc = crc32c(chunk, crc)
    }
    signal?.throwIfAborted()
    await placing(path, () => file.sync())
  } finally {
    await file.close()
  }
  return { bytes, crc32c: crc >>> 0 }
}

/** `link` fails where the name is taken, in one step with giving it; rename would replace. */
async function publish(name: string, temporaryPath: string, path: string, ifAbsent: boolean): Promise<void> {
  if (!ifAbsent) await rename(temporaryPath, path)
  else {
    try {
      await linkOrCopy(temporaryPath, path)
    } catch (error) {
      if (errorCode(error) === 'EEXIST') throw new ObjectExistsError(`${name} exists`, { cause: error })
      throw error
    }
  }
  await syncDirectory(dirname(path))
}

/** Some network and FUSE file systems have no hard links: there a copy is create-only too, but seen while it grows. */
async function linkOrCopy(temporaryPath: string, path: string): Promise<void> {
  try {
    await link(temporaryPath, path)
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(errorCode(error) ?? '')) throw error
    await copyFile(temporaryPath, path, constants.COPYFILE_EXCL)
  }
}

async function* streamObject(root: string, name: string): AsyncGenerator<Uint8Array> {
  const path = pathOf(root, name)
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: READ_CHUNK_BYTES })) yield chunk
  } catch (error) {
    if (isMissing(error)) throw new DataError(`storage ${root}: there is no ${name}`, { cause: error })
    throw readErrorOf(path, error)
  }
}

/** Yields the names of all objects under a folder, '' or one that ends with a slash. */
async function* walk(root: string, folder: string): AsyncGenerator<string> {
  const path = join(root, folder)
  let entries: Awaited<ReturnType<typeof readEntries>>
  try {
    entries = await readEntries(path)
  } catch (error) {
    if (isMissing(error)) return
    throw readErrorOf(path, error)
  }
  for (const entry of entries) {
    if (entry.isDirectory()) yield* walk(root, `${folder}${entry.name}/`)
    else if (!isTemporaryName(entry.name)) yield `${folder}${entry.name}`
  }
}

function readEntries(path: string) {
  return readdir(path, { withFileTypes: true })
}

async function placing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw writeErrorOf(path, error)
  }
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')
}
