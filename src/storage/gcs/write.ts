import { randomUUID } from 'node:crypto'
import { RemoteError } from '../../errors.ts'
import { hexadecimal32 } from '../../hexadecimal.ts'
import { fillSpool, type Spool } from '../spool.ts'
import { ObjectChangedError, ObjectExistsError, type WriteOptions } from '../storage.ts'
import { encodeCrc, type GcsObject, maybeDescribe, objectOf, TOKEN } from './objects.ts'
import { attempt, callGcs, type GcsSession, objectPath, statusOf } from './session.ts'

/** This many others may replace an object between our look at it and our write before we give up. */
const ROUNDS = 20

/** One object to be written, and by whom: `token` finds our own work again when an answer got lost. */
interface Upload {
  readonly session: GcsSession
  readonly objectName: string
  readonly ifAbsent: boolean
  readonly ifVersion: string | undefined
  readonly signal: AbortSignal | undefined
  readonly token: string
}

/**
 * Uploads an object in one request, from memory or a temporary file, so that it can be sent again. The service gets our
 * CRC32C and refuses other bytes; what it reports to have stored is compared again.
 * @throws {ObjectExistsError} where `ifAbsent` meets an object that is not this very write's. {HttpFailure}
 * @throws {ObjectChangedError} where `ifVersion` meets another one, or none.
 * @throws {ConfigError} if there is no place for a temporary file.
 * @throws {RemoteError} if the temporary file can't be written, or the service stored other bytes.
 */
export async function uploadObject(
  session: GcsSession,
  objectName: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { ifAbsent = false, ifVersion, signal }: WriteOptions,
): Promise<{ readonly bytes: number; readonly crc32c: number }> {
  const upload = { session, objectName, ifAbsent, ifVersion, signal, token: randomUUID() }
  const spool = await fillSpool(chunks, signal)
  try {
    const { bytes, crc32c } = await send(upload, spool)
    return { bytes, crc32c }
  } finally {
    await spool.close()
  }
}

/**
 * Every request is bound to the generation that is to be replaced, 0 for none: so a request that arrives late, after
 * we sent it again or wrote something newer, changes nothing.
 */
async function send(upload: Upload, spool: Spool): Promise<GcsObject> {
  for (let round = 0; round < ROUNDS; round++) {
    const stored = await maybeSend(upload, spool, await generationToReplace(upload))
    if (stored !== undefined) return await checkStored(upload, stored, spool)
  }
  throw new RemoteError(
    `${labelOf(upload)} is written again and again by other processes; wait for them and run again`,
  )
}

/** @returns 0 where there is none. */
async function generationToReplace({
  session,
  objectName,
  ifAbsent,
  ifVersion,
  signal,
}: Upload): Promise<string> {
  if (ifAbsent) return '0'
  return ifVersion ?? (await maybeDescribe(session, objectName, signal))?.generation ?? '0'
}

/** @returns the stored object, or undefined where another one took its place meanwhile. */
async function maybeSend(upload: Upload, spool: Spool, generation: string): Promise<GcsObject | undefined> {
  const { session, objectName, signal } = upload
  const url =
    `${session.endpoint}/upload/storage/v1/b/${session.bucket}/o?uploadType=multipart` +
    `&name=${encodeURIComponent(objectName)}&ifGenerationMatch=${generation}`
  try {
    const answer = await session.retries.run(`POST ${objectPath(objectName)}`, signal, () =>
      attempt(session, { method: 'POST', url, ...multipart(upload, spool) }, spool.bytes, signal),
    )
    return objectOf(answer)
  } catch (error) {
    if (statusOf(error) !== 412) throw error
    return await maybeOwn(upload)
  }
}

/** https://cloud.google.com/storage/docs/uploading-objects#rest-upload-objects */
function multipart({ objectName, token }: Upload, spool: Spool) {
  const contentType = contentTypeOf(objectName)
  const metadata = { contentType, crc32c: encodeCrc(spool.crc32c), metadata: { [TOKEN]: token } }
  const boundary = `td-mta-${token}`
  const head = Buffer.from(
    `--${boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(metadata)}\r\n` +
      `--${boundary}\r\nContent-Type: ${contentType}\r\n\r\n`,
  )
  const tail = Buffer.from(`\r\n--${boundary}--`)
  return {
    headers: {
      'content-type': `multipart/related; boundary=${boundary}`,
      'content-length': String(head.length + spool.bytes + tail.length),
    },
    body: spool.read(head, tail),
  }
}

/** Served by the bucket, a report has to open in a browser; all else is for programs. */
function contentTypeOf(objectName: string): string {
  return objectName.endsWith('.html') ? 'text/html; charset=utf-8' : 'application/octet-stream'
}

/**
 * The condition was not met: by an object of somebody else, or by our own whose answer got lost.
 * @returns our own object, or undefined where this write may look again.
 * @throws {ObjectExistsError} {ObjectChangedError}
 */
async function maybeOwn(upload: Upload): Promise<GcsObject | undefined> {
  const found = await maybeDescribe(upload.session, upload.objectName, upload.signal)
  if (found?.token === upload.token) return found
  if (upload.ifAbsent) throw new ObjectExistsError(`${upload.objectName} exists`)
  if (upload.ifVersion !== undefined) throw new ObjectChangedError(`${upload.objectName} has changed`)
  return undefined
}

/** @throws {RemoteError} where the service stored other bytes; those are removed. */
async function checkStored(upload: Upload, stored: GcsObject, sent: Spool): Promise<GcsObject> {
  if (stored.bytes === sent.bytes && stored.crc32c === sent.crc32c) return stored
  const query = { ifGenerationMatch: stored.generation }
  const path = objectPath(upload.objectName)
  await callGcs(upload.session, { method: 'DELETE', path, query }).catch(() => {})
  const found = Number.isNaN(stored.crc32c) ? 'none' : hexadecimal32(stored.crc32c)
  throw new RemoteError(
    `${labelOf(upload)}: ${stored.bytes} bytes with CRC32C ${found} were stored, ${sent.bytes} bytes with ` +
      `${hexadecimal32(sent.crc32c)} were sent; the object was removed, run again`,
  )
}

function labelOf({ session, objectName }: Upload): string {
  return `gs://${session.bucket}/${objectName}`
}
