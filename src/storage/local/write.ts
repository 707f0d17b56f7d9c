import { constants, copyFile, link, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { crc32c } from '@node-rs/crc32'
import { ObjectChangedError, ObjectExistsError, type StoredObject, type WriteOptions } from '../storage.ts'
import { makeDirectories } from './directories.ts'
import { errorCode, writeErrorOf } from './errors.ts'
import { readVersion } from './read.ts'
import {
  beginTemporaryPath,
  claimPath,
  endTemporaryPath,
  removeAbandonedFiles,
  syncDirectory,
} from './temporary-files.ts'

/**
 * Writes a file that is seen whole or not at all.
 * @param name of the object, for the error.
 * @throws {ObjectExistsError} {ObjectChangedError} {ConfigError} {RemoteError}
 */
export async function writeFileWhole(
  path: string,
  name: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: WriteOptions,
): Promise<Omit<StoredObject, 'name'>> {
  await placing(path, () => makeDirectories(dirname(path)))
  const temporaryPath = beginTemporaryPath(path)
  try {
    const written = await writeFile(path, temporaryPath, chunks, options.signal)
    await placing(path, () => removeAbandonedFiles(path, temporaryPath))
    await placing(path, () => publish(name, temporaryPath, path, options))
    return written
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
): Promise<Omit<StoredObject, 'name'>> {
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
    await placing(path, () => file.close())
  }
  return { bytes, crc32c: crc >>> 0 }
}

/** `link` fails where the name is taken, in one step with giving it; rename would replace. */
async function publish(
  name: string,
  temporaryPath: string,
  path: string,
  { ifAbsent, ifVersion }: WriteOptions,
): Promise<void> {
  if (ifVersion !== undefined) {
    const isReplaced = await ifStillVersion(path, ifVersion, () => rename(temporaryPath, path))
    if (!isReplaced) throw new ObjectChangedError(`${name} has changed`)
  } else if (!ifAbsent) await rename(temporaryPath, path)
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

/** Removes an object if it is still that version. */
export async function removeVersion(path: string, version: string): Promise<void> {
  await ifStillVersion(path, version, () => rm(path))
}

/**
 * Removes or replaces an object if it is still that version. File systems can't compare and do so in one step: so a
 * process that wants to has to create a file named after the version first, and only one can. Where it is killed before
 * it removes that file, nobody can change that version in this way any more, only without naming it.
 * @returns whether it was done.
 */
async function ifStillVersion(path: string, version: string, change: () => Promise<void>): Promise<boolean> {
  const claim = claimPath(path, version)
  try {
    await (await open(claim, 'wx')).close()
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
  try {
    const isStill = (await readVersion(path))?.version === version
    if (isStill) await change()
    return isStill
  } finally {
    await rm(claim, { force: true })
  }
}

async function placing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw writeErrorOf(path, error)
  }
}
