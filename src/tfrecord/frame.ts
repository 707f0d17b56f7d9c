import { DataError } from '../errors.ts'
import { hexadecimal32 } from '../hexadecimal.ts'
import { computeMaskedCrc32c } from './crc32c.ts'

/** The position in bytes that are read; each `read...` advances `offset`. */
export interface Reader {
  readonly view: DataView
  readonly bytes: Uint8Array
  offset: number
}

/** @returns a reader at the beginning of bytes. */
export function createReader(bytes: Uint8Array): Reader {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), bytes, offset: 0 }
}

/** Length (u64) and its checksum. */
export const FRAME_HEADER_BYTES = 12
/** The payload's checksum. */
export const FRAME_FOOTER_BYTES = 4

/** No record of ours is longer; so a wrong length can't ask for all memory. */
const LONGEST_PAYLOAD = 1 << 28

/**
 * Reads a frame's header: https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
 * @param where names file and record, for errors.
 * @returns bytes of the payload, or undefined, with nothing read, where the frame is not complete.
 * @throws {DataError} where the length's checksum is wrong.
 */
export function maybeReadFrameHeader(reader: Reader, where: () => string): number | undefined {
  const { view, offset } = reader
  if (view.byteLength - offset < FRAME_HEADER_BYTES) return undefined
  const sum = computeMaskedCrc32c(reader.bytes, offset, offset + 8)
  const expected = view.getUint32(offset + 8, true)
  if (sum !== expected) throw sumError(where(), 'length', sum, expected)
  const payloadBytes = view.getUint32(offset + 4, true) * 0x1_0000_0000 + view.getUint32(offset, true)
  if (payloadBytes > LONGEST_PAYLOAD) {
    throw new DataError(`${where()}: length ${payloadBytes}, at most ${LONGEST_PAYLOAD} bytes are allowed`)
  }
  if (view.byteLength - offset < FRAME_HEADER_BYTES + payloadBytes + FRAME_FOOTER_BYTES) return undefined
  reader.offset = offset + FRAME_HEADER_BYTES
  return payloadBytes
}

/**
 * Checks the checksum after the payload at `payloadFrom` and leaves the reader after it.
 * @throws {DataError} where the checksum is wrong.
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
 * Writes the header before and the checksum after a payload that is already in
 * bytes[frameFrom + FRAME_HEADER_BYTES .. payloadTo).
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
