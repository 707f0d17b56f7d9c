import { randomUUID } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { crc32c } from '@node-rs/crc32'
import { ConfigError, messageOf, RemoteError } from '../errors.ts'
import { property } from './property.ts'

/**
 * The bytes of one object, to be sent as often as it takes: small ones in memory, others in a temporary file that has
 * no name any more and so ends with the process at the latest.
 */
export interface Spool {
  readonly bytes: number
  readonly crc32c: number
  /** @returns the bytes again, between those two pieces. */
  read(head: Uint8Array, tail: Uint8Array): Readable
  close(): Promise<void>
}

/** Locks, manifests and small tables fit: they need no place for temporary files. */
const MEMORY_BYTES = 8 << 20

/**
 * Takes the bytes of one object.
 * @param chunks pulled once; each is copied. @param signal checked at every chunk.
 * @throws {ConfigError} if there is no place for a temporary file. {RemoteError} if it can't be written.
 * @throws the signal's reason.
 */
export async function fillSpool(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<Spool> {
  const held: Uint8Array[] = []
  let file: FileHandle | undefined
  let bytes = 0
  let crc = 0
  try {
    for await (const chunk of chunks) {
      signal?.throwIfAborted()
      bytes += chunk.length
      crc = crc32c(chunk, crc)
      if (file === undefined && bytes > MEMORY_BYTES) {
        file = await openNameless()
        for (const former of held.splice(0)) await append(file, former)
      }
      if (file === undefined) held.push(Uint8Array.from(chunk))
      else await append(file, chunk)
    }
    signal?.throwIfAborted()
  } catch (error) {
    await file?.close()
    throw error
  }
  const content = () => (file === undefined ? held : readAgain(file, bytes))
  return {
    bytes,
    crc32c: crc >>> 0,
    read: (head, tail) => Readable.from(between(head, content(), tail), { objectMode: false }),
    close: async () => await file?.close(),
  }
}

async function* between(
  head: Uint8Array,
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  tail: Uint8Array,
): AsyncGenerator<Uint8Array> {
  yield head
  yield* content
  yield tail
}

const READ_BYTES = 64 << 10

/** Not by the file's own stream: it closes the file if it is left early, which `autoClose: false` does not prevent. */
async function* readAgain(file: FileHandle, bytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, at)
    if (bytesRead === 0) throw new Error(`the temporary file ended after ${at} of ${bytes} bytes`)
    yield buffer.subarray(0, bytesRead)
    at += bytesRead
  }
}

const NO_PLACE = /^(EACCES|EPERM|EROFS|ENOENT|ENOTDIR)$/

async function openNameless(): Promise<FileHandle> {
  const path = join(tmpdir(), `td-mta-${randomUUID()}`)
  try {
    const file = await open(path, 'wx+')
    await unlink(path).catch(async (error: unknown) => {
      await file.close()
      throw error
    })
    return file
  } catch (error) {
    if (!NO_PLACE.test(String(property(error, 'code')))) throw spoolingFailed(error)
    throw new ConfigError(
      `TMPDIR: no temporary file can be made in ${tmpdir()} (${messageOf(error)}), and an object of more than 8 MiB ` +
        'needs one on its way to the bucket; set TMPDIR to a directory that can be written',
      { cause: error },
    )
  }
}

async function append(file: FileHandle, chunk: Uint8Array): Promise<void> {
  try {
    await file.writeFile(chunk)
  } catch (error) {
    throw spoolingFailed(error)
  }
}

function spoolingFailed(error: unknown): RemoteError {
  return new RemoteError(
    `can't write a temporary file in ${tmpdir()}: ${messageOf(error)}; free some space, or set TMPDIR, and run again`,
    { cause: error },
  )
}
