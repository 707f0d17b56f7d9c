import { randomUUID } from 'node:crypto'
import type { FileMetadata } from '@google-cloud/storage'
import type { GcsClient } from './client.ts'
import { property } from './failure.ts'
import { CallFailure, callWithRetries, type RetryPolicy } from './retries.ts'

/** An object as the service describes it. */
export interface GcsObject {
  readonly generation: string
  readonly bytes: number
  readonly crc32c: number
  /** Which write made it; undefined for an object of another program. */
  readonly token: string | undefined
}

/** The open bucket, and how long to try. */
export interface GcsSession {
  readonly client: GcsClient
  readonly policy: RetryPolicy
  /** Becomes true when the bucket has been seen: then a 404 means the object. */
  bucketIsThere: boolean
}

/** Under this name an object's own metadata says which write made it. */
const TOKEN = 'td-mta-write'

/** @returns what a write has to put into the metadata, and how to find it there again. */
export function makeToken(): { readonly token: string; readonly metadata: Record<string, string> } {
  const token = randomUUID()
  return { token, metadata: { [TOKEN]: token } }
}

/** @returns the object's description, or undefined where there is none. @throws {CallFailure} */
export async function maybeDescribe(
  session: GcsSession,
  objectName: string,
  signal?: AbortSignal,
): Promise<GcsObject | undefined> {
  const { client, policy } = session
  try {
    const [metadata] = await callWithRetries(policy, signal, () => client.file(objectName).getMetadata())
    session.bucketIsThere = true
    return objectOf(metadata)
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
  const { client, policy } = session
  try {
    await callWithRetries(policy, signal, () =>
      client.bucket.getFiles({ maxResults: 1, autoPaginate: false, fields: 'items(name)' }),
    )
  } catch (error) {
    if (statusOf(error) !== 403) throw error
  }
  session.bucketIsThere = true
}

/** @returns the description in an answer of the service. */
export function objectOf(metadata: FileMetadata | unknown): GcsObject {
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

/** @returns the HTTP status of a failed call. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof CallFailure ? error.failure.status : undefined
}
