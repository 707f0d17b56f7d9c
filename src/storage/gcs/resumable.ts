import { crc32c } from '@node-rs/crc32'
import { RemoteError } from '../../errors.ts'
import { BrokenTransfer, failureOf, headerOf, property } from './failure.ts'
import { encodeCrc, type GcsObject, objectOf, statusOf } from './objects.ts'
import type { Part } from './parts.ts'
import { CallFailure, callWithRetries, type Retries, sendTimeoutMs, startRetries, within } from './retries.ts'
import { checkStored, maybeOwn, type Upload } from './written.ts'

/** The service's "go on": the part is stored, the object is not complete. */
const INCOMPLETE = 308

/** Nobody waits longer for the end of an upload that failed anyway; the service forgets it after a week. */
const CANCEL_MS = 2000

/** An upload under way: `address` is a key to it, never shown. `sent` counts the bytes of the parts before. */
interface Transfer {
  readonly upload: Upload
  readonly address: string
  readonly retries: Retries
  readonly offset: number
}

/** What the service has: the object, or so many bytes of it. */
type Answer = { readonly object: GcsObject } | { readonly persistedBytes: number }

/**
 * A resumable upload: an address is made, then the parts are put there one after the other. After a failure the
 * service is asked how much it has, and the rest of the part is sent again.
 * The upload replaces whatever is there when it completes, unless create-only: a late request can't complete it twice.
 * @throws {ObjectExistsError} {CallFailure} {RemoteError}
 */
export async function sendInParts(upload: Upload, first: Part, others: AsyncIterable<Part>) {
  const address = await begin(upload)
  let isComplete = false
  try {
    const { policy } = upload.session
    const retries = startRetries(policy, upload.signal)
    let offset = 0
    let crc = 0
    const send = async (part: Part) => {
      crc = crc32c(part.bytes, crc) >>> 0
      const object = await sendPart({ upload, address, retries, offset }, part, crc)
      offset += part.bytes.length
      return object
    }
    let object = await send(first)
    for await (const part of others) object = await send(part)
    if (object === undefined)
      throw new RemoteError(`gs:// upload of ${upload.objectName} did not complete; run again`)
    isComplete = true
    return await checkStored(upload, object, { bytes: offset, crc32c: crc })
  } finally {
    if (!isComplete) await cancel(upload, address)
  }
}

async function begin(upload: Upload): Promise<string> {
  const { session, objectName, ifAbsent, signal, metadata } = upload
  const create = () =>
    session.client.file(objectName).createResumableUpload({
      metadata: { contentType: 'application/octet-stream', metadata },
      ...(ifAbsent ? { preconditionOpts: { ifGenerationMatch: 0 } } : {}),
    })
  try {
    const [address] = await callWithRetries(session.policy, signal, create)
    return address
  } catch (error) {
    if (statusOf(error) === 412) await maybeOwn(upload)
    throw error
  }
}

/** @returns the object after the last part. @throws {CallFailure} {RemoteError} {ObjectExistsError} */
async function sendPart(transfer: Transfer, part: Part, crc: number): Promise<GcsObject | undefined> {
  const end = transfer.offset + part.bytes.length
  let from = transfer.offset
  let isUnsure = false
  for (;;) {
    try {
      const answer = isUnsure ? await ask(transfer) : await put(transfer, part, from, crc)
      if ('object' in answer) return answer.object
      isUnsure = false
      if (answer.persistedBytes < transfer.offset) throw lostBytes(transfer, answer.persistedBytes)
      if (answer.persistedBytes > from) transfer.retries.afterProgress()
      from = answer.persistedBytes
      if (from >= end && !part.isLast) return undefined
    } catch (error) {
      if (error instanceof RemoteError) throw error
      const failed = await failureToEnd(transfer, error)
      if (failed !== undefined) return await maybeCompleted(transfer, failed)
      isUnsure = true
    }
  }
}

/**
 * A status 400 is lasting here: where a byte changed on the way, earlier parts can't be sent again.
 * @returns undefined after the pause before another attempt, or the error to end with.
 */
async function failureToEnd({ retries }: Transfer, error: unknown): Promise<unknown> {
  const failure = failureOf(error)
  if (failure.status === 400) return new CallFailure(failure, 1)
  return await retries.afterFailure(error).catch((last: unknown) => last)
}

/** An upload that is gone may have completed before its answer got lost. */
async function maybeCompleted({ upload }: Transfer, failed: unknown): Promise<GcsObject> {
  const status = statusOf(failed)
  if (status !== 404 && status !== 410 && status !== 412) throw failed
  const own = await maybeOwn(status === 412 ? upload : { ...upload, ifAbsent: false })
  if (own !== undefined) return own
  throw new RemoteError(
    `gs://${upload.session.client.bucket.name}/${upload.objectName}: the service lost the upload (status ${status}); ` +
      'run again',
  )
}

async function put(transfer: Transfer, part: Part, from: number, crc: number): Promise<Answer> {
  const bytes = part.bytes.subarray(from - transfer.offset)
  const end = transfer.offset + part.bytes.length
  const total = part.isLast ? String(end) : '*'
  const range = bytes.length === 0 ? '*' : `${from}-${end - 1}`
  const headers = {
    'Content-Length': String(bytes.length),
    'Content-Range': `bytes ${range}/${total}`,
    ...(part.isLast ? { 'X-Goog-Hash': `crc32c=${encodeCrc(crc)}` } : {}),
  }
  const answer = await request(transfer, headers, bytes)
  if ('persistedBytes' in answer && answer.persistedBytes <= from) {
    throw new BrokenTransfer(`the service took none of the ${bytes.length} bytes`)
  }
  return answer
}

function ask(transfer: Transfer): Promise<Answer> {
  return request(transfer, { 'Content-Length': '0', 'Content-Range': 'bytes */*' }, Buffer.alloc(0))
}

async function request(
  { upload, address }: Transfer,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): Promise<Answer> {
  const { client, policy } = upload.session
  try {
    const send = () => client.put(address, headers, body)
    const timeoutMs = sendTimeoutMs(policy, body.length)
    return { object: objectOf(await within(timeoutMs, upload.signal, send)) }
  } catch (error) {
    if (property(error, 'code') !== INCOMPLETE) throw error
    const last = /-(\d+)$/.exec(headerOf(property(error, 'response'), 'range') ?? '')?.[1]
    return { persistedBytes: last === undefined ? 0 : Number(last) + 1 }
  }
}

function lostBytes({ upload, offset }: Transfer, persistedBytes: number): RemoteError {
  return new RemoteError(
    `gs://${upload.session.client.bucket.name}/${upload.objectName}: the service has ${persistedBytes} bytes of the ` +
      `upload and had told ${offset}; run again`,
  )
}

/** Where this fails too, the error on its way says why. */
async function cancel(upload: Upload, address: string): Promise<void> {
  await within(CANCEL_MS, undefined, () => upload.session.client.cancel(address)).catch(() => {})
}
