import { ConfigError, DataError } from '../../errors.ts'
import { maybeScheme } from '../../schemes.ts'
import { ObjectChangedError, ObjectExistsError, type Storage } from '../../storage/storage.ts'
import type { Checked } from './check-report.ts'

/**
 * Writes a small object as the steps write theirs (create-only, as their locks), reads it back, lists it, tries what
 * locks rest on, and deletes it.
 * @param suffix part of the object's name that no other run has.
 * @throws {ConfigError} {RemoteError} as the storage does; {ConfigError} where it doesn't obey conditions; {DataError}
 *   where it doesn't give back what it was given.
 */
export async function checkRoundTrip(storage: Storage, suffix: string): Promise<Checked<true>> {
  const name = `doctor-${suffix}.txt`
  const bytes = new TextEncoder().encode(`written by td-mta doctor, ${suffix}\n`)
  await storage.write(name, [bytes], { ifAbsent: true })
  try {
    await compare(storage, name, bytes)
    await refuseSecond(storage, name, bytes)
    // Of what is called S3 there are many services, of Google Cloud Storage one.
    if (maybeScheme(storage.location) !== 'gs') await checkVersions(storage, name)
  } finally {
    await storage.delete(name)
  }
  if ((await storage.read(name)) !== undefined) {
    throw new DataError(`storage ${storage.location}: ${name} is still there after it was deleted: delete it`)
  }
  return { found: `${storage.location}: wrote, read, listed and deleted ${name}`, value: true }
}

async function refuseSecond(storage: Storage, name: string, bytes: Uint8Array): Promise<void> {
  try {
    await storage.write(name, [bytes], { ifAbsent: true })
  } catch (error) {
    if (error instanceof ObjectExistsError) return
    throw error
  }
  throw disobedient(storage, `${name} was written twice where it was to be created only`, 'If-None-Match')
}

/** A lock is renewed, taken over and given back as the version that was seen. */
async function checkVersions(storage: Storage, name: string): Promise<void> {
  const former = (await storage.readVersion(name))?.version
  if (former === undefined) throw new DataError(`storage ${storage.location}: ${name} is gone: run again`)
  const replaceFormer = (text: string) =>
    storage.write(name, [new TextEncoder().encode(text)], { ifVersion: former })
  await replaceFormer('replaced by td-mta doctor\n')
  try {
    await replaceFormer('replaced again by td-mta doctor\n')
    throw disobedient(storage, `${name} was replaced though it had changed`, 'If-Match on PUT')
  } catch (error) {
    if (!(error instanceof ObjectChangedError)) throw error
  }
  await storage.delete(name, former)
  if ((await storage.read(name)) !== undefined) return
  throw disobedient(storage, `${name} was deleted though it had changed`, 'If-Match on DELETE')
}

function disobedient({ location }: Storage, what: string, header: string): ConfigError {
  return new ConfigError(
    `storage ${location}: ${what}: locks need a service that obeys conditional writes and deletes (${header}), use another one`,
  )
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
