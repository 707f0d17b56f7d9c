import { expect, it } from 'vitest'
import { ConfigError } from '../../src/errors.ts'
import { openStorage } from '../../src/storage/open-storage.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

it('opens a directory', () => {
  const directory = makeTemporaryDirectory()
  expect(openStorage(directory).location).toBe(directory)
})

it('says that a bucket is not available', () => {
  expect(() => openStorage('gs://bucket/mta')).toThrow(
    new ConfigError(
      '--data-dir (DATA_DIR) is gs://bucket/mta: Google Cloud Storage is not available in this version; ' +
        'give a local directory',
    ),
  )
})
