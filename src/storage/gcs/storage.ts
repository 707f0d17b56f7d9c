import { byCodePoint } from '../../code-points.ts'
import { DataError } from '../../errors.ts'
import type { Storage, WriteOptions } from '../storage.ts'
import { connectGcs, type GcsAccess } from './client.ts'
import { download, downloadWhole } from './download.ts'
import { explainFailure, type GcsPlace } from './errors.ts'
import { maybeNameOf, objectNameOf, parseGcsLocation } from './location.ts'
import { type GcsSession, maybeDescribe, statusOf } from './objects.ts'
import { callWithRetries, defaultRetryPolicy, type RetryPolicy } from './retries.ts'
import { uploadObject } from './upload.ts'

/** The service's own limit for one page. */
const PAGE_OBJECTS = 1000

/** What a storage in a bucket may be given. */
export interface GcsStorageOptions {
  readonly access: GcsAccess
  /** Stops streams and, besides their own signals, writes. Reading and deleting go on: cleaning up needs them. */
  readonly signal?: AbortSignal
  readonly policy?: RetryPolicy
}

/**
 * A bucket, and a prefix in it, as storage. The client is loaded and connected by the first call. Passing failures are
 * tried again; one that lasts is a RemoteError within seconds (nobody answers) or a minute (the service is ill).
 * @param location `gs://bucket/prefix`; the bucket has to be there, the prefix need not.
 * @throws {ConfigError} where the location is none. Missing bucket, credentials and permission are told by the first call.
 */
export function openGcsStorage(location: string, options: GcsStorageOptions): Storage {
  const { access, signal } = options
  const { endpoint, isEmulator } = access
  const place: GcsPlace = { ...parseGcsLocation(location), endpoint, isEmulator }
  const connect = rememberSuccess(() => startSession(place, access, options.policy ?? defaultRetryPolicy))
  const during = <T>(action: string, work: (session: GcsSession) => Promise<T>) =>
    explained(place, action, async () => work(await connect()))
  const readVersion = async (name: string) => {
    const objectName = objectNameOf(place, name)
    return await during(`read ${name}`, (session) =>
      downloadWhole(session, objectName, `${place.location}/${name}`),
    )
  }
  return {
    location: place.location,
    write: async (name, chunks, writeOptions) => {
      const objectName = objectNameOf(place, name)
      const either = { ...writeOptions, ...eitherSignal(writeOptions?.signal, signal) }
      const upload = (session: GcsSession) => uploadObject(session, objectName, chunks, either)
      return { name, ...(await during(`write ${name}`, upload)) }
    },
    read: async (name) => (await readVersion(name))?.bytes,
    readVersion,
    stream: (name) => streamObject(place, name, connect, signal),
    list: (prefix) => during('list the objects', (session) => listNames(session, place, prefix)),
    delete: async (name, version) => {
      const objectName = objectNameOf(place, name)
      await during(`delete ${name}`, (session) => deleteObject(session, objectName, version))
    },
  }
}

async function startSession(place: GcsPlace, access: GcsAccess, policy: RetryPolicy): Promise<GcsSession> {
  return { client: await connectGcs(access, place.bucket, policy), policy, bucketIsThere: false }
}

async function* streamObject(
  place: GcsPlace,
  name: string,
  connect: () => Promise<GcsSession>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const objectName = objectNameOf(place, name)
  const label = `${place.location}/${name}`
  try {
    const session = await connect()
    const object = await maybeDescribe(session, objectName, signal)
    if (object === undefined) throw new DataError(`storage ${place.location}: there is no ${name}`)
    yield* download({ session, objectName, label, object, signal })
  } catch (error) {
    throw explainFailure(place, `read ${name}`, error)
  }
}

async function listNames(session: GcsSession, place: GcsPlace, prefix: string): Promise<readonly string[]> {
  const names: string[] = []
  let pageToken: string | undefined
  do {
    const query = {
      prefix: place.prefix + prefix,
      maxResults: PAGE_OBJECTS,
      autoPaginate: false,
      fields: 'items(name),nextPageToken',
      ...(pageToken === undefined ? {} : { pageToken }),
    }
    const [files, next] = await callWithRetries(session.policy, undefined, () =>
      session.client.bucket.getFiles(query),
    )
    for (const file of files) {
      const name = maybeNameOf(place, file.name)
      if (name !== undefined) names.push(name)
    }
    pageToken = next?.pageToken
  } while (pageToken !== undefined)
  return names.sort(byCodePoint)
}

/**
 * Removes one generation, by default the one that is there now: a request that is sent again because its answer got
 * lost does not remove what another process wrote in between, such as its lock.
 */
async function deleteObject(
  session: GcsSession,
  objectName: string,
  version: string | undefined,
): Promise<void> {
  const generation = version ?? (await maybeDescribe(session, objectName))?.generation
  if (generation === undefined) return
  try {
    await callWithRetries(session.policy, undefined, () =>
      session.client.file(objectName).delete({ ifGenerationMatch: generation }),
    )
  } catch (error) {
    const status = statusOf(error)
    if (status !== 404 && status !== 412) throw error
  }
}

async function explained<T>(place: GcsPlace, action: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw explainFailure(place, action, error)
  }
}

/** @returns the result of `work`, made once; a failure is not remembered. */
function rememberSuccess<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return () => {
    result ??= work().catch((error: unknown) => {
      result = undefined
      throw error
    })
    return result
  }
}

function eitherSignal(one: AbortSignal | undefined, other: AbortSignal | undefined): WriteOptions {
  if (one === undefined || other === undefined) {
    const signal = one ?? other
    return signal === undefined ? {} : { signal }
  }
  return { signal: AbortSignal.any([one, other]) }
}
