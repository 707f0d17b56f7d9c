import { type BucketObject, type NamesPage, TOKEN } from '../bucket.ts'
import { property } from '../property.ts'
import { callGcs, type GcsSession, objectPath } from './session.ts'

/** The service's own limit for one page. */
const PAGE_OBJECTS = '1000'

/** @throws {HttpFailure} with status 404 where there is no such object, or no bucket. */
export async function describeObject(
  session: GcsSession,
  objectName: string,
  signal: AbortSignal | undefined,
): Promise<BucketObject> {
  return objectOf(await callGcs(session, { method: 'GET', path: objectPath(objectName) }, signal))
}

/** @throws {HttpFailure} */
export async function lookForOne(session: GcsSession, signal: AbortSignal | undefined): Promise<void> {
  const query = { maxResults: '1', fields: 'items(name)' }
  await callGcs(session, { method: 'GET', path: 'o', query }, signal)
}

/** @returns one page of the names that begin with a prefix. @throws {HttpFailure} */
export async function listPage(
  session: GcsSession,
  prefix: string,
  pageToken: string | undefined,
): Promise<NamesPage> {
  const query = {
    prefix,
    maxResults: PAGE_OBJECTS,
    fields: 'items(name),nextPageToken',
    ...(pageToken === undefined ? {} : { pageToken }),
  }
  const page = await callGcs(session, { method: 'GET', path: 'o', query })
  const next = property(page, 'nextPageToken')
  return {
    names: [property(page, 'items') ?? []].flat().map((description) => String(property(description, 'name'))),
    next: typeof next === 'string' && next !== '' ? next : undefined,
  }
}

/** @returns the description in an answer of the service. */
export function objectOf(metadata: unknown): BucketObject {
  const crc = property(metadata, 'crc32c')
  const token = property(property(metadata, 'metadata'), TOKEN)
  return {
    version: String(property(metadata, 'generation')),
    bytes: Number(property(metadata, 'size')),
    crc32c: typeof crc === 'string' ? decodeCrc(crc) : Number.NaN,
    token: typeof token === 'string' ? token : undefined,
  }
}

/** See `encodeCrc`. */
function decodeCrc(text: string): number {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === 4 ? bytes.readUInt32BE() : Number.NaN
}
