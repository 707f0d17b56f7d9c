import { statusOf } from '../../http/failure.ts'
import { type BucketObject, encodeCrc, TOKEN, type Upload } from '../bucket.ts'
import { contentTypeOf } from '../bucket-write.ts'
import type { Spool } from '../spool.ts'
import { objectOf } from './objects.ts'
import { attempt, type GcsSession, objectPath } from './session.ts'

/**
 * @param former generation that the object replaces; undefined: there must be none, which the service calls 0.
 * @returns the stored object, or undefined where another one is there. @throws {HttpFailure}
 */
export async function putObject(
  session: GcsSession,
  upload: Upload,
  spool: Spool,
  former = '0',
): Promise<{ readonly stored: BucketObject } | undefined> {
  const { objectName, signal } = upload
  const url =
    `${session.endpoint}/upload/storage/v1/b/${session.bucket}/o?uploadType=multipart` +
    `&name=${encodeURIComponent(objectName)}&ifGenerationMatch=${former}`
  try {
    const answer = await session.retries.run(`POST ${objectPath(objectName)}`, signal, () =>
      attempt(session, { method: 'POST', url, ...multipart(upload, spool) }, spool.bytes, signal),
    )
    return { stored: objectOf(answer) }
  } catch (error) {
    if (statusOf(error) !== 412) throw error
    return undefined
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
