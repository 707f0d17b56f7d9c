import type { Bucket } from '../bucket.ts'
import { openBucketStorage } from '../bucket-storage.ts'
import type { Storage } from '../storage.ts'
import { explainGcs, type GcsPlace } from './errors.ts'
import { parseGcsLocation } from './location.ts'
import { describeObject, listPage, lookForOne } from './objects.ts'
import { openObjectAt } from './read.ts'
import { callGcs, type GcsWorld, objectPath, startSession } from './session.ts'
import { putObject } from './write.ts'

/** What a storage in a bucket may be given. */
export interface GcsStorageOptions extends GcsWorld {
  readonly signal?: AbortSignal
}

/**
 * @param location `gs://bucket/prefix`; the bucket has to be there, the prefix need not.
 * @returns it as `openBucketStorage` opens it. @throws {ConfigError} if the location is invalid.
 */
export function openGcsStorage(location: string, options: GcsStorageOptions): Storage {
  const { access, signal } = options
  const place: GcsPlace = { ...parseGcsLocation(location), isEmulator: access.isEmulator }
  const session = startSession(place.bucket, options)
  const bucket: Bucket = {
    place,
    root: `gs://${place.bucket}`,
    retries: session.retries,
    isThere: false,
    explain: (action, error) => explainGcs(place, action, error),
    describe: (objectName, stop) => describeObject(session, objectName, stop),
    look: (stop) => lookForOne(session, stop),
    list: (prefix, from) => listPage(session, prefix, from),
    readCall: (objectName) => `GET ${objectPath(objectName)}?alt=media`,
    openAt: (objectName, object, at, stop) => openObjectAt(session, objectName, object, at, stop),
    put: (upload, spool, former) => putObject(session, upload, spool, former),
    remove: async (objectName, version) => {
      const query = { ifGenerationMatch: version }
      await callGcs(session, { method: 'DELETE', path: objectPath(objectName), query })
    },
  }
  return openBucketStorage(bucket, signal)
}
