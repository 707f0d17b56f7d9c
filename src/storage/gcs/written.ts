import { RemoteError } from '../../errors.ts'
import { hexadecimal32 } from '../../hexadecimal.ts'
import { ObjectExistsError } from '../storage.ts'
import { type GcsObject, type GcsSession, maybeDescribe } from './objects.ts'

/** One object to be written, and by whom: `token` finds our own work again when an answer got lost. */
export interface Upload {
  readonly session: GcsSession
  readonly objectName: string
  readonly ifAbsent: boolean
  readonly signal: AbortSignal | undefined
  readonly token: string
  readonly metadata: Record<string, string>
}

/**
 * The condition was not met: by an object of somebody else, or by our own whose answer got lost.
 * @returns our own object, or undefined where this write may look again.
 * @throws {ObjectExistsError}
 */
export async function maybeOwn(upload: Upload): Promise<GcsObject | undefined> {
  const found = await maybeDescribe(upload.session, upload.objectName, upload.signal)
  if (found?.token === upload.token) return found
  if (upload.ifAbsent) throw new ObjectExistsError(`${upload.objectName} exists`)
  return undefined
}

/** @throws {RemoteError} where the service stored other bytes; those are removed. */
export async function checkStored(
  { session, objectName }: Upload,
  stored: GcsObject,
  sent: { readonly bytes: number; readonly crc32c: number },
): Promise<{ readonly bytes: number; readonly crc32c: number }> {
  if (stored.bytes === sent.bytes && stored.crc32c === sent.crc32c) return sent
  const { client } = session
  await client
    .file(objectName)
    .delete({ ifGenerationMatch: stored.generation })
    .catch(() => {})
  throw new RemoteError(
    `gs://${client.bucket.name}/${objectName}: ${stored.bytes} bytes with CRC32C ${hex(stored.crc32c)} were stored, ` +
      `${sent.bytes} bytes with ${hex(sent.crc32c)} were sent; the object was removed, run again`,
  )
}

function hex(crc: number): string {
  return Number.isNaN(crc) ? 'none' : hexadecimal32(crc)
}
