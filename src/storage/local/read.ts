import { constants } from 'node:fs'
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32c } from '@node-rs/crc32'
import { DataError } from '../../errors.ts'
import { hexadecimal32 } from '../../hexadecimal.ts'
import { checkWholeBytes, type ObjectVersion } from '../storage.ts'
import { isMissing, readErrorOf } from './errors.ts'
import { isTemporaryName } from './temporary-files.ts'

const READ_CHUNK_BYTES = 1 << 20

/** @returns bytes and version of one file, whatever takes its name meanwhile; undefined where there is none. */
export async function readVersion(path: string): Promise<ObjectVersion | undefined> {
  try {
    const { file, size } = await openFile(path)
    try {
      checkWholeBytes(path, size)
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

/** Opens a file. Never waits, as for a pipe that nobody writes to. @throws {DataError} for anything that is no file. */
async function openFile(path: string): Promise<{ readonly file: FileHandle; readonly size: number }> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const found = await file.stat()
  if (found.isFile()) return { file, size: found.size }
  await file.close()
  const what = found.isDirectory() ? 'a directory' : 'a device or a pipe'
  throw new DataError(`can't read ${path}: it is ${what}, not a file; remove it, or give another directory`)
}

/** @throws {DataError} with the text `missing` where there is no such file. */
export async function* streamFile(path: string, missing: string): AsyncGenerator<Uint8Array> {
  try {
    const { file } = await openFile(path)
    for await (const chunk of file.createReadStream({ highWaterMark: READ_CHUNK_BYTES })) yield chunk
  } catch (error) {
    if (isMissing(error)) throw new DataError(missing, { cause: error })
    throw readErrorOf(path, error)
  }
}

/** Yields the names of all objects under a folder, '' or one that ends with a slash. */
export async function* listFiles(root: string, folder: string): AsyncGenerator<string> {
  const path = join(root, folder)
  let entries: Awaited<ReturnType<typeof readEntries>>
  try {
    entries = await readEntries(path)
  } catch (error) {
    if (isMissing(error)) return
    throw readErrorOf(path, error)
  }
  for (const entry of entries) {
    if (entry.isDirectory()) yield* listFiles(root, `${folder}${entry.name}/`)
    else if (!isTemporaryName(entry.name)) yield `${folder}${entry.name}`
  }
}

function readEntries(path: string) {
  return readdir(path, { withFileTypes: true })
}
