import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { openStorage } from '../../src/commands/adapters.ts'
import { ConfigError, RemoteError } from '../../src/errors.ts'
import { surroundings } from '../fakes/gcs/policy.ts'
import { freePort } from '../fakes/gcs/server.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const world = { environment: {}, ...surroundings }

it('opens a directory', () => {
  const directory = makeTemporaryDirectory()
  expect(openStorage(directory, world).location).toBe(directory)
})

it.each([
  ['gs://bucket', 'gs://bucket'],
  ['gs://bucket/', 'gs://bucket'],
  ['gs://my-bucket.example.com/mta/daily//', 'gs://my-bucket.example.com/mta/daily'],
  ['gs://bucket/a b/ü%#?', 'gs://bucket/a b/ü%#?'],
])('opens the bucket and prefix of %s', (written, location) => {
  expect(openStorage(written, world).location).toBe(location)
})

it.each(['gs://', 'gs:///mta', 'gs://Bucket/mta', 'gs://b/mta'])(
  'refuses a bucket like that of %s',
  (location) => {
    expect(() => openStorage(location, world)).toThrow(
      new ConfigError(
        `--data-dir (DATA_DIR) or another directory option is ${location}: ` +
          `${JSON.stringify(location.split('/')[2])} is not a bucket name; ` +
          'give gs://BUCKET/PREFIX, where BUCKET is made of lower-case letters, digits, - _ and .',
      ),
    )
  },
)

it.each(['a//b', '../a', 'a/./b', '/a', 'a\\b'])('refuses the prefix %s', (prefix) => {
  expect(() => openStorage(`gs://bucket/${prefix}`, world)).toThrow(
    new ConfigError(
      `--data-dir (DATA_DIR) or another directory option is gs://bucket/${prefix}: ${JSON.stringify(prefix)} is not a ` +
        'valid prefix; give gs://BUCKET/PREFIX, where PREFIX is a path with / and without empty, . and .. parts',
    ),
  )
})

it("loads Google's package only when a bucket needs credentials", async () => {
  const { cache } = createRequire(import.meta.url)
  const isLoaded = () => Object.keys(cache).some((path) => path.includes('/teeny-request/'))
  await openStorage(makeTemporaryDirectory(), world).read('nothing')
  const emulator = { STORAGE_EMULATOR_HOST: `127.0.0.1:${await freePort()}` }
  const emulated = openStorage('gs://bucket', { ...world, environment: emulator })
  await expect(emulated.read('nothing')).rejects.toThrow(RemoteError)
  const account = { type: 'service_account', client_email: 'a@b.example', private_key: 'no key' }
  const environment = { GOOGLE_APPLICATION_CREDENTIALS_JSON: JSON.stringify(account) }
  const bucket = openStorage('gs://bucket', { ...world, environment })
  expect(isLoaded()).toBe(false)
  await expect(bucket.read('nothing')).rejects.toThrow(ConfigError)
  expect(isLoaded()).toBe(true)
})
