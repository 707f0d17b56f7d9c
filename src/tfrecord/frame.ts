import { DataError } from '../errors.ts'
import { hexadecimal32 } from '../hexadecimal.ts'
import { computeMaskedCrc32c } from './crc32c.ts'

/** Where a reader stands in its bytes; each `read...` moves `offset` on. */
export interface Reader {
  readonly view: DataView
  readonly bytes: Uint8Array
  offset: number
}

/** @returns a reader at the beginning of bytes. */
export function createReader(bytes: Uint8Array): Reader {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), bytes, offset: 0 }
}

/** Length (u64) and its sum. */
export const FRAME_HEADER_BYTES = 12
/** The payload's sum. */
export const FRAME_FOOTER_BYTES = 4

/** A record longer than this is none of ours; it keeps a wrong length from asking for all memory. */
const LONGEST_PAYLOAD = 1 << 28

/**
 * Reads a frame's header: https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
 * @param where names file and record, for errors.
 * @returns bytes of the payload, or undefined, nothing read, where the header or the rest of the frame is not all there.
 * @throws {DataError} where the length's sum is wrong.
 */
export function maybeReadFrameHeader(reader: Reader, where: () => string): number | undefined {
  const { view, offset } = reader
  if (view.byteLength - offset < FRAME_HEADER_BYTES) return undefined
  const sum = computeMaskedCrc32c(reader.bytes, offset, offset + 8)
  const expected = view.getUint32(offset + 8, true)
  if (sum !== expected) throw sumError(where(), 'length', sum, expected)
  const payloadBytes = view.getUint32(offset + 4, true) * 0x1_0000_0000 + view.getUint32(offset, true)
  if (payloadBytes > LONGEST_PAYLOAD) {
    throw new DataError(`${where()}: length ${payloadBytes}, allowed are ${LONGEST_PAYLOAD} bytes at most`)
  }
  if (view.byteLength - offset < FRAME_HEADER_BYTES + payloadBytes + FRAME_FOOTER_BYTES) return undefined
  reader.offset = offset + FRAME_HEADER_BYTES
  return payloadBytes
}

/**
 * Checks the sum behind the payload at `payloadFrom` and leaves the reader behind it.
 * @throws {DataError} where it is wrong.
 */
export function readFrameFooter(
  reader: Reader,
  payloadFrom: number,
  payloadTo: number,
  where: () => string,
): void {
  const sum = computeMaskedCrc32c(reader.bytes, payloadFrom, payloadTo)
  const expected = reader.view.getUint32(payloadTo, true)
  if (sum !== expected) throw sumError(where(), 'data', sum, expected)
  reader.offset = payloadTo + FRAME_FOOTER_BYTES
}

/**
 * Writes the header before, and the sum behind, a payload that already stands at
 * [frameFrom + FRAME_HEADER_BYTES, payloadTo).
 * @returns where the frame ends.
 */
export function writeFrameAround(
  bytes: Uint8Array,
  view: DataView,
  frameFrom: number,
  payloadTo: number,
): number {
  const payloadFrom = frameFrom + FRAME_HEADER_BYTES
  view.setUint32(frameFrom, payloadTo - payloadFrom, true)
  view.setUint32(frameFrom + 4, 0, true)
  view.setUint32(frameFrom + 8, computeMaskedCrc32c(bytes, frameFrom, frameFrom + 8), true)
  view.setUint32(payloadTo, computeMaskedCrc32c(bytes, payloadFrom, payloadTo), true)
  return payloadTo + FRAME_FOOTER_BYTES
}

function sumError(where: string, what: 'length' | 'data', sum: number, expected: number): DataError {
  return new DataError(
    `${where}: ${what} crc ${hexadecimal32(sum)}, expected ${hexadecimal32(expected)} (file truncated or changed?)`,
  )
}
