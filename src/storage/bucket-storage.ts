import { byCodePoint } from '../code-points.ts'
import { DataError } from '../errors.ts'
import { statusOf } from '../http/failure.ts'
import { type Bucket, maybeDescribe } from './bucket.ts'
import { maybeNameOf, objectNameOf } from './bucket-location.ts'
import { download, downloadWhole } from './bucket-read.ts'
import { uploadObject } from './bucket-write.ts'
import type { Storage, WriteOptions } from './storage.ts'

/**
 * A bucket, and a prefix in it, as storage. Nothing is called before it is needed. Passing failures are tried again; one
 * that lasts is a RemoteError within seconds (nobody answers) or a minute (the service is ill). The first call reports a
 * missing bucket, credentials or permission.
 * @param signal stops streams and, besides their own signals, writes. Reading and deleting go on: cleaning up needs them.
 */
export function openBucketStorage(bucket: Bucket, signal: AbortSignal | undefined): Storage {
  const { place } = bucket
  const during = async <T>(action: string, work: () => Promise<T>) => {
    try {
      return await work()
    } catch (error) {
      throw bucket.explain(action, error)
    }
  }
  const readVersion = async (name: string) => {
    const objectName = objectNameOf(place, name)
    return await during(`reading ${name}`, () =>
      downloadWhole(bucket, objectName, `${place.location}/${name}`),
    )
  }
  return {
    location: place.location,
    write: async (name, chunks, writeOptions) => {
      const objectName = objectNameOf(place, name)
      const either = { ...writeOptions, ...eitherSignal(writeOptions?.signal, signal) }
      const upload = () => uploadObject(bucket, objectName, chunks, either)
      return { name, ...(await during(`writing ${name}`, upload)) }
    },
    read: async (name) => (await readVersion(name))?.bytes,
    readVersion,
    stream: (name) => streamObject(bucket, name, signal),
    list: (prefix) => during('listing the objects', () => listNames(bucket, prefix)),
    delete: async (name, version) => {
      const objectName = objectNameOf(place, name)
      await during(`deleting ${name}`, () => deleteObject(bucket, objectName, version))
    },
  }
}

async function* streamObject(
  bucket: Bucket,
  name: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const { location } = bucket.place
  const objectName = objectNameOf(bucket.place, name)
  const label = `${location}/${name}`
  try {
    const object = await maybeDescribe(bucket, objectName, signal)
    if (object === undefined) throw new DataError(`storage ${location}: there is no ${name}`)
    yield* download({ bucket, objectName, label, object, signal })
  } catch (error) {
    throw bucket.explain(`reading ${name}`, error)
  }
}

async function listNames(bucket: Bucket, prefix: string): Promise<readonly string[]> {
  const names: string[] = []
  let from: string | undefined
  do {
    const page = await bucket.list(bucket.place.prefix + prefix, from)
    names.push(
      ...page.names.map((name) => maybeNameOf(bucket.place, name)).filter((name) => name !== undefined),
    )
    from = page.next
  } while (from !== undefined)
  return names.sort(byCodePoint)
}

/**
 * Removes one version, by default the one that is there now: a request that is sent again because its answer got lost
 * does not remove what another process wrote in between, such as its lock.
 */
async function deleteObject(bucket: Bucket, objectName: string, version: string | undefined): Promise<void> {
  const removed = version ?? (await maybeDescribe(bucket, objectName))?.version
  if (removed === undefined) return
  try {
    await bucket.remove(objectName, removed)
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
