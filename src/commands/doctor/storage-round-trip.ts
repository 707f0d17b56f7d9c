import { DataError } from '../../errors.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Finding } from './check-report.ts'

/**
 * Writes a small object as the steps write theirs (create-only, as their locks), reads it back, lists it and deletes it.
 * @param suffix part of the object's name that no other run has.
 * @throws {ConfigError} {RemoteError} as the storage does; {DataError} where it doesn't give back what it was given.
 */
export async function checkRoundTrip(storage: Storage, suffix: string): Promise<Finding<true>> {
  const name = `doctor-${suffix}.txt`
  const bytes = new TextEncoder().encode(`written by td-mta doctor, ${suffix}\n`)
  await storage.write(name, [bytes], { ifAbsent: true })
  try {
    await compare(storage, name, bytes)
  } finally {
    await storage.delete(name)
  }
  if ((await storage.read(name)) !== undefined) {
    throw new DataError(`storage ${storage.location}: ${name} is still there after it was deleted: delete it`)
  }
  return { found: `${storage.location}: wrote, read, listed and deleted ${name}`, value: true }
}

async function compare(storage: Storage, name: string, bytes: Uint8Array): Promise<void> {
  const { location } = storage
  const read = await storage.read(name)
  if (read === undefined || Buffer.compare(read, bytes) !== 0) {
    const found = read === undefined ? 'nothing' : `${read.length} other bytes`
    throw new DataError(
      `storage ${location}: read ${found} where ${bytes.length} bytes had been written to ${name}: ` +
        'it has to show what was written at once',
    )
  }
  if ((await storage.list('doctor-')).includes(name)) return
  throw new DataError(
    `storage ${location}: ${name} was written, but is not listed: let the account list objects`,
  )
}
