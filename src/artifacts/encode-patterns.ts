import { DataError } from '../errors.ts'
import { type CellsByBit, cellsByBit, readTouchedBits, type WordLayout } from '../examples/pattern-words.ts'
import { recordAt, type WordPatterns } from '../examples/word-patterns.ts'
import { withRoom } from '../numerics/with-room.ts'
import { computeCrc32c, contributionsToCrc32c, maskCrc32c } from '../tfrecord/crc32c.ts'
import { varintBytes, writeVarint } from '../tfrecord/example.ts'
import { FRAME_HEADER_BYTES } from '../tfrecord/frame.ts'
import { buildPatternFrame, type PatternFrame } from './pattern-frame.ts'

/**
 * Encodes patterns as TFRecord frames of `tf.train.Example`, which TensorFlow's own reader reads; features and bytes
 * are those of TensorFlow's deterministic writer. Most of a frame is the same for many patterns: it is copied, and the
 * numbers are written into the copy.
 */
export class PatternEncoder {
  private readonly frames = new Map<number, PatternFrame>()
  private readonly cells: CellsByBit
  /** The bits of one pattern. */
  private readonly touched: Uint32Array
  private bytesPerPattern = 256

  constructor(layout: WordLayout) {
    this.cells = cellsByBit(layout)
    this.touched = new Uint32Array(this.cells.channels.length)
  }

  /**
   * O(bytes), one buffer.
   * @param patterns in the encoder's layout.
   * @throws {DataError} where a number can't be represented in the file: it would be read as another one.
   */
  encode(patterns: WordPatterns): Uint8Array {
    const patternCount = patterns.counts.length
    let bytes: Uint8Array = new Uint8Array(Math.ceil(1.1 * this.bytesPerPattern * patternCount))
    let view = new DataView(bytes.buffer)
    let offset = 0
    for (let at = 0; at < patternCount; at++) {
      checkNumbers(patterns, at)
      const found = readTouchedBits(patterns.words, at, this.touched)
      const frame = this.frameOf(patterns, at, found)
      const end = offset + frame.bytes.length
      if (end > bytes.length) {
        bytes = withRoom(bytes, end)
        view = new DataView(bytes.buffer)
      }
      bytes.set(frame.bytes, offset)
      this.writeNumbers(bytes, view, offset, frame, patterns, at, found)
      view.setUint32(offset + frame.payloadTo, maskCrc32c(payloadCrc(bytes, offset, frame)), true)
      offset = end
    }
    if (patternCount > 0) this.bytesPerPattern = offset / patternCount
    return bytes.subarray(0, offset)
  }

  private frameOf(patterns: WordPatterns, at: number, found: number): PatternFrame {
    const channels = packedBytes(this.cells.channels, this.touched, found)
    const daysBefore = packedBytes(this.cells.daysBefore, this.touched, found)
    const count = varintBytes(patterns.counts[at]!)
    const validationCount = varintBytes(patterns.validationCounts[at]!)
    const creditedCount = tellsCredited(patterns, at) ? varintBytes(patterns.creditedCounts[at]!) : undefined
    // No varint takes more than 10 bytes, no list more than 2^16.
    const counted = (count * 16 + validationCount) * 16 + (creditedCount ?? 0)
    const key = (channels * 2 ** 16 + daysBefore) * 2 ** 12 + counted
    const known = this.frames.get(key)
    if (known !== undefined) return known
    const built = buildPatternFrame({ channels, count, creditedCount, daysBefore, validationCount })
    this.frames.set(key, built)
    return built
  }

  private writeNumbers(
    bytes: Uint8Array,
    view: DataView,
    offset: number,
    frame: PatternFrame,
    patterns: WordPatterns,
    at: number,
    found: number,
  ): void {
    const { cells, touched } = this
    let channelAt = offset + frame.channelAt
    let dayAt = offset + frame.daysBeforeAt
    for (let k = 0; k < found; k++) {
      const bit = touched[k]!
      channelAt = writeVarint(bytes, channelAt, cells.channels[bit]!)
      dayAt = writeVarint(bytes, dayAt, cells.daysBefore[bit]!)
    }
    writeVarint(bytes, offset + frame.countAt, patterns.counts[at]!)
    if (frame.creditedCountAt > 0)
      writeVarint(bytes, offset + frame.creditedCountAt, patterns.creditedCounts[at]!)
    bytes[offset + frame.labelAt] = patterns.label
    writeVarint(bytes, offset + frame.validationCountAt, patterns.validationCounts[at]!)
    view.setFloat32(offset + frame.valueAt, patterns.values[at]!, true)
  }
}

/** A count that is that of all examples is left out. */
function tellsCredited({ label, counts, creditedCounts }: WordPatterns, at: number): boolean {
  return label === 1 && creditedCounts[at] !== counts[at]
}

function packedBytes(values: Uint16Array, touched: Uint32Array, found: number): number {
  let bytes = 0
  for (let k = 0; k < found; k++) bytes += varintBytes(values[touched[k]!]!)
  return bytes
}

/** The checksum of the frame's zeros and of what stands there now instead. */
function payloadCrc(bytes: Uint8Array, offset: number, frame: PatternFrame): number {
  const { numbers, payloadTo } = frame
  const payloadFrom = offset + FRAME_HEADER_BYTES
  if (payloadTo > LONGEST_SUMMED) return computeCrc32c(bytes, payloadFrom, offset + payloadTo)
  const contributions = contributionsToCrc32c(LONGEST_SUMMED)
  let crc = frame.crc
  for (let range = 0; range < numbers.length; range += 2) {
    for (let k = numbers[range]!; k < numbers[range + 1]!; k++) {
      crc ^= contributions[256 * (payloadTo - 1 - k) + bytes[offset + k]!]!
    }
  }
  return crc
}

/** In bytes: 1 KB of tables each. */
const LONGEST_SUMMED = 512

function checkNumbers(patterns: WordPatterns, at: number): void {
  const count = patterns.counts[at]!
  const validationCount = patterns.validationCounts[at]!
  // Without a conversion nothing is credited, whatever the warehouse counted.
  const creditedCount = patterns.label === 1 ? patterns.creditedCounts[at]! : 0
  const isWhole = Number.isSafeInteger(count) && Number.isSafeInteger(validationCount)
  const isPart = Number.isSafeInteger(creditedCount) && creditedCount >= 0 && creditedCount <= count
  const isCounted = isWhole && validationCount >= 0 && validationCount <= count && isPart
  if (isCounted && Number.isFinite(Math.fround(patterns.values[at]!))) return
  const { daysBefore, channels } = recordAt(patterns, at)
  throw new DataError(
    `pattern ${at + 1} can't be written: days_before [${daysBefore}], channels [${channels}], ` +
      `count ${count}, validation_count ${validationCount}, credited_count ${creditedCount}, value ${patterns.values[at]}`,
  )
}
