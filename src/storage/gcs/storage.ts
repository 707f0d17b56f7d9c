import { byCodePoint } from '../../code-points.ts'
import { DataError } from '../../errors.ts'
import { maybeNameOf, objectNameOf } from '../bucket-location.ts'
import { property } from '../property.ts'
import type { Storage, WriteOptions } from '../storage.ts'
import { explainGcs, type GcsPlace } from './errors.ts'
import { parseGcsLocation } from './location.ts'
import { maybeDescribe } from './objects.ts'
import { download, downloadWhole } from './read.ts'
import { callGcs, type GcsSession, type GcsWorld, objectPath, startSession, statusOf } from './session.ts'
import { uploadObject } from './write.ts'

/** The service's own limit for one page. */
const PAGE_OBJECTS = '1000'

/** What a storage in a bucket may be given. */
export interface GcsStorageOptions extends GcsWorld {
  /** Stops streams and, besides their own signals, writes. Reading and deleting go on: cleaning up needs them. */
  readonly signal?: AbortSignal
}

/**
 * A bucket, and a prefix in it, as storage. Nothing is called before it is needed. Passing failures are tried again; one
 * that lasts is a RemoteError within seconds (nobody answers) or a minute (the service is ill).
 * @param location `gs://bucket/prefix`; the bucket has to be there, the prefix need not.
 * @throws {ConfigError} if the location is invalid. The first call reports a missing bucket, credentials or permission.
 */
export function openGcsStorage(location: string, options: GcsStorageOptions): Storage {
  const { access, signal } = options
  const place: GcsPlace = { ...parseGcsLocation(location), isEmulator: access.isEmulator }
  const session = startSession(place.bucket, options)
  const during = async <T>(action: string, work: () => Promise<T>) => {
    try {
      return await work()
    } catch (error) {
      throw explainGcs(place, action, error)
    }
  }
  const readVersion = async (name: string) => {
    const objectName = objectNameOf(place, name)
    return await during(`reading ${name}`, () =>
      downloadWhole(session, objectName, `${place.location}/${name}`),
    )
  }
  return {
    location: place.location,
    write: async (name, chunks, writeOptions) => {
      const objectName = objectNameOf(place, name)
      const either = { ...writeOptions, ...eitherSignal(writeOptions?.signal, signal) }
      const upload = () => uploadObject(session, objectName, chunks, either)
      return { name, ...(await during(`writing ${name}`, upload)) }
    },
    read: async (name) => (await readVersion(name))?.bytes,
    readVersion,
    stream: (name) => streamObject(place, name, session, signal),
    list: (prefix) => during('listing the objects', () => listNames(session, place, prefix)),
    delete: async (name, version) => {
      const objectName = objectNameOf(place, name)
      await during(`deleting ${name}`, () => deleteObject(session, objectName, version))
    },
  }
}

async function* streamObject(
  place: GcsPlace,
  name: string,
  session: GcsSession,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const objectName = objectNameOf(place, name)
  const label = `${place.location}/${name}`
  try {
    const object = await maybeDescribe(session, objectName, signal)
    if (object === undefined) throw new DataError(`storage ${place.location}: there is no ${name}`)
    yield* download({ session, objectName, label, object, signal })
  } catch (error) {
    throw explainGcs(place, `reading ${name}`, error)
  }
}

async function listNames(session: GcsSession, place: GcsPlace, prefix: string): Promise<readonly string[]> {
  const names: string[] = []
  let pageToken: string | undefined
  do {
    const query = {
      prefix: place.prefix + prefix,
      maxResults: PAGE_OBJECTS,
      fields: 'items(name),nextPageToken',
      ...(pageToken === undefined ? {} : { pageToken }),
    }
    const page = await callGcs(session, { method: 'GET', path: 'o', query })
    for (const description of [property(page, 'items') ?? []].flat()) {
      const name = maybeNameOf(place, String(property(description, 'name')))
      if (name !== undefined) names.push(name)
    }
    const next = property(page, 'nextPageToken')
    pageToken = typeof next === 'string' && next !== '' ? next : undefined
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
    const query = { ifGenerationMatch: generation }
    await callGcs(session, { method: 'DELETE', path: objectPath(objectName), query })
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
