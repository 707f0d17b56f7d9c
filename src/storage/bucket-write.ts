import { randomUUID } from 'node:crypto'
import { RemoteError } from '../errors.ts'
import { hexadecimal32 } from '../hexadecimal.ts'
import { type Bucket, type BucketObject, maybeDescribe, type Upload } from './bucket.ts'
import { fillSpool, type Spool } from './spool.ts'
import { ObjectChangedError, ObjectExistsError, type WriteOptions } from './storage.ts'

/** This many others may replace an object between our look at it and our write before we give up. */
const ROUNDS = 20

/**
 * Uploads an object in one request, from memory or a temporary file, so that it can be sent again. The service gets our
 * CRC32C and refuses other bytes; what it reports to have stored is compared again.
 * @throws {ObjectExistsError} where `ifAbsent` meets an object that is not this very write's. {HttpFailure}
 * @throws {ObjectChangedError} where `ifVersion` meets another one, or none.
 * @throws {ConfigError} if there is no place for a temporary file.
 * @throws {RemoteError} if the temporary file can't be written, or the service stored other bytes.
 */
export async function uploadObject(
  bucket: Bucket,
  objectName: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { ifAbsent = false, ifVersion, signal }: WriteOptions,
): Promise<{ readonly bytes: number; readonly crc32c: number }> {
  const upload = { objectName, ifAbsent, ifVersion, signal, token: randomUUID() }
  const spool = await fillSpool(chunks, signal)
  try {
    await send(bucket, upload, spool)
    return { bytes: spool.bytes, crc32c: spool.crc32c }
  } finally {
    await spool.close()
  }
}

/** Served by the bucket, a report has to open in a browser; all else is for programs. */
export function contentTypeOf(objectName: string): string {
  return objectName.endsWith('.html') ? 'text/html; charset=utf-8' : 'application/octet-stream'
}

/**
 * Every request is bound to the version that is to be replaced, or to none: so a request that arrives late, after we sent
 * it again or wrote something newer, changes nothing.
 */
async function send(bucket: Bucket, upload: Upload, spool: Spool): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const sent = await bucket.put(upload, spool, await versionToReplace(bucket, upload))
    const own = sent === undefined ? await maybeOwn(bucket, upload) : sent.stored
    if (own !== undefined) await checkStored(bucket, upload, own, spool)
    if (sent !== undefined || own !== undefined) return
  }
  throw new RemoteError(
    `${bucket.root}/${upload.objectName} is written again and again by other processes; wait for them and run again`,
  )
}

async function versionToReplace(
  bucket: Bucket,
  { objectName, ifAbsent, ifVersion, signal }: Upload,
): Promise<string | undefined> {
  if (ifAbsent) return undefined
  return ifVersion ?? (await maybeDescribe(bucket, objectName, signal))?.version
}

/**
 * The condition was not met: by an object of somebody else, or by our own whose answer got lost.
 * @returns our own object, or undefined where this write may look again.
 * @throws {ObjectExistsError} {ObjectChangedError}
 */
async function maybeOwn(bucket: Bucket, upload: Upload): Promise<BucketObject | undefined> {
  const found = await maybeDescribe(bucket, upload.objectName, upload.signal)
  if (found?.token === upload.token) return found
  if (upload.ifAbsent) throw new ObjectExistsError(`${upload.objectName} exists`)
  if (upload.ifVersion !== undefined) throw new ObjectChangedError(`${upload.objectName} has changed`)
  return undefined
}

/** @throws {RemoteError} where the service stored other bytes; those are removed. */
async function checkStored(
  bucket: Bucket,
  { objectName }: Upload,
  stored: BucketObject,
  sent: Spool,
): Promise<void> {
  const { crc32c = sent.crc32c } = stored
  if (stored.bytes === sent.bytes && crc32c === sent.crc32c) return
  await bucket.remove(objectName, stored.version).catch(() => {})
  const found = Number.isNaN(crc32c) ? 'none' : hexadecimal32(crc32c)
  throw new RemoteError(
    `${bucket.root}/${objectName}: ${stored.bytes} bytes with CRC32C ${found} were stored, ${sent.bytes} bytes with ` +
      `${hexadecimal32(sent.crc32c)} were sent; the object was removed, run again`,
  )
}
