import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { checkRoundTrip } from '../../../src/commands/doctor/round-trip.ts'
import { ConfigError } from '../../../src/errors.ts'
import { openLocalStorage } from '../../../src/storage/local/storage.ts'
import type { Storage } from '../../../src/storage/storage.ts'
import { makeTemporaryDirectory } from '../../temporary-directory.ts'

/** Storages that ignore one of the conditions. */
const disobedient: readonly [string, string, (storage: Storage) => Partial<Storage>][] = [
  [
    'was written twice where it was to be created only',
    'If-None-Match',
    ({ write }) => ({
      write: (name, chunks, { ifAbsent: _, ...options } = {}) => write(name, chunks, options),
    }),
  ],
  [
    'was replaced though it had changed',
    'If-Match on PUT',
    ({ write }) => ({
      write: (name, chunks, { ifVersion: _, ...options } = {}) => write(name, chunks, options),
    }),
  ],
  [
    'was deleted though it had changed',
    'If-Match on DELETE',
    ({ delete: remove }) => ({ delete: (name) => remove(name) }),
  ],
]

it('finds nothing wrong with storage that obeys conditions, and leaves nothing', async () => {
  const directory = makeTemporaryDirectory()
  const { found } = await checkRoundTrip(openLocalStorage(directory), '123')
  expect(found).toBe(`${directory}: wrote, read, listed and deleted doctor-123.txt`)
  expect(readdirSync(directory)).toEqual([])
})

it.each(disobedient)(
  'refuses storage where an object %s, and leaves nothing',
  async (what, header, change) => {
    const directory = makeTemporaryDirectory()
    const storage = openLocalStorage(directory)
    await expect(checkRoundTrip({ ...storage, ...change(storage) }, '123')).rejects.toThrow(
      new ConfigError(
        `storage ${directory}: doctor-123.txt ${what}: locks need a service that obeys conditional writes and deletes ` +
          `(${header}), use another one`,
      ),
    )
    expect(readdirSync(directory)).toEqual([])
  },
)
