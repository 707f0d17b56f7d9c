import type { Readable } from 'node:stream'
import { crc32c } from '@node-rs/crc32'
import { DataError } from '../../errors.ts'
import { hexadecimal32 } from '../../hexadecimal.ts'
import { HttpFailure } from '../../http/failure.ts'
import { checkWholeBytes, type ObjectVersion } from '../storage.ts'
import { failureOf } from './errors.ts'
import { maybeDescribe, type S3Object } from './objects.ts'
import type { S3Session } from './session.ts'

/** An object that was seen, and is to be read as it was then. */
export interface Download {
  readonly session: S3Session
  readonly key: string
  /** For messages, such as `s3://bucket/prefix/name`. */
  readonly label: string
  readonly object: S3Object
  readonly signal: AbortSignal | undefined
}

/** The object was replaced or removed after we saw it. */
class ObjectGone extends DataError {
  override name = 'DataError'
}

/** The bytes that came are not those of the object. */
class WrongBytes extends DataError {
  override name = 'DataError'
}

/** A changed byte on the way and an object that is just being replaced are read again; what is stored wrong stays so. */
const READS = 3

/**
 * Reads one version of an object in order; a connection that is cut, or silent for too long, is opened again at the next
 * byte. Holds no more than the client's buffer.
 * @throws {WrongBytes} after the last chunk, where the CRC32C is not the one of the object's description.
 * @throws {ObjectGone} where that version is no longer there. {HttpFailure}
 */
export async function* download(from: Download): AsyncGenerator<Uint8Array> {
  const { object, key, session, signal } = from
  const attempts = session.retries.start(`GET ${key}`, signal)
  let at = 0
  let crc = 0
  while (at < object.bytes) {
    try {
      for await (const chunk of openAt(from, at)) {
        at += chunk.length
        crc = crc32c(chunk, crc) >>> 0
        attempts.afterProgress()
        yield chunk
      }
      if (at < object.bytes) {
        const detail = `the download ended after ${at} of ${object.bytes} bytes`
        throw new HttpFailure({ kind: 'lost', detail })
      }
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error
      if (error.facts.status === 404 || error.facts.status === 412) throw goneError(from)
      await attempts.afterFailure(error)
    }
  }
  checkBytes(from, at, crc)
}

/**
 * @returns the whole object with its version, or undefined where there is none; one that is replaced meanwhile is read as it is then.
 * @throws {WrongBytes} where it came with wrong bytes each time. {HttpFailure}
 */
export async function downloadWhole(
  session: S3Session,
  key: string,
  label: string,
): Promise<ObjectVersion | undefined> {
  for (let reads = 1; ; reads++) {
    const object = await maybeDescribe(session, key)
    if (object === undefined) return undefined
    checkWholeBytes(label, object.bytes)
    try {
      const chunks: Uint8Array[] = []
      for await (const chunk of download({ session, key, label, object, signal: undefined }))
        chunks.push(chunk)
      return { bytes: Buffer.concat(chunks), version: object.etag }
    } catch (error) {
      const isWorthAnother = error instanceof ObjectGone || error instanceof WrongBytes
      if (!isWorthAnother || reads === READS) throw error
    }
  }
}

async function* openAt({ session, key, object, signal }: Download, at: number): AsyncGenerator<Uint8Array> {
  const reader = new AbortController()
  const stop = signal === undefined ? reader.signal : AbortSignal.any([reader.signal, signal])
  // What does not begin to answer in time is given up; then undici watches over the pieces.
  const timer = setTimeout(() => reader.abort(new Error('no answer')), session.policy.silenceMs)
  try {
    const { sdk, client } = await session.connect()
    const get = { Bucket: session.bucket, Key: key, Range: `bytes=${at}-`, IfMatch: object.etag }
    const answer = await client.send(new sdk.GetObjectCommand(get), { abortSignal: stop })
    clearTimeout(timer)
    yield* answer.Body as Readable
  } catch (error) {
    signal?.throwIfAborted()
    throw error instanceof HttpFailure ? error : failureOf(error, session.access.redact)
  } finally {
    clearTimeout(timer)
    reader.abort()
  }
}

function checkBytes({ object, label }: Download, bytes: number, crc: number): void {
  if (bytes === object.bytes && (object.crc32c === undefined || crc === object.crc32c)) return
  throw new WrongBytes(
    `${label}: ${bytes} bytes with CRC32C ${hexadecimal32(crc)} came, its description says ${object.bytes} bytes with ` +
      `${hexadecimal32(object.crc32c ?? 0)}; run again, and where that fails too, run the step again that wrote it`,
  )
}

function goneError({ label }: Download): ObjectGone {
  return new ObjectGone(
    `${label} was replaced or removed while it was read; run again when nothing writes there`,
  )
}
