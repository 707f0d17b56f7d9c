import { crc32c } from '@node-rs/crc32'
import { DataError } from '../errors.ts'
import { hexadecimal32 } from '../hexadecimal.ts'
import { HttpFailure } from '../http/failure.ts'
import { type Bucket, type BucketObject, maybeDescribe } from './bucket.ts'
import { checkWholeBytes, type ObjectVersion } from './storage.ts'

/** An object that was seen, and is to be read as it was then. */
export interface Download {
  readonly bucket: Bucket
  readonly objectName: string
  /** For messages, such as `gs://bucket/prefix/name`. */
  readonly label: string
  readonly object: BucketObject
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
 * Reads one version of an object in order; a connection that is cut, or silent for too long, is opened again at the
 * next byte. Holds no more than the client's buffer.
 * @throws {WrongBytes} after the last chunk, where the CRC32C is not the one of the object's description.
 * @throws {ObjectGone} where that version is no longer there. {HttpFailure}
 */
export async function* download(from: Download): AsyncGenerator<Uint8Array> {
  const { bucket, objectName, object, signal } = from
  const attempts = bucket.retries.start(bucket.readCall(objectName), signal)
  let at = 0
  let crc = 0
  while (at < object.bytes) {
    try {
      for await (const chunk of bucket.openAt(objectName, object, at, signal)) {
        at += chunk.length
        crc = crc32c(chunk, crc) >>> 0
        attempts.afterProgress()
        yield chunk
      }
      if (at < object.bytes) throw endedEarly(at, object.bytes)
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
  bucket: Bucket,
  objectName: string,
  label: string,
): Promise<ObjectVersion | undefined> {
  for (let reads = 1; ; reads++) {
    const object = await maybeDescribe(bucket, objectName)
    if (object === undefined) return undefined
    checkWholeBytes(label, object.bytes)
    try {
      const chunks: Uint8Array[] = []
      const whole = download({ bucket, objectName, label, object, signal: undefined })
      for await (const chunk of whole) chunks.push(chunk)
      return { bytes: Buffer.concat(chunks), version: object.version }
    } catch (error) {
      const isWorthAnother = error instanceof ObjectGone || error instanceof WrongBytes
      if (!isWorthAnother || reads === READS) throw error
    }
  }
}

function endedEarly(at: number, bytes: number): HttpFailure {
  return new HttpFailure({ kind: 'lost', detail: `the download ended after ${at} of ${bytes} bytes` })
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
