import { randomUUID } from 'node:crypto'
import { RemoteError } from '../../errors.ts'
import { hexadecimal32 } from '../../hexadecimal.ts'
import { fillSpool, type Spool } from '../spool.ts'
import { ObjectChangedError, ObjectExistsError, type WriteOptions } from '../storage.ts'
import { CRC, maybeDescribe, TOKEN } from './objects.ts'
import { callS3, type S3Session, statusOf } from './session.ts'

/** This many others may replace an object between our look at it and our write before we give up. */
const ROUNDS = 20

/** What is never sent before or after an object. */
const NOTHING = new Uint8Array(0)

/** One object to be written, and by whom: `token` finds our own work again when an answer got lost. */
interface Upload extends Pick<WriteOptions, 'ifAbsent' | 'ifVersion'> {
  readonly session: S3Session
  readonly key: string
  readonly signal: AbortSignal | undefined
  readonly token: string
}

/**
 * Uploads an object in one request, from memory or a temporary file, so that it can be sent again. The service gets our
 * CRC32C and refuses other bytes.
 * @throws {ObjectExistsError} where `ifAbsent` meets an object that is not this very write's. {HttpFailure}
 * @throws {ObjectChangedError} where `ifVersion` meets another one, or none.
 * @throws {ConfigError} if there is no place for a temporary file. {RemoteError} if it can't be written.
 */
export async function uploadObject(
  session: S3Session,
  key: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { ifAbsent, ifVersion, signal }: WriteOptions,
): Promise<{ readonly bytes: number; readonly crc32c: number }> {
  const conditions = { ...(ifAbsent ? { ifAbsent } : {}), ...(ifVersion === undefined ? {} : { ifVersion }) }
  const upload = { session, key, signal, token: randomUUID(), ...conditions }
  const spool = await fillSpool(chunks, signal)
  try {
    await send(upload, spool)
    return { bytes: spool.bytes, crc32c: spool.crc32c }
  } finally {
    await spool.close()
  }
}

/**
 * Every request is bound to the object that is to be replaced, or to none: so a request that arrives late, after we
 * sent it again or wrote something newer, changes nothing.
 */
async function send(upload: Upload, spool: Spool): Promise<void> {
  const { session, key, ifAbsent, ifVersion, signal } = upload
  for (let round = 0; round < ROUNDS; round++) {
    const former = ifAbsent ? undefined : (ifVersion ?? (await maybeDescribe(session, key, signal))?.etag)
    if (await maybeSend(upload, spool, former)) return
  }
  throw new RemoteError(
    `s3://${session.bucket}/${key} is written again and again by other processes; wait for them and run again`,
  )
}

/** @returns false where another object took its place meanwhile. */
async function maybeSend(upload: Upload, spool: Spool, former: string | undefined): Promise<boolean> {
  const { session, key, token, signal } = upload
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(spool.crc32c)
  const put = {
    Bucket: session.bucket,
    Key: key,
    ContentLength: spool.bytes,
    ContentType: key.endsWith('.html') ? 'text/html; charset=utf-8' : 'application/octet-stream',
    ChecksumAlgorithm: 'CRC32C',
    ChecksumCRC32C: checksum.toString('base64'),
    Metadata: { [TOKEN]: token, [CRC]: hexadecimal32(spool.crc32c) },
    ...(former === undefined ? { IfNoneMatch: '*' } : { IfMatch: former }),
  } as const
  try {
    await callS3(
      session,
      `PUT ${key}`,
      ({ sdk, client }, stop) =>
        client.send(new sdk.PutObjectCommand({ ...put, Body: spool.read(NOTHING, NOTHING) }), {
          abortSignal: stop,
        }),
      { bytes: spool.bytes, signal },
    )
    return true
  } catch (error) {
    // 404: there is nothing to be replaced any more, or no bucket.
    const status = statusOf(error)
    if (status !== 412 && !(status === 404 && former !== undefined)) throw error
    return await isOwn(upload)
  }
}

/**
 * The condition was not met: by an object of somebody else, or by our own whose answer got lost.
 * @returns false where this write may look again. @throws {ObjectExistsError} {ObjectChangedError}
 */
async function isOwn({ session, key, token, ifAbsent, ifVersion, signal }: Upload): Promise<boolean> {
  const found = await maybeDescribe(session, key, signal)
  if (found?.token === token) return true
  if (ifAbsent) throw new ObjectExistsError(`${key} exists`)
  if (ifVersion !== undefined) throw new ObjectChangedError(`${key} has changed`)
  return false
}
