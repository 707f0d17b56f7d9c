import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/errors.ts'
import { resolveConfig, resolveOptions } from '../../src/options/resolve.ts'

const addresses = [
  'az://bucket/mta',
  'file:///tmp/mta',
  'https://host/mta',
  'gs:/bucket/mta',
  'gs:bucket',
  'gs:',
  'GS://bucket/mta',
  'abfs://container@host/mta',
  'hdfs:/mta',
  'wasbs://a@b/c',
  'r2:bucket',
  ' s3://bucket',
]

const needed =
  'a directory, gs://BUCKET/PREFIX or s3://BUCKET/PREFIX is needed; write ./NAME for a directory whose name has a colon'
const fileNeeded =
  'a file of this machine is needed; copy it here first, and write ./NAME where its name has a colon'

describe.each(addresses)('an address that is no place of ours: %s', (address) => {
  it.each([
    ['data-dir', 'DATA_DIR'],
    ['positive-tfrecords-dir', 'POSITIVE_TFRECORDS_DIR'],
    ['negative-tfrecords-dir', 'NEGATIVE_TFRECORDS_DIR'],
    ['model-dir', 'MODEL_DIR'],
  ])('never becomes a folder by --%s', (flag, variable) => {
    const error = new ConfigError(`--${flag} (${variable}) is "${address}": ${needed}`)
    expect(() => resolveOptions('run', { [flag]: address }, {})).toThrow(error)
    expect(() => resolveOptions('run', {}, { [variable]: address })).toThrow(error)
  })

  it('never becomes a file', () => {
    for (const flag of ['output', 'truth']) {
      expect(() => resolveOptions('simulate', { [flag]: address }, {})).toThrow(
        new ConfigError(`--${flag} (${flag.toUpperCase()}) is "${address}": ${fileNeeded}`),
      )
    }
    expect(() => resolveOptions('run', { input: [address] }, {})).toThrow(
      new ConfigError(`--input (INPUT) is "${address}": ${fileNeeded}`),
    )
    expect(() => resolveConfig({ dataDir: address })).toThrow(ConfigError)
  })
})

it('takes paths and buckets', () => {
  for (const dataDir of [
    'mta',
    './a:b',
    '/tmp/a:b/c',
    'a/b:c',
    'gs://bucket/a',
    'C:\\data',
    'c:/data',
    'ä:b',
  ])
    expect(resolveConfig({ dataDir }).dataDir).toBe(dataDir)
})

it('takes no bucket for a file', () => {
  expect(() => resolveConfig({ input: ['gs://bucket/a.csv'] })).toThrow(
    new ConfigError(`--input (INPUT) is "gs://bucket/a.csv": ${fileNeeded}`),
  )
})
