import { statusOf } from '../http/failure.ts'
import type { Retries } from '../http/retries.ts'
import type { BucketLocation } from './bucket-location.ts'
import type { Spool } from './spool.ts'

/** An object as its service describes it. */
export interface BucketObject {
  /** A generation or an ETag. */
  readonly version: string
  readonly bytes: number
  /** Undefined where the service can't know it; NaN where it should. */
  readonly crc32c: number | undefined
  /** Which write made it; undefined for an object of another program. */
  readonly token: string | undefined
}

/** One object to be written, and by whom: `token` finds our own work again when an answer got lost. */
export interface Upload {
  readonly objectName: string
  readonly ifAbsent: boolean
  readonly ifVersion: string | undefined
  readonly signal: AbortSignal | undefined
  readonly token: string
}

/** Names of objects, and where the next page begins. */
export interface NamesPage {
  readonly names: readonly string[]
  readonly next: string | undefined
}

/** A bucket by the calls of its service. All of them throw {HttpFailure}, after what attempts there were. */
export interface Bucket {
  readonly place: BucketLocation
  /** What stands before all names in it, such as `gs://bucket`. */
  readonly root: string
  readonly retries: Retries
  /** Becomes true when the bucket has been seen: then a 404 means the object. */
  isThere: boolean
  /** @param action such as `writing model/weights.bin`. @returns what to throw instead of the error. */
  explain(action: string, error: unknown): unknown
  /** @throws {HttpFailure} with status 404 where there is no such object, or no bucket. */
  describe(objectName: string, signal: AbortSignal | undefined): Promise<BucketObject>
  /** Asks for one name at most. */
  look(signal: AbortSignal | undefined): Promise<void>
  list(prefix: string, from: string | undefined): Promise<NamesPage>
  /** What logs call reading an object. */
  readCall(objectName: string): string
  /** Reads one version from a byte on, in one attempt. @throws {HttpFailure} with status 404 or 412 where it is gone. */
  openAt(
    objectName: string,
    object: BucketObject,
    at: number,
    signal: AbortSignal | undefined,
  ): AsyncIterable<Uint8Array>
  /**
   * @param former version that the object replaces; undefined: there must be none.
   * @returns undefined where another object is there, or none; else what the service says that it stored, if it says so.
   */
  put(
    upload: Upload,
    spool: Spool,
    former: string | undefined,
  ): Promise<{ readonly stored: BucketObject | undefined } | undefined>
  /** @throws {HttpFailure} with status 404 or 412 where that version is no longer there. */
  remove(objectName: string, version: string): Promise<void>
}

/** Under this name an object's own metadata says which write made it. */
export const TOKEN = 'td-mta-write'

/** @returns a CRC32C as both services write it: base64 of its four bytes, highest first. */
export function encodeCrc(crc: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc >>> 0)
  return bytes.toString('base64')
}

/** @returns the object's description, or undefined where there is none. @throws {HttpFailure} also where there is no bucket. */
export async function maybeDescribe(
  bucket: Bucket,
  objectName: string,
  signal?: AbortSignal,
): Promise<BucketObject | undefined> {
  try {
    const object = await bucket.describe(objectName, signal)
    bucket.isThere = true
    return object
  } catch (error) {
    if (statusOf(error) !== 404) throw error
    await checkBucket(bucket, signal)
    return undefined
  }
}

/**
 * Services answer 404 for an object and for a bucket that is not there, and describing a bucket needs a permission that
 * object roles lack: listing tells them apart. Asked once.
 */
async function checkBucket(bucket: Bucket, signal: AbortSignal | undefined): Promise<void> {
  if (bucket.isThere) return
  try {
    await bucket.look(signal)
  } catch (error) {
    if (statusOf(error) !== 403) throw error
  }
  bucket.isThere = true
}
