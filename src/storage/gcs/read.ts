import { crc32c } from '@node-rs/crc32'
import { DataError } from '../../errors.ts'
import { hexadecimal32 } from '../../hexadecimal.ts'
import { connectionFailure, HttpFailure } from '../../http/failure.ts'
import { openRequest } from '../../http/request.ts'
import { checkWholeBytes, type ObjectVersion } from '../storage.ts'
import { type GcsObject, maybeDescribe } from './objects.ts'
import { addressOf, classify, type GcsSession, objectPath } from './session.ts'

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
 * Reads one generation of an object in order; a connection that is cut, or silent for too long, is opened again at the
 * next byte. Holds no more than the client's buffer.
 * @throws {WrongBytes} after the last chunk, where the CRC32C is not the one of the object's description.
 * @throws {ObjectGone} where that generation is no longer there. {HttpFailure}
 */
export async function* download(from: Download): AsyncGenerator<Uint8Array> {
  const { object, objectName, session, signal } = from
  const attempts = session.retries.start(`GET ${objectPath(objectName)}?alt=media`, signal)
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
      if (at < object.bytes) throw endedEarly(at, object.bytes)
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error
      if (error.facts.status === 404) throw goneError(from)
      await attempts.afterFailure(error)
    }
  }
  checkBytes(from, at, crc)
}

/**
 * @returns the whole object with its generation, or undefined where there is none; one that is replaced meanwhile is read as it is then.
 * @throws {WrongBytes} where it came with wrong bytes each time. {HttpFailure}
 */
export async function downloadWhole(
  session: GcsSession,
  objectName: string,
  label: string,
): Promise<ObjectVersion | undefined> {
  for (let reads = 1; ; reads++) {
    const object = await maybeDescribe(session, objectName)
    if (object === undefined) return undefined
    checkWholeBytes(label, object.bytes)
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

async function* openAt(
  { session, objectName, object, signal }: Download,
  at: number,
): AsyncGenerator<Uint8Array> {
  const connection = await session.connect(signal)
  const url = addressOf(session, objectPath(objectName), { alt: 'media', generation: object.generation })
  const request = { method: 'GET', url, headers: { range: `bytes=${at}-` } } as const
  try {
    const { body } = await openRequest(connection, request, signal, session.policy.silenceMs)
    yield* body
  } catch (error) {
    signal?.throwIfAborted()
    throw error instanceof HttpFailure ? classify(error) : connectionFailure(error, connection.redact)
  }
}

function endedEarly(at: number, bytes: number): HttpFailure {
  return new HttpFailure({ kind: 'lost', detail: `the download ended after ${at} of ${bytes} bytes` })
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
