import { byCodePoint } from '../../code-points.ts'
import { DataError } from '../../errors.ts'
import { maybeNameOf, objectNameOf } from '../bucket-location.ts'
import type { Storage, WriteOptions } from '../storage.ts'
import { explainS3, type S3Place } from './errors.ts'
import { parseS3Location } from './location.ts'
import { listPage, maybeDescribe } from './objects.ts'
import { download, downloadWhole } from './read.ts'
import { callS3, type S3Session, type S3World, startSession, statusOf } from './session.ts'
import { uploadObject } from './write.ts'

/** What a storage in a bucket may be given. */
interface S3StorageOptions extends S3World {
  /** Stops streams and, besides their own signals, writes. Reading and deleting go on: cleaning up needs them. */
  readonly signal?: AbortSignal
}

/**
 * A bucket of S3, and a prefix in it, as storage. Nothing is called before it is needed. Passing failures are tried again;
 * one that lasts is a RemoteError within seconds (nobody answers) or a minute (the service is ill).
 * @param location `s3://bucket/prefix`; the bucket has to be there, the prefix need not.
 * @throws {ConfigError} if the location is invalid. The first call reports a missing bucket, credentials or permission.
 */
export function openS3Storage(location: string, options: S3StorageOptions): Storage {
  const { access, signal } = options
  const place: S3Place = { ...parseS3Location(location), endpoint: access.endpoint }
  const session = startSession(place.bucket, options)
  const during = async <T>(action: string, work: () => Promise<T>) => {
    try {
      return await work()
    } catch (error) {
      throw explainS3(place, action, error)
    }
  }
  const readVersion = async (name: string) => {
    const key = objectNameOf(place, name)
    return await during(`reading ${name}`, () => downloadWhole(session, key, `${place.location}/${name}`))
  }
  return {
    location: place.location,
    write: async (name, chunks, writeOptions) => {
      const key = objectNameOf(place, name)
      const either = { ...writeOptions, ...eitherSignal(writeOptions?.signal, signal) }
      return { name, ...(await during(`writing ${name}`, () => uploadObject(session, key, chunks, either))) }
    },
    read: async (name) => (await readVersion(name))?.bytes,
    readVersion,
    stream: (name) => streamObject(place, name, session, signal),
    list: (prefix) => during('listing the objects', () => listNames(session, place, prefix)),
    delete: async (name, version) => {
      const key = objectNameOf(place, name)
      await during(`deleting ${name}`, () => deleteObject(session, key, version))
    },
  }
}

async function* streamObject(
  place: S3Place,
  name: string,
  session: S3Session,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const key = objectNameOf(place, name)
  const label = `${place.location}/${name}`
  try {
    const object = await maybeDescribe(session, key, signal)
    if (object === undefined) throw new DataError(`storage ${place.location}: there is no ${name}`)
    yield* download({ session, key, label, object, signal })
  } catch (error) {
    throw explainS3(place, `reading ${name}`, error)
  }
}

async function listNames(session: S3Session, place: S3Place, prefix: string): Promise<readonly string[]> {
  const names: string[] = []
  let next: string | undefined
  do {
    const page = await listPage(session, {
      Prefix: place.prefix + prefix,
      ...(next === undefined ? {} : { ContinuationToken: next }),
    })
    names.push(...page.keys.map((key) => maybeNameOf(place, key)).filter((name) => name !== undefined))
    next = page.next
  } while (next !== undefined)
  return names.sort(byCodePoint)
}

/**
 * Removes one version, by default the one that is there now: a request that is sent again because its answer got lost
 * does not remove what another process wrote in between, such as its lock.
 */
async function deleteObject(session: S3Session, key: string, version: string | undefined): Promise<void> {
  const etag = version ?? (await maybeDescribe(session, key))?.etag
  if (etag === undefined) return
  try {
    await callS3(session, `DELETE ${key}`, ({ sdk, client }, stop) =>
      client.send(new sdk.DeleteObjectCommand({ Bucket: session.bucket, Key: key, IfMatch: etag }), {
        abortSignal: stop,
      }),
    )
  } catch (error) {
    const status = statusOf(error)
    if (status !== 404 && status !== 412) throw error
  }
}

function eitherSignal(one: AbortSignal | undefined, other: AbortSignal | undefined): WriteOptions {
  if (one === undefined || other === undefined) {
    const signal = one ?? other
    return signal === undefined ? {} : { signal }
  }
  return { signal: AbortSignal.any([one, other]) }
}
