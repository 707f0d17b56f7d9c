import { callS3, type S3Session, statusOf } from './session.ts'

/** An object as the service describes it. */
export interface S3Object {
  readonly etag: string
  readonly bytes: number
  /** Undefined for an object of another program. */
  readonly crc32c: number | undefined
  /** Which write made it; undefined for an object of another program. */
  readonly token: string | undefined
}

/** Under this name an object's own metadata says which write made it. */
export const TOKEN = 'td-mta-write'

/** Beside the token, since not every service keeps the checksum that it was given. */
export const CRC = 'td-mta-crc32c'

/** @returns the object's description, or undefined where there is none. @throws {HttpFailure} */
export async function maybeDescribe(
  session: S3Session,
  key: string,
  signal?: AbortSignal,
): Promise<S3Object | undefined> {
  try {
    const found = await callS3(
      session,
      `HEAD ${key}`,
      ({ sdk, client }, stop) =>
        client.send(new sdk.HeadObjectCommand({ Bucket: session.bucket, Key: key }), { abortSignal: stop }),
      { signal },
    )
    session.bucketIsThere = true
    const crc = found.Metadata?.[CRC]
    return {
      etag: String(found.ETag),
      bytes: Number(found.ContentLength),
      crc32c: crc === undefined ? undefined : Number.parseInt(crc, 16),
      token: found.Metadata?.[TOKEN],
    }
  } catch (error) {
    const status = statusOf(error)
    if (status === 400 || status === 403) throw await inItsWords(session, error, signal)
    if (status !== 404) throw error
    await checkBucket(session, signal)
    return undefined
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

/** The service answers 404 for an object and for a bucket that is not there: listing tells them apart. Asked once. */
async function checkBucket(session: S3Session, signal: AbortSignal | undefined): Promise<void> {
  if (session.bucketIsThere) return
  try {
    await listPage(session, { MaxKeys: 1 }, signal)
  } catch (error) {
    if (statusOf(error) !== 403) throw error
  }
  session.bucketIsThere = true
}

/** @returns one page of names. @throws {HttpFailure} */
export async function listPage(
  session: S3Session,
  page: { readonly Prefix?: string; readonly MaxKeys?: number; readonly ContinuationToken?: string },
  signal?: AbortSignal,
): Promise<{ readonly keys: readonly string[]; readonly next: string | undefined }> {
  const found = await callS3(
    session,
    'LIST',
    ({ sdk, client }, stop) =>
      client.send(new sdk.ListObjectsV2Command({ Bucket: session.bucket, ...page }), { abortSignal: stop }),
    { signal },
  )
  return {
    keys: (found.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key])),
    next: found.IsTruncated ? found.NextContinuationToken : undefined,
  }
}
