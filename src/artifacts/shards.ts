import { crc32c } from '@node-rs/crc32'
import { DataError } from '../errors.ts'
import type { PatternRecord } from '../examples/pattern.ts'
import type { WordLayout } from '../examples/pattern-words.ts'
import type { WordPatterns } from '../examples/word-patterns.ts'
import type { Storage } from '../storage/storage.ts'
import { decodePatterns } from './decode-patterns.ts'
import { PatternEncoder } from './encode-patterns.ts'
import { checkFile, partName, type StoredRecords } from './stored-file.ts'

/**
 * @param index 0..count-1.
 * @returns a name such as `positive_tfrecords/part-00000-of-00003.tfrecord`.
 */
export function shardName(label: 'positive' | 'negative' | 'campaign', index: number, count: number): string {
  return partName(`${label}_tfrecords`, index, count, 'tfrecord')
}

/** Writes one shard; memory is that of one batch. @param layout of all batches. */
export async function writeShard(
  storage: Storage,
  name: string,
  layout: WordLayout,
  batches: AsyncIterable<WordPatterns>,
  signal?: AbortSignal,
): Promise<StoredRecords> {
  const encoder = new PatternEncoder(layout)
  let records = 0
  async function* encode(): AsyncGenerator<Uint8Array> {
    for await (const batch of batches) {
      records += batch.counts.length
      yield encoder.encode(batch)
    }
  }
  const written = await storage.write(name, encode(), signal ? { signal } : {})
  return { name, records, bytes: written.bytes, crc32c: written.crc32c }
}

/**
 * Reads one shard and checks it against its entry: a reader that reaches the end has read exactly what was written.
 * @throws {DataError} naming the shard, where a record is broken, or bytes, checksum or records differ.
 */
export async function* readShard(
  storage: Storage,
  entry: StoredRecords,
  signal?: AbortSignal,
): AsyncGenerator<readonly PatternRecord[]> {
  let bytes = 0
  let crc = 0
  let records = 0
  async function* checked(): AsyncGenerator<Uint8Array> {
    for await (const chunk of storage.stream(entry.name)) {
      signal?.throwIfAborted()
      bytes += chunk.length
      crc = crc32c(chunk, crc)
      yield chunk
    }
    checkFile(storage, entry, 'bytes', bytes, 'export')
    checkFile(storage, entry, 'crc32c', crc >>> 0, 'export')
  }
  for await (const batch of decodePatterns(checked(), entry.name)) {
    records += batch.length
    yield batch
  }
  checkFile(storage, entry, 'records', records, 'export')
}

/**
 * Reads shards one after the other, each checked as by `readShard`.
 * @param label of all records. @throws {DataError} also for a record of another one.
 */
export async function* readShards(
  storage: Storage,
  entries: readonly StoredRecords[],
  signal?: AbortSignal,
  label?: PatternRecord['label'],
): AsyncGenerator<readonly PatternRecord[]> {
  for (const entry of entries) {
    let done = 0
    for await (const batch of readShard(storage, entry, signal)) {
      const astray = batch.findIndex((record) => record.label !== (label ?? record.label))
      if (astray >= 0) {
        throw new DataError(
          `tfrecord ${entry.name} record ${done + astray + 1}: label ${batch[astray]?.label}, ` +
            `all of ${storage.location}/${entry.name} must have ${label}; export again`,
        )
      }
      done += batch.length
      yield batch
    }
  }
}
