import { hexadecimal32 } from '../../hexadecimal.ts'
import { statusOf } from '../../http/failure.ts'
import { encodeCrc, TOKEN, type Upload } from '../bucket.ts'
import { contentTypeOf } from '../bucket-write.ts'
import type { Spool } from '../spool.ts'
import { CRC } from './objects.ts'
import { callS3, type S3Session } from './session.ts'

/** What is never sent before or after an object. */
const NOTHING = new Uint8Array(0)

/**
 * @param former version that the object replaces; undefined: there must be none.
 * @returns undefined where another one is there, or none. The service does not describe what it stored. @throws {HttpFailure}
 */
export async function putObject(
  session: S3Session,
  { objectName, token, signal }: Upload,
  spool: Spool,
  former: string | undefined,
): Promise<{ readonly stored: undefined } | undefined> {
  const put = {
    Bucket: session.bucket,
    Key: objectName,
    ContentLength: spool.bytes,
    ContentType: contentTypeOf(objectName),
    ChecksumAlgorithm: 'CRC32C',
    ChecksumCRC32C: encodeCrc(spool.crc32c),
    Metadata: { [TOKEN]: token, [CRC]: hexadecimal32(spool.crc32c) },
    ...(former === undefined ? { IfNoneMatch: '*' } : { IfMatch: former }),
  } as const
  try {
    await callS3(
      session,
      `PUT ${objectName}`,
      ({ sdk, client }, stop) =>
        client.send(new sdk.PutObjectCommand({ ...put, Body: spool.read(NOTHING, NOTHING) }), {
          abortSignal: stop,
        }),
      { bytes: spool.bytes, signal },
    )
    return { stored: undefined }
  } catch (error) {
    // 404: there is nothing to be replaced any more, or no bucket.
    const status = statusOf(error)
    if (status !== 412 && !(status === 404 && former !== undefined)) throw error
    return undefined
  }
}
