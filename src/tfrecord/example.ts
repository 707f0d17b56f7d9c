import { DataError } from '../errors.ts'
import type { Reader } from './frame.ts'

/**
 * `tf.train.Example` in protobuf's wire format: https://protobuf.dev/programming-guides/encoding/ and
 * https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/example/feature.proto
 * Example { Features features = 1 }, Features { map<string, Feature> feature = 1 }, and a Feature is one of
 * BytesList = 1, FloatList = 2, Int64List = 3, each { repeated value = 1 }, packed or not.
 */
export const FIELD_ONE = 0x0a
export const FIELD_TWO = 0x12
export const FIELD_THREE = 0x1a

const VARINT = 0
const FIXED64 = 1
const LENGTH_DELIMITED = 2
const FIXED32 = 5

/** @returns bytes of a varint. @param value whole, 0..2^53. */
export function varintBytes(value: number): number {
  if (value < 0x80) return 1
  let bytes = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++
  return bytes
}

/** @returns the offset after the varint. @param value whole, 0..2^53. */
export function writeVarint(bytes: Uint8Array, offset: number, value: number): number {
  let at = offset
  let rest = value
  for (; rest >= 0x8000_0000; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest % 0x80) | 0x80
  for (; rest >= 0x80; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80
  bytes[at++] = rest
  return at
}

/**
 * @param end of the message around it.
 * @returns the varint as an int64: exact below 2^53, rounded beyond, with the right sign.
 */
export function readVarint(reader: Reader, end: number): number {
  const { bytes } = reader
  const first = bytes[reader.offset]!
  if (reader.offset < end && first < 0x80) {
    reader.offset++
    return first
  }
  let value = 0
  let scale = 1
  for (let count = 0; reader.offset < end && count < 10; count++) {
    const byte = bytes[reader.offset++]!
    value += (byte & 0x7f) * scale
    scale *= 0x80
    if (byte < 0x80) return value >= 2 ** 63 ? -negate(reader) : value
  }
  throw new DataError('a varint does not end')
}

/** A negative int64 takes ten bytes: its distance from 2^64 is computed from the bytes just read. */
function negate(reader: Reader): number {
  let value = 0n
  for (let back = 1; back <= 10; back++) {
    value = (value << 7n) | BigInt(reader.bytes[reader.offset - back]! & 0x7f)
  }
  return Number(2n ** 64n - (value & (2n ** 64n - 1n)))
}

/** @returns where the length-delimited field ends; the reader is left at its first byte. */
export function readLength(reader: Reader, end: number): number {
  const length = readVarint(reader, end)
  if (length < 0 || length > end - reader.offset)
    throw new DataError(`a field of ${length} bytes ends outside its message`)
  return reader.offset + length
}

/** Receives the values of features; bytes lists are only recognised. */
export interface FeatureLists {
  /** Called before a feature's values; the name ends at `nameEnd`. @returns false to skip the feature. */
  begin(reader: Reader, nameEnd: number): boolean
  /** The feature has an int64 list, which may be empty. */
  int64List(): void
  int64(value: number): void
  floatList(): void
  float(value: number): void
}

/**
 * Passes on an Example's features in the writer's order; unknown fields are skipped, as protobuf demands. O(bytes).
 * @throws {DataError} where the bytes are not an Example; without the place, which the caller knows.
 */
export function readExample(reader: Reader, end: number, lists: FeatureLists): void {
  while (reader.offset < end) {
    const tag = readVarint(reader, end)
    if (tag === FIELD_ONE) readFeatures(reader, readLength(reader, end), lists)
    else skipField(reader, tag, end)
  }
}

function readFeatures(reader: Reader, end: number, lists: FeatureLists): void {
  while (reader.offset < end) {
    const tag = readVarint(reader, end)
    if (tag === FIELD_ONE) readEntry(reader, readLength(reader, end), lists)
    else skipField(reader, tag, end)
  }
}

/** The key may come after the value, so the value is read once the key is known. */
function readEntry(reader: Reader, end: number, lists: FeatureLists): void {
  let nameFrom = reader.offset
  let nameEnd = nameFrom
  let valueFrom = end
  let valueEnd = end
  while (reader.offset < end) {
    const tag = readVarint(reader, end)
    if (tag === FIELD_ONE) {
      nameEnd = readLength(reader, end)
      nameFrom = reader.offset
      reader.offset = nameEnd
    } else if (tag === FIELD_TWO) {
      valueEnd = readLength(reader, end)
      valueFrom = reader.offset
      reader.offset = valueEnd
    } else skipField(reader, tag, end)
  }
  reader.offset = nameFrom
  if (lists.begin(reader, nameEnd)) {
    reader.offset = valueFrom
    readFeature(reader, valueEnd, lists)
  }
  reader.offset = end
}

function readFeature(reader: Reader, end: number, lists: FeatureLists): void {
  while (reader.offset < end) {
    const tag = readVarint(reader, end)
    if (tag === FIELD_THREE) readInt64List(reader, readLength(reader, end), lists)
    else if (tag === FIELD_TWO) readFloatList(reader, readLength(reader, end), lists)
    else skipField(reader, tag, end)
  }
}

function readInt64List(reader: Reader, end: number, lists: FeatureLists): void {
  lists.int64List()
  while (reader.offset < end) {
    const tag = readVarint(reader, end)
    if (tag === FIELD_ONE) {
      const packedEnd = readLength(reader, end)
      while (reader.offset < packedEnd) lists.int64(readVarint(reader, packedEnd))
    } else if (tag === ((1 << 3) | VARINT)) lists.int64(readVarint(reader, end))
    else skipField(reader, tag, end)
  }
}

function readFloatList(reader: Reader, end: number, lists: FeatureLists): void {
  lists.floatList()
  while (reader.offset < end) {
    const tag = readVarint(reader, end)
    if (tag === FIELD_ONE) {
      const packedEnd = readLength(reader, end)
      while (reader.offset < packedEnd) lists.float(readFloat(reader, packedEnd))
    } else if (tag === ((1 << 3) | FIXED32)) lists.float(readFloat(reader, end))
    else skipField(reader, tag, end)
  }
}

function readFloat(reader: Reader, end: number): number {
  if (end - reader.offset < 4) throw new DataError('a float ends outside its list')
  const value = reader.view.getFloat32(reader.offset, true)
  reader.offset += 4
  return value
}

function skipField(reader: Reader, tag: number, end: number): void {
  const wireType = tag % 8
  if (wireType === VARINT) readVarint(reader, end)
  else if (wireType === LENGTH_DELIMITED) reader.offset = readLength(reader, end)
  else if (wireType === FIXED32 || wireType === FIXED64) reader.offset += wireType === FIXED32 ? 4 : 8
  else throw new DataError(`tf.train.Example has no fields of wire type ${wireType}`)
  if (reader.offset > end) throw new DataError('a field ends outside its message')
}
