import { property } from '../property.ts'
import { callGcs, type GcsSession, objectPath, statusOf } from './session.ts'

/** An object as the service describes it. */
export interface GcsObject {
  readonly generation: string
  readonly bytes: number
  readonly crc32c: number
  /** Which write made it; undefined for an object of another program. */
  readonly token: string | undefined
}

/** Under this name an object's own metadata says which write made it. */
export const TOKEN = 'td-mta-write'

/** @returns the object's description, or undefined where there is none. @throws {HttpFailure} */
export async function maybeDescribe(
  session: GcsSession,
  objectName: string,
  signal?: AbortSignal,
): Promise<GcsObject | undefined> {
  try {
    const description = await callGcs(session, { method: 'GET', path: objectPath(objectName) }, signal)
    session.bucketIsThere = true
    return objectOf(description)
  } catch (error) {
    if (statusOf(error) !== 404) throw error
    await checkBucket(session, signal)
    return undefined
  }
}

/**
 * The service answers 404 for an object and for a bucket that is not there, and describing a bucket needs a permission
 * that object roles lack: listing tells them apart. Asked once.
 */
async function checkBucket(session: GcsSession, signal: AbortSignal | undefined): Promise<void> {
  if (session.bucketIsThere) return
  const query = { maxResults: '1', fields: 'items(name)' }
  try {
    await callGcs(session, { method: 'GET', path: 'o', query }, signal)
  } catch (error) {
    if (statusOf(error) !== 403) throw error
  }
  session.bucketIsThere = true
}

/** @returns the description in an answer of the service. */
export function objectOf(metadata: unknown): GcsObject {
  const crc = property(metadata, 'crc32c')
  const token = property(property(metadata, 'metadata'), TOKEN)
  return {
    generation: String(property(metadata, 'generation')),
    bytes: Number(property(metadata, 'size')),
    crc32c: typeof crc === 'string' ? decodeCrc(crc) : Number.NaN,
    token: typeof token === 'string' ? token : undefined,
  }
}

/** The service writes a CRC32C as base64 of its four bytes, highest first. */
export function encodeCrc(crc: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc >>> 0)
  return bytes.toString('base64')
}

function decodeCrc(text: string): number {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === 4 ? bytes.readUInt32BE() : Number.NaN
}
