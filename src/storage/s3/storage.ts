import type { Bucket } from '../bucket.ts'
import { openBucketStorage } from '../bucket-storage.ts'
import type { Storage } from '../storage.ts'
import { explainS3, type S3Place } from './errors.ts'
import { parseS3Location } from './location.ts'
import { describeObject, listPage } from './objects.ts'
import { openObjectAt } from './read.ts'
import { callS3, type S3World, startSession } from './session.ts'
import { putObject } from './write.ts'

/** What a storage in a bucket may be given. */
interface S3StorageOptions extends S3World {
  readonly signal?: AbortSignal
}

/**
 * A bucket of S3, or of a service that speaks as it does.
 * @param location `s3://bucket/prefix`; the bucket has to be there, the prefix need not.
 * @returns it as `openBucketStorage` opens it. @throws {ConfigError} if the location is invalid.
 */
export function openS3Storage(location: string, options: S3StorageOptions): Storage {
  const { access, signal } = options
  const place: S3Place = { ...parseS3Location(location), endpoint: access.endpoint }
  const session = startSession(place.bucket, options)
  const bucket: Bucket = {
    place,
    root: `s3://${place.bucket}`,
    retries: session.retries,
    isThere: false,
    explain: (action, error) => explainS3(place, action, error),
    describe: (objectName, stop) => describeObject(session, objectName, stop),
    look: async (stop) => void (await listPage(session, { MaxKeys: 1 }, stop)),
    list: (prefix, from) =>
      listPage(session, { Prefix: prefix, ...(from === undefined ? {} : { ContinuationToken: from }) }),
    readCall: (objectName) => `GET ${objectName}`,
    openAt: (objectName, object, at, stop) => openObjectAt(session, objectName, object, at, stop),
    put: (upload, spool, former) => putObject(session, upload, spool, former),
    remove: async (objectName, version) => {
      const removed = { Bucket: session.bucket, Key: objectName, IfMatch: version }
      await callS3(session, `DELETE ${objectName}`, ({ sdk, client }, stop) =>
        client.send(new sdk.DeleteObjectCommand(removed), { abortSignal: stop }),
      )
    },
  }
  return openBucketStorage(bucket, signal)
}
