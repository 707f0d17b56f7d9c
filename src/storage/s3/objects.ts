import { statusOf } from '../../http/failure.ts'
import { type BucketObject, type NamesPage, TOKEN } from '../bucket.ts'
import { callS3, type S3Session } from './session.ts'

/** Beside the token, since not every service keeps the checksum that it was given. */
export const CRC = 'td-mta-crc32c'

/** @throws {HttpFailure} with status 404 where there is no such object, or no bucket. */
export async function describeObject(
  session: S3Session,
  key: string,
  signal: AbortSignal | undefined,
): Promise<BucketObject> {
  try {
    const found = await callS3(
      session,
      `HEAD ${key}`,
      ({ sdk, client }, stop) =>
        client.send(new sdk.HeadObjectCommand({ Bucket: session.bucket, Key: key }), { abortSignal: stop }),
      { signal },
    )
    const crc = found.Metadata?.[CRC]
    return {
      version: String(found.ETag),
      bytes: Number(found.ContentLength),
      crc32c: crc === undefined ? undefined : Number.parseInt(crc, 16),
      token: found.Metadata?.[TOKEN],
    }
  } catch (error) {
    const status = statusOf(error)
    throw status === 400 || status === 403 ? await inItsWords(session, error, signal) : error
  }
}

/**
 * An answer to HEAD has no body, and so no code: only that to another request says whether the token has expired, the
 * secret is wrong or a permission is missing.
 * @returns what listing fails with, or the failure of HEAD where listing is allowed.
 */
async function inItsWords(
  session: S3Session,
  failure: unknown,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  try {
    await listPage(session, { MaxKeys: 1 }, signal)
    return failure
  } catch (error) {
    return error
  }
}

/** @returns one page of names. @throws {HttpFailure} */
export async function listPage(
  session: S3Session,
  page: { readonly Prefix?: string; readonly MaxKeys?: number; readonly ContinuationToken?: string },
  signal?: AbortSignal,
): Promise<NamesPage> {
  const found = await callS3(
    session,
    'LIST',
    ({ sdk, client }, stop) =>
      client.send(new sdk.ListObjectsV2Command({ Bucket: session.bucket, ...page }), { abortSignal: stop }),
    { signal },
  )
  return {
    names: (found.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key])),
    next: found.IsTruncated ? found.NextContinuationToken : undefined,
  }
}
