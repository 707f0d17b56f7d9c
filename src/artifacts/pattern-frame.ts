import { computeCrc32c } from '../tfrecord/crc32c.ts'
import { FIELD_ONE, FIELD_THREE, FIELD_TWO, varintBytes, writeVarint } from '../tfrecord/example.ts'
import { FRAME_FOOTER_BYTES, FRAME_HEADER_BYTES, writeFrameAround } from '../tfrecord/frame.ts'
import { PATTERN_FEATURES } from './pattern-features.ts'

/** How many bytes the numbers of a pattern take; they decide where everything stands in its frame. */
export interface NumberBytes {
  readonly channels: number
  readonly count: number
  /** Undefined where the feature is left out. */
  readonly creditedCount: number | undefined
  readonly daysBefore: number
  readonly validationCount: number
}

/** The frame that patterns have in common whose numbers take equally many bytes; all of these are 0 in it. */
export interface PatternFrame {
  readonly bytes: Uint8Array
  /** Where the payload ends. */
  readonly payloadTo: number
  /** CRC32C of the payload. */
  readonly crc: number
  /** From and to of the numbers of each feature. */
  readonly numbers: Uint32Array
  readonly channelAt: number
  readonly countAt: number
  /** 0 where the feature is left out. */
  readonly creditedCountAt: number
  readonly daysBeforeAt: number
  readonly labelAt: number
  readonly validationCountAt: number
  readonly valueAt: number
}

const LABEL_BYTES = 1
const VALUE_BYTES = 4

/** @returns the frame of a `tf.train.Example`, its bytes being those of TensorFlow's deterministic writer. O(bytes). */
export function buildPatternFrame(numbers: NumberBytes): PatternFrame {
  const { channels, count, creditedCount, daysBefore, validationCount } = numbers
  const sizes = [channels, count, creditedCount, daysBefore, LABEL_BYTES, validationCount, VALUE_BYTES]
  const entries = sizes.map((size, of) => (size === undefined ? [] : entryOf(PATTERN_FEATURES[of]!, size)))
  const features = entries.flat()
  const payload = delimited(FIELD_ONE, features)
  const payloadTo = FRAME_HEADER_BYTES + payload.length
  const bytes = new Uint8Array(payloadTo + FRAME_FOOTER_BYTES)
  bytes.set(payload, FRAME_HEADER_BYTES)
  writeFrameAround(bytes, new DataView(bytes.buffer), 0, payloadTo)
  let end = payloadTo - features.length
  const ranges = sizes.map((size, of) => {
    end += entries[of]!.length
    return size === undefined ? ([0, 0] as const) : ([end - size, end] as const)
  })
  const from = (of: number) => ranges[of]![0]
  return {
    bytes,
    payloadTo,
    crc: computeCrc32c(bytes, FRAME_HEADER_BYTES, payloadTo),
    numbers: Uint32Array.from(ranges.flat()),
    channelAt: from(0),
    countAt: from(1),
    creditedCountAt: from(2),
    daysBeforeAt: from(3),
    labelAt: from(4),
    validationCountAt: from(5),
    valueAt: from(6),
  }
}

/** An entry of the map of features, whose numbers are its last bytes. An empty list has no field for them. */
function entryOf(name: string, size: number): number[] {
  const values = size === 0 ? [] : delimited(FIELD_ONE, Array(size).fill(0))
  const list = delimited(name === 'value' ? FIELD_TWO : FIELD_THREE, values)
  const key = delimited(FIELD_ONE, [...new TextEncoder().encode(name)])
  return delimited(FIELD_ONE, [...key, ...delimited(FIELD_TWO, list)])
}

function delimited(tag: number, content: readonly number[]): number[] {
  const length = new Uint8Array(varintBytes(content.length))
  writeVarint(length, 0, content.length)
  return [tag, ...length, ...content]
}
