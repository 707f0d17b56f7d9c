import { expect, it } from 'vitest'
import { ConfigError } from '../../src/errors.ts'
import { maybeDuckDbFile } from '../../src/warehouse/duckdb/kind.ts'
import { memoryLimitBytes } from '../../src/warehouse/duckdb/settings.ts'

const GB = 1e9

it.each([
  ['the machine, where nothing limits the process', 10 * GB, undefined, 6 * GB],
  ['the machine, where the limit is said to be 0', 10 * GB, 0, 6 * GB],
  ['the machine, where the limit is larger', 10 * GB, 2 ** 64, 6 * GB],
  ['the control group', 10 * GB, 2.5 * GB, 1.5 * GB],
])('lets DuckDB use 60 %% of %s', (_, total, constrained, limit) => {
  expect(memoryLimitBytes(total, constrained)).toBe(limit)
})

it.each([
  'md:',
  'md:base',
  'MD:base',
  'motherduck:base',
  'https://host/a.duckdb',
  's3://bucket/a.duckdb',
  'gcs://bucket/a.duckdb',
  'gs://bucket/a.duckdb',
  'hf://datasets/a.duckdb',
  'ducklake:meta.duckdb',
  'postgres:dbname=a',
  'sqlite:a.db',
  'file:/tmp/a.duckdb',
  ':memory:',
])('refuses a DuckDB that is no file: %s', (place) => {
  expect(() => maybeDuckDbFile(`duckdb:${place}`)).toThrow(
    new ConfigError(
      `--warehouse (WAREHOUSE) is "duckdb:${place}": duckdb:FILE is needed, a file of this machine; ` +
        'write duckdb:./FILE where its name has a colon',
    ),
  )
})

it.each(['a.duckdb', '/tmp/a.duckdb', './a:b.duckdb', 'folder/a:b', 'C:\\a.duckdb', 'c:/a.duckdb'])(
  'takes a file of this machine: %s',
  (file) => {
    expect(maybeDuckDbFile(`duckdb:${file}`)).toBe(file)
  },
)
