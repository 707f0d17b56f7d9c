/**
 * CRC32C (Castagnoli, reflected polynomial 0x82f63b78, RFC 3720 appendix B.4) in JavaScript, four bytes a step
 * (https://create.stephan-brumme.com/crc32/#slicing-by-4). For the short pieces of a frame, where a call into native
 * code costs more than the checksum itself; whole files use the native one.
 */
let tables = buildTables(4)

/** @returns for each number of bytes after a byte, 256 values: what the byte contributes to the checksum. */
function buildTables(count: number): Int32Array {
  const built = new Int32Array(count * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
    built[byte] = crc
  }
  for (let at = 256; at < built.length; at++) {
    const former = built[at - 256]!
    built[at] = (former >>> 8) ^ built[former & 0xff]!
  }
  return built
}

/**
 * The checksum is linear: where some of its bytes change, a message's checksum changes by what the changes contribute, xored.
 * @param bytes the most bytes that may follow one that changes.
 * @returns at [256 * k + change], what a byte contributes that changes by xor and that k bytes follow: 1 KB each.
 */
export function contributionsToCrc32c(bytes: number): Int32Array {
  if (tables.length < 256 * (bytes + 1)) tables = buildTables(bytes + 1)
  return tables
}

/**
 * @param former CRC32C of the bytes before, to continue with.
 * @returns the CRC32C of bytes[from..to), unsigned. O(to - from).
 */
export function computeCrc32c(bytes: Uint8Array, from: number, to: number, former = 0): number {
  const table = tables
  let crc = ~former
  let at = from
  for (; at + 4 <= to; at += 4) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    crc =
      table[768 + (crc & 0xff)]! ^
      table[512 + ((crc >>> 8) & 0xff)]! ^
      table[256 + ((crc >>> 16) & 0xff)]! ^
      table[crc >>> 24]!
  }
  for (; at < to; at++) crc = table[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}

/** @returns the masked CRC32C of bytes[from..to), unsigned. */
export function computeMaskedCrc32c(bytes: Uint8Array, from: number, to: number): number {
  return maskCrc32c(computeCrc32c(bytes, from, to))
}

/**
 * TFRecord masks its checksums, so that a checksum of bytes that contain checksums stays useful.
 * https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
 */
export function maskCrc32c(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
