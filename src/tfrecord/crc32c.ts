/**
 * CRC32C (Castagnoli, reflected polynomial 0x82f63b78, RFC 3720 appendix B.4) in JavaScript, four bytes a step
 * (https://create.stephan-brumme.com/crc32/#slicing-by-4). For the short pieces of a frame, where a call into native
 * code costs more than the checksum itself; whole files use the native one.
 */
const TABLES: readonly Int32Array[] = buildTables()

function buildTables(): Int32Array[] {
  const tables = Array.from({ length: 4 }, () => new Int32Array(256))
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
    tables[0]![byte] = crc
  }
  for (let table = 1; table < 4; table++) {
    for (let byte = 0; byte < 256; byte++) {
      const former = tables[table - 1]![byte]!
      tables[table]![byte] = (former >>> 8) ^ tables[0]![former & 0xff]!
    }
  }
  return tables
}

/**
 * @param former CRC32C of the bytes before, to continue with.
 * @returns the CRC32C of bytes[from..to), unsigned. O(to - from).
 */
export function computeCrc32c(bytes: Uint8Array, from: number, to: number, former = 0): number {
  const table0 = TABLES[0]!
  const table1 = TABLES[1]!
  const table2 = TABLES[2]!
  const table3 = TABLES[3]!
  let crc = ~former
  let at = from
  for (; at + 4 <= to; at += 4) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    crc =
      table3[crc & 0xff]! ^ table2[(crc >>> 8) & 0xff]! ^ table1[(crc >>> 16) & 0xff]! ^ table0[crc >>> 24]!
  }
  for (; at < to; at++) crc = table0[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}

/**
 * TFRecord masks its checksums, so that a checksum of bytes that contain checksums stays useful.
 * https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
 * @returns the masked CRC32C of bytes[from..to), unsigned.
 */
export function computeMaskedCrc32c(bytes: Uint8Array, from: number, to: number): number {
  const crc = computeCrc32c(bytes, from, to)
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
