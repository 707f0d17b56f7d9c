import { DataError } from '../errors.ts'
import type { PatternRecord } from '../examples/pattern.ts'
import { readExample } from '../tfrecord/example.ts'
import {
  createReader,
  FRAME_FOOTER_BYTES,
  maybeReadFrameHeader,
  type Reader,
  readFrameFooter,
} from '../tfrecord/frame.ts'
import { PatternBuilder } from './pattern-features.ts'

/**
 * Decodes patterns from a file's bytes, whoever wrote them: packed or not, in any order, with unknown features.
 * @param chunks the file's bytes in order, cut anywhere.
 * @param source names the file in errors.
 * @returns a batch for each chunk that ends a record.
 * @throws {DataError} naming source and record (counted from 1), where bytes are missing or changed, or not a pattern.
 */
export async function* decodePatterns(
  chunks: AsyncIterable<Uint8Array>,
  source: string,
): AsyncGenerator<readonly PatternRecord[]> {
  const builder = new PatternBuilder()
  let rest: Uint8Array = new Uint8Array(0)
  let done = 0
  const where = (at: number) => `tfrecord ${source} record ${at}`
  for await (const chunk of chunks) {
    const reader = createReader(rest.length === 0 ? chunk : concatenate(rest, chunk))
    const records: PatternRecord[] = []
    for (;;) {
      const record = maybeReadPattern(reader, builder, () => where(done + records.length + 1))
      if (record === undefined) break
      records.push(record)
    }
    rest = reader.bytes.subarray(reader.offset)
    done += records.length
    if (records.length > 0) yield records
  }
  if (rest.length > 0)
    throw new DataError(`${where(done + 1)}: ends after ${rest.length} bytes (file truncated?)`)
}

function maybeReadPattern(
  reader: Reader,
  builder: PatternBuilder,
  where: () => string,
): PatternRecord | undefined {
  const payloadBytes = maybeReadFrameHeader(reader, where)
  if (payloadBytes === undefined) return undefined
  const payloadFrom = reader.offset
  const payloadTo = payloadFrom + payloadBytes
  readFrameFooter(reader, payloadFrom, payloadTo, where)
  reader.offset = payloadFrom
  builder.reset()
  try {
    readExample(reader, payloadTo, builder)
    const record = builder.build()
    reader.offset = payloadTo + FRAME_FOOTER_BYTES
    return record
  } catch (error) {
    if (error instanceof DataError) throw new DataError(`${where()}: ${error.message}`, { cause: error })
    throw error
  }
}

function concatenate(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}
