import { DataError } from '../errors.ts'
import type { PatternRecord } from '../examples/pattern.ts'
import {
  FIELD_ONE,
  FIELD_THREE,
  FIELD_TWO,
  readExample,
  varintBytes,
  writeVarint,
} from '../tfrecord/example.ts'
import {
  createReader,
  FRAME_FOOTER_BYTES,
  FRAME_HEADER_BYTES,
  maybeReadFrameHeader,
  type Reader,
  readFrameFooter,
  writeFrameAround,
} from '../tfrecord/frame.ts'
import { PATTERN_FEATURES, PatternBuilder } from './pattern-features.ts'

const [CHANNEL, COUNT, CREDITED_COUNT, DAYS_BEFORE, LABEL, VALIDATION_COUNT, VALUE] = PATTERN_FEATURES.map(
  (name) => Uint8Array.of(FIELD_ONE, name.length, ...new TextEncoder().encode(name), FIELD_TWO),
)

/** An upper bound of a record's bytes without its cells: frame, names, lengths and numbers of all features. */
const FIXED_BYTES = 256
/** A cell is two int32 varints of at most five bytes. */
const CELL_BYTES = 10

/**
 * Encodes patterns as TFRecord frames of `tf.train.Example`, which TensorFlow's own reader reads; features and bytes
 * are those of TensorFlow's deterministic writer. O(bytes), one buffer.
 * @throws {DataError} where a number can't be represented in the file: it would be read as another one.
 */
export function encodePatterns(records: readonly PatternRecord[]): Uint8Array {
  let bound = 0
  for (const record of records) bound += FIXED_BYTES + CELL_BYTES * record.channels.length
  const bytes = new Uint8Array(bound)
  const view = new DataView(bytes.buffer)
  let offset = 0
  for (let at = 0; at < records.length; at++) {
    checkRecord(records[at]!, at)
    const payloadTo = writePattern(bytes, view, offset + FRAME_HEADER_BYTES, records[at]!)
    offset = writeFrameAround(bytes, view, offset, payloadTo)
  }
  return bytes.subarray(0, offset)
}

function checkRecord(record: PatternRecord, at: number): void {
  const { channels, daysBefore, count, validationCount, creditedCount = 0, value } = record
  const isWhole =
    Number.isSafeInteger(count) && Number.isSafeInteger(validationCount) && count >= validationCount
  const isPart = Number.isSafeInteger(creditedCount) && creditedCount >= 0 && creditedCount <= count
  const isCounted = isWhole && validationCount >= 0 && isPart && isFloat32(value)
  if (isCounted && channels.length === daysBefore.length && isCells(channels) && isCells(daysBefore)) return
  throw new DataError(
    `pattern ${at + 1} can't be written: days_before [${daysBefore}], channels [${channels}], ` +
      `count ${count}, validation_count ${validationCount}, credited_count ${creditedCount}, value ${value}`,
  )
}

function isCells(values: readonly number[]): boolean {
  for (let at = 0; at < values.length; at++)
    if ((values[at]! | 0) !== values[at]! || values[at]! < 0) return false
  return true
}

function isFloat32(value: number): boolean {
  return Number.isFinite(Math.fround(value))
}

/** @returns where the Example ends. */
function writePattern(bytes: Uint8Array, view: DataView, from: number, record: PatternRecord): number {
  const channelBytes = packedBytes(record.channels)
  const daysBytes = packedBytes(record.daysBefore)
  const countBytes = varintBytes(record.count)
  const { creditedCount } = record
  const creditedBytes = creditedCount === undefined ? 0 : varintBytes(creditedCount)
  const validationBytes = varintBytes(record.validationCount)
  const features =
    entryBytes(CHANNEL!, channelBytes) +
    entryBytes(COUNT!, countBytes) +
    (creditedCount === undefined ? 0 : entryBytes(CREDITED_COUNT!, creditedBytes)) +
    entryBytes(DAYS_BEFORE!, daysBytes) +
    entryBytes(LABEL!, 1) +
    entryBytes(VALIDATION_COUNT!, validationBytes) +
    entryBytes(VALUE!, 4)
  bytes[from] = FIELD_ONE
  let at = writeVarint(bytes, from + 1, features)
  at = writePacked(bytes, writeEntry(bytes, at, CHANNEL!, FIELD_THREE, channelBytes), record.channels)
  at = writeVarint(bytes, writeEntry(bytes, at, COUNT!, FIELD_THREE, countBytes), record.count)
  if (creditedCount !== undefined) {
    const valuesAt = writeEntry(bytes, at, CREDITED_COUNT!, FIELD_THREE, creditedBytes)
    at = writeVarint(bytes, valuesAt, creditedCount)
  }
  at = writePacked(bytes, writeEntry(bytes, at, DAYS_BEFORE!, FIELD_THREE, daysBytes), record.daysBefore)
  at = writeVarint(bytes, writeEntry(bytes, at, LABEL!, FIELD_THREE, 1), record.label)
  at = writeVarint(
    bytes,
    writeEntry(bytes, at, VALIDATION_COUNT!, FIELD_THREE, validationBytes),
    record.validationCount,
  )
  at = writeEntry(bytes, at, VALUE!, FIELD_TWO, 4)
  view.setFloat32(at, record.value, true)
  return at + 4
}

function packedBytes(values: readonly number[]): number {
  let bytes = 0
  for (let at = 0; at < values.length; at++) bytes += varintBytes(values[at]!)
  return bytes
}

function writePacked(bytes: Uint8Array, offset: number, values: readonly number[]): number {
  let at = offset
  for (let k = 0; k < values.length; k++) at = writeVarint(bytes, at, values[k]!)
  return at
}

/** An empty list has no field for its values. */
function listBytes(valueBytes: number): number {
  return valueBytes === 0 ? 0 : 1 + varintBytes(valueBytes) + valueBytes
}

/** @returns bytes of the map's entry with its own tag and length. @param name as a field, followed by the value's tag. */
function entryBytes(name: Uint8Array, valueBytes: number): number {
  const list = listBytes(valueBytes)
  const feature = 1 + varintBytes(list) + list
  const entry = name.length + varintBytes(feature) + feature
  return 1 + varintBytes(entry) + entry
}

/** Writes a map's entry up to its packed values. @returns the offset of these. */
function writeEntry(
  bytes: Uint8Array,
  offset: number,
  name: Uint8Array,
  listTag: number,
  valueBytes: number,
): number {
  const list = listBytes(valueBytes)
  const feature = 1 + varintBytes(list) + list
  bytes[offset] = FIELD_ONE
  let at = writeVarint(bytes, offset + 1, name.length + varintBytes(feature) + feature)
  for (let k = 0; k < name.length; k++) bytes[at++] = name[k]!
  at = writeVarint(bytes, at, feature)
  bytes[at++] = listTag
  at = writeVarint(bytes, at, list)
  if (valueBytes === 0) return at
  bytes[at++] = FIELD_ONE
  return writeVarint(bytes, at, valueBytes)
}

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
