import { crc32c } from '@node-rs/crc32'
import { DataError } from '../errors.ts'
import type { PatternRecord } from '../examples/pattern.ts'
import { hexadecimal32 } from '../hexadecimal.ts'
import type { Storage } from '../storage/storage.ts'
import { decodePatterns, encodePatterns } from './pattern-codec.ts'

/** A shard as the manifest records it: readers believe nothing else. */
export interface ShardEntry {
  readonly name: string
  readonly records: number
  readonly bytes: number
  /** CRC32C of the whole file, unsigned. */
  readonly crc32c: number
}

/**
 * @param index 0..count-1.
 * @returns a name such as `positive_tfrecords/part-00000-of-00003.tfrecord`.
 */
export function shardName(label: 'positive' | 'negative', index: number, count: number): string {
  const padded = (number: number) => String(number).padStart(5, '0')
  return `${label}_tfrecords/part-${padded(index)}-of-${padded(count)}.tfrecord`
}

/** Writes one shard; memory is that of one batch. */
export async function writeShard(
  storage: Storage,
  name: string,
  batches: AsyncIterable<readonly PatternRecord[]>,
  signal?: AbortSignal,
): Promise<ShardEntry> {
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
 * Reads one shard and checks it against its entry: a reader that gets to the end has read exactly what was written.
 * @throws {DataError} naming the shard, where a record is broken, or bytes, checksum or records differ.
 */
export async function* readShard(
  storage: Storage,
  entry: ShardEntry,
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
    check(entry, 'bytes', bytes)
    check(entry, 'crc32c', crc >>> 0)
  }
  for await (const batch of decodePatterns(checked(), entry.name)) {
    records += batch.length
    yield batch
  }
  check(entry, 'records', records)
}

function check(entry: ShardEntry, what: 'bytes' | 'crc32c' | 'records', found: number): void {
  if (found === entry[what]) return
  const show = what === 'crc32c' ? hexadecimal32 : String
  throw new DataError(
    `shard ${entry.name}: ${what} ${show(found)}, the manifest says ${show(entry[what])} ` +
      '(changed since the export? export again)',
  )
}

/** Reads shards one after the other, each checked as by `readShard`. */
export async function* readShards(
  storage: Storage,
  entries: readonly ShardEntry[],
  signal?: AbortSignal,
): AsyncGenerator<readonly PatternRecord[]> {
  for (const entry of entries) yield* readShard(storage, entry, signal)
}
