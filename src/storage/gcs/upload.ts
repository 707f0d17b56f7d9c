import { crc32c } from '@node-rs/crc32'
import { RemoteError } from '../../errors.ts'
import type { WriteOptions } from '../storage.ts'
import {
  encodeCrc,
  type GcsObject,
  type GcsSession,
  makeToken,
  maybeDescribe,
  objectOf,
  statusOf,
} from './objects.ts'
import { partsOf } from './parts.ts'
import { sendInParts } from './resumable.ts'
import { sendTimeoutMs, startRetries, within } from './retries.ts'
import { checkStored, maybeOwn, type Upload } from './written.ts'

/** So many others may replace an object between our look at it and our write before we give up. */
const ROUNDS = 20

/**
 * Uploads an object: up to 8 MiB in one request, more in parts of 8 MiB that are each sent again where they fail.
 * The service gets our CRC32C and refuses other bytes; what it says it stored is compared once more.
 * @throws {ObjectExistsError} where `ifAbsent` meets an object that is not this very write's.
 */
export async function uploadObject(
  session: GcsSession,
  objectName: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: WriteOptions,
): Promise<{ readonly bytes: number; readonly crc32c: number }> {
  const { ifAbsent = false, signal } = options
  const upload: Upload = { session, objectName, ifAbsent, signal, ...makeToken() }
  const parts = partsOf(chunks, signal)
  try {
    const first = await parts.next()
    if (first.done) throw new RangeError('there is always a part')
    if (!first.value.isLast) return await sendInParts(upload, first.value, parts)
    return await sendWhole(upload, first.value.bytes)
  } finally {
    await parts.return(undefined)
  }
}

/**
 * Every request is bound to the generation that is to be replaced, 0 for none: so a request that arrives late, after
 * we sent it again or wrote something newer, changes nothing.
 */
async function sendWhole(upload: Upload, bytes: Buffer) {
  const sent = { bytes: bytes.length, crc32c: crc32c(bytes) >>> 0 }
  for (let round = 0; round < ROUNDS; round++) {
    const generation = upload.ifAbsent ? '0' : await generationOf(upload)
    const stored = await maybeSend(upload, bytes, sent.crc32c, generation)
    if (stored !== undefined) return await checkStored(upload, stored, sent)
  }
  throw new RemoteError(
    `gs://${upload.session.client.bucket.name}/${upload.objectName} is written again and again by other processes; ` +
      'wait for them and run again',
  )
}

/** Served by the bucket, a report has to open in a browser; all else is for programs. */
function contentTypeOf(objectName: string): string {
  return objectName.endsWith('.html') ? 'text/html; charset=utf-8' : 'application/octet-stream'
}

async function generationOf({ session, objectName, signal }: Upload): Promise<string> {
  return (await maybeDescribe(session, objectName, signal))?.generation ?? '0'
}

/** @returns the stored object, or undefined where another one took its place meanwhile. */
async function maybeSend(
  upload: Upload,
  bytes: Buffer,
  crc: number,
  generation: string,
): Promise<GcsObject | undefined> {
  const { session, objectName, signal } = upload
  const { client, policy } = session
  const retries = startRetries(policy, signal)
  for (;;) {
    try {
      const file = client.file(objectName)
      await within(sendTimeoutMs(policy, bytes.length), signal, () =>
        file.save(bytes, {
          resumable: false,
          // The client would delete whatever is there now. The service checks the declared CRC32C before it stores.
          validation: false,
          preconditionOpts: { ifGenerationMatch: generation },
          metadata: {
            crc32c: encodeCrc(crc),
            contentType: contentTypeOf(objectName),
            metadata: upload.metadata,
          },
        }),
      )
      return objectOf(file.metadata)
    } catch (error) {
      const failed = await retries.afterFailure(error).catch((last: unknown) => last)
      if (failed === undefined) continue
      if (statusOf(failed) !== 412) throw failed
      return await maybeOwn(upload)
    }
  }
}
