import type { Readable } from 'node:stream'
import { crc32c } from '@node-rs/crc32'
import { DataError } from '../../errors.ts'
import { hexadecimal32 } from '../../hexadecimal.ts'
import type { ObjectVersion } from '../storage.ts'
import { BrokenTransfer, CallTimeout } from './failure.ts'
import { type GcsObject, type GcsSession, maybeDescribe, statusOf } from './objects.ts'
import { startRetries } from './retries.ts'

/** An object that was seen, and is to be read as it was then. */
export interface Download {
  readonly session: GcsSession
  readonly objectName: string
  /** For messages, such as `gs://bucket/prefix/name`. */
  readonly label: string
  readonly object: GcsObject
  readonly signal: AbortSignal | undefined
}

/** The object was replaced or removed after we saw it. */
export class ObjectGone extends DataError {
  override name = 'DataError'
}

/** The bytes that came are not those of the object. */
export class WrongBytes extends DataError {
  override name = 'DataError'
}

/** A changed byte on the way and an object that is just being replaced are read again; what is stored wrong stays so. */
const READS = 3

/**
 * Reads one generation of an object in order; a connection that stays silent for `timeoutMs` is opened again at the next
 * byte (one that was cut looks silent, too: node-fetch 2 does not tell). Holds no more than the client's buffer.
 * @throws {WrongBytes} after the last chunk, where the CRC32C is not the one of the object's description.
 * @throws {ObjectGone} where that generation is no longer there. {CallFailure}
 */
export async function* download(from: Download): AsyncGenerator<Uint8Array> {
  const { object, session, signal } = from
  const retries = startRetries(session.policy, signal)
  let at = 0
  let crc = 0
  while (at < object.bytes) {
    try {
      for await (const chunk of openAt(from, at)) {
        at += chunk.length
        crc = crc32c(chunk, crc) >>> 0
        retries.afterProgress()
        yield chunk
      }
      if (at < object.bytes)
        throw new BrokenTransfer(`the download ended after ${at} of ${object.bytes} bytes`)
    } catch (error) {
      const failed = await retries.afterFailure(error).catch((last: unknown) => last)
      if (failed === undefined) continue
      throw statusOf(failed) === 404 ? goneError(from) : failed
    }
  }
  checkBytes(from, at, crc)
}

/**
 * @returns the whole object with its generation, or undefined where there is none; one that is replaced meanwhile is read as it is then.
 * @throws {WrongBytes} where it came with wrong bytes each time. {CallFailure}
 */
export async function downloadWhole(
  session: GcsSession,
  objectName: string,
  label: string,
): Promise<ObjectVersion | undefined> {
  for (let reads = 1; ; reads++) {
    const object = await maybeDescribe(session, objectName)
    if (object === undefined) return undefined
    try {
      const chunks: Uint8Array[] = []
      const whole = download({ session, objectName, label, object, signal: undefined })
      for await (const chunk of whole) chunks.push(chunk)
      return { bytes: Buffer.concat(chunks), version: object.generation }
    } catch (error) {
      const isWorthAnother = error instanceof ObjectGone || error instanceof WrongBytes
      if (!isWorthAnother || reads === READS) throw error
    }
  }
}

async function* openAt({ session, objectName, object, signal }: Download, at: number) {
  const stream = session.client
    .file(objectName, object.generation)
    // The client would check only reads from the start, and give its own errors.
    .createReadStream({ start: at, validation: false, decompress: false })
  yield* watched(stream, session.policy.timeoutMs, signal)
}

/** Gives on what comes; ends the stream where nothing comes for so long, not counting how long the reader takes. */
async function* watched(
  stream: Readable,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted()
  const abort = () => stream.destroy(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  const watch = () =>
    setTimeout(() => stream.destroy(new CallTimeout(`nothing came for ${timeoutMs / 1000} s`)), timeoutMs)
  let timer = watch()
  try {
    for await (const chunk of stream) {
      clearTimeout(timer)
      yield chunk
      timer = watch()
    }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
    stream.destroy()
  }
}

function checkBytes(from: Download, bytes: number, crc: number): void {
  const { object, label } = from
  if (bytes === object.bytes && crc === object.crc32c) return
  throw new WrongBytes(
    `${label}: ${bytes} bytes with CRC32C ${hexadecimal32(crc)} came, its description says ${object.bytes} bytes with ` +
      `${hexadecimal32(object.crc32c)}; run again, and where that fails too, run the step again that wrote it`,
  )
}

function goneError({ label }: Download): ObjectGone {
  return new ObjectGone(
    `${label} was replaced or removed while it was read; run again when nothing writes there`,
  )
}
