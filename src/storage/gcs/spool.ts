import { randomUUID } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { crc32c } from '@node-rs/crc32'
import { messageOf, RemoteError } from '../../errors.ts'

/** The bytes of one object, in a temporary file that has no name any more: it ends with the process at the latest. */
export interface Spool {
  readonly bytes: number
  readonly crc32c: number
  /** @returns the bytes once more, between those two pieces. */
  read(head: Uint8Array, tail: Uint8Array): Readable
  close(): Promise<void>
}

/**
 * @param chunks pulled once. @param signal checked at every chunk.
 * @throws {RemoteError} where the file can't be written; the signal's reason.
 */
export async function spoolToFile(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<Spool> {
  const path = join(tmpdir(), `td-mta-${randomUUID()}`)
  const file = await spooling(path, () => open(path, 'wx+'))
  try {
    await spooling(path, () => unlink(path))
    let bytes = 0
    let crc = 0
    for await (const chunk of chunks) {
      signal?.throwIfAborted()
      await spooling(path, () => file.writeFile(chunk))
      bytes += chunk.length
      crc = crc32c(chunk, crc)
    }
    signal?.throwIfAborted()
    return {
      bytes,
      crc32c: crc >>> 0,
      read: (head, tail) => Readable.from(readAgain(file, bytes, head, tail), { objectMode: false }),
      close: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

const READ_BYTES = 64 << 10

/** Not by the file's own stream: it closes the file if it is left early, which `autoClose: false` does not prevent. */
async function* readAgain(
  file: FileHandle,
  bytes: number,
  head: Uint8Array,
  tail: Uint8Array,
): AsyncGenerator<Uint8Array> {
  yield head
  for (let at = 0; at < bytes; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, at)
    if (bytesRead === 0) throw new Error(`the temporary file ended after ${at} of ${bytes} bytes`)
    yield buffer.subarray(0, bytesRead)
    at += bytesRead
  }
  yield tail
}

async function spooling<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new RemoteError(
      `can't write the temporary file ${path}: ${messageOf(error)}; free some space, or set TMPDIR, and run again`,
      { cause: error },
    )
  }
}
