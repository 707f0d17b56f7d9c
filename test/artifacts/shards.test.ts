import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readShard, readShards, shardName, writeShard } from '../../src/artifacts/shards.ts'
import type { StoredRecords } from '../../src/artifacts/stored-file.ts'
import { DataError } from '../../src/errors.ts'
import type { PatternRecord } from '../../src/examples/pattern.ts'
import { wordLayoutOf } from '../../src/examples/pattern-words.ts'
import { openLocalStorage } from '../../src/storage/local/storage.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import { wordPatternsOf } from '../word-patterns.ts'

const record = (count: number): PatternRecord => ({
  daysBefore: [0, 3],
  channels: [1, 0],
  label: 1,
  count,
  validationCount: 0,
  value: 0.5,
})

const layout = wordLayoutOf({ lookbackDays: 4, channelCount: 2 })

async function* batches(...counts: readonly (readonly number[])[]) {
  for (const batch of counts) yield wordPatternsOf(layout, batch.map(record))
}

async function collect(records: AsyncIterable<readonly PatternRecord[]>): Promise<PatternRecord[]> {
  const all: PatternRecord[] = []
  for await (const batch of records) all.push(...batch)
  return all
}

async function written() {
  const storage = openLocalStorage(makeTemporaryDirectory())
  const entry = await writeShard(storage, shardName('positive', 0, 1), layout, batches([1, 2], [], [3]))
  return { storage, entry, path: join(storage.location, entry.name) }
}

it('names shards as TensorFlow does', () => {
  expect(shardName('positive', 0, 3)).toBe('positive_tfrecords/part-00000-of-00003.tfrecord')
  expect(shardName('negative', 12, 123456)).toBe('negative_tfrecords/part-00012-of-123456.tfrecord')
})

it('reads back what was written, and its entry counts it', async () => {
  const { storage, entry, path } = await written()
  expect(entry).toEqual({
    name: 'positive_tfrecords/part-00000-of-00001.tfrecord',
    records: 3,
    bytes: readFileSync(path).length,
    crc32c: entry.crc32c,
  })
  expect(await collect(readShard(storage, entry))).toEqual([1, 2, 3].map(record))
})

it('keeps a shard without records', async () => {
  const storage = openLocalStorage(makeTemporaryDirectory())
  const entry = await writeShard(storage, shardName('negative', 0, 1), layout, batches())
  expect(entry).toEqual({
    name: 'negative_tfrecords/part-00000-of-00001.tfrecord',
    records: 0,
    bytes: 0,
    crc32c: 0,
  })
  expect(await collect(readShard(storage, entry))).toEqual([])
})

it('reads shards one after the other', async () => {
  const { storage, entry } = await written()
  const second = await writeShard(storage, shardName('positive', 1, 2), layout, batches([4]))
  expect((await collect(readShards(storage, [entry, second]))).map(({ count }) => count)).toEqual([
    1, 2, 3, 4,
  ])
})

it.each<[string, (entry: StoredRecords) => StoredRecords, string]>([
  ['bytes', (entry) => ({ ...entry, bytes: 1 }), 'bytes BYTES, the manifest says 1'],
  ['checksum', (entry) => ({ ...entry, crc32c: 255 }), 'crc32c 0xCRC, the manifest says 0x000000ff'],
  ['records', (entry) => ({ ...entry, records: 4 }), 'records 3, the manifest says 4'],
])('refuses a shard that is not the one of the manifest: other %s', async (_, change, difference) => {
  const { storage, entry } = await written()
  const told = difference
    .replace('BYTES', String(entry.bytes))
    .replace('CRC', entry.crc32c.toString(16).padStart(8, '0'))
  await expect(collect(readShard(storage, change(entry)))).rejects.toThrow(
    new DataError(
      `${storage.location}/positive_tfrecords/part-00000-of-00001.tfrecord: ${told} (changed since the export? export again)`,
    ),
  )
})

it('refuses a shard that lost its last record whole', async () => {
  const { storage, entry, path } = await written()
  const bytes = readFileSync(path)
  writeFileSync(path, bytes.subarray(0, (bytes.length / 3) * 2))
  await expect(collect(readShard(storage, entry))).rejects.toThrow(
    `${storage.location}/${entry.name}: bytes ${(bytes.length / 3) * 2}, the manifest says ${bytes.length}`,
  )
})

it('names shard and record where one is broken', async () => {
  const { storage, entry, path } = await written()
  const bytes = readFileSync(path)
  bytes[bytes.length - 10]! ^= 1
  writeFileSync(path, bytes)
  await expect(collect(readShard(storage, entry))).rejects.toThrow(
    /^tfrecord positive_tfrecords\/part-00000-of-00001\.tfrecord record 3: data crc 0x[0-9a-f]{8}, expected 0x[0-9a-f]{8} \(file truncated or changed\?\)$/,
  )
})

it('says where a shard is missing', async () => {
  const { storage, entry } = await written()
  await storage.delete(entry.name)
  await expect(collect(readShard(storage, entry))).rejects.toThrow(
    new DataError(`storage ${storage.location}: there is no ${entry.name}`),
  )
})

it('stops reading and writing with the reason of the signal', async () => {
  const { storage, entry } = await written()
  const stopped = AbortSignal.abort(new Error('told to stop'))
  await expect(collect(readShards(storage, [entry], stopped))).rejects.toThrow('told to stop')
  await expect(writeShard(storage, 'x.tfrecord', layout, batches([1]), stopped)).rejects.toThrow(
    'told to stop',
  )
  expect(await storage.list('')).toEqual([entry.name])
})
