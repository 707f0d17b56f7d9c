import { expect, it } from 'vitest'
import { ConfigError } from '../../src/errors.ts'
import { maybeDuckDbFile } from '../../src/warehouse/duckdb/kind.ts'
import { memoryLimitBytes } from '../../src/warehouse/duckdb/settings.ts'

const GB = 1e9
const V2 = '/sys/fs/cgroup/shop/job'
const ofGroup = { '/proc/self/cgroup': '0::/shop/job\n' }

it.each<[string, Record<string, string>, number]>([
  ['the machine, where nothing limits the process', {}, 6 * GB],
  ['the machine, where its group has no limit', { ...ofGroup, [`${V2}/memory.max`]: 'max\n' }, 6 * GB],
  ['its group', { ...ofGroup, [`${V2}/memory.max`]: '2500000000\n' }, 1.5 * GB],
  ['what its group is slowed down above', { ...ofGroup, [`${V2}/memory.high`]: '2500000000\n' }, 1.5 * GB],
  [
    'a group that its group is in',
    { ...ofGroup, '/sys/fs/cgroup/shop/memory.max': '1000000000\n' },
    0.6 * GB,
  ],
  [
    'the root, which is the own group in a container',
    { ...ofGroup, '/sys/fs/cgroup/memory.max': '1000000000\n' },
    0.6 * GB,
  ],
  [
    'its group of version 1',
    {
      '/proc/self/cgroup': '9:cpu,cpuacct:/other\n7:memory:/docker/a\n',
      '/sys/fs/cgroup/memory/docker/a/memory.limit_in_bytes': '2500000000\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    },
    1.5 * GB,
  ],
])('lets DuckDB use 60 %% of %s', (_, files, limit) => {
  expect(memoryLimitBytes(10 * GB, (path) => files[path])).toBe(limit)
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
