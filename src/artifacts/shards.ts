import { crc32c } from '@node-rs/crc32'
import type { PatternRecord } from '../examples/pattern.ts'
import type { Storage } from '../storage/storage.ts'
import { decodePatterns, encodePatterns } from './pattern-codec.ts'
import { checkFile, partName, type StoredRecords } from './stored-file.ts'

/**
 * @param index 0..count-1.
 * @returns a name such as `positive_tfrecords/part-00000-of-00003.tfrecord`.
 */
export function shardName(label: 'positive' | 'negative', index: number, count: number): string {
  return partName(`${label}_tfrecords`, index, count, 'tfrecord')
}

/** Writes one shard; memory is that of one batch. */
export async function writeShard(
  storage: Storage,
  name: string,
  batches: AsyncIterable<readonly PatternRecord[]>,
  signal?: AbortSignal,
): Promise<StoredRecords> {
  let records = 0
  async function* encode(): AsyncGenerator<Uint8Array> {
    for await (const batch of batches) {
      records += batch.length
      yield encodePatterns(batch)
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

/** Reads shards one after the other, each checked as by `readShard`. */
export async function* readShards(
  storage: Storage,
  entries: readonly StoredRecords[],
  signal?: AbortSignal,
): AsyncGenerator<readonly PatternRecord[]> {
  for (const entry of entries) yield* readShard(storage, entry, signal)
}
