import { DataError } from '../errors.ts'
import { type WordLayout, wordBits } from '../examples/pattern-words.ts'
import { withRoom } from '../numerics/with-room.ts'
import type { Storage } from '../storage/storage.ts'
import { checkFile, partName, readFile, type StoredRecords } from './stored-file.ts'

/** Places in a row: key and count, then the words. */
const KEY = 0
const COUNT = 1
const WORDS = 2

/**
 * Spans of the evidence sample as the warehouse returns them: key (see `decodeEvidenceKey`), number of equal spans, and
 * the words of the window. A file holds them as rows of little-endian doubles and nothing else; the manifest says what
 * is in a row.
 */
export class EvidenceRows {
  readonly layout: WordLayout
  count = 0
  private readonly width: number
  private numbers: Float64Array

  constructor(layout: WordLayout, numbers: Float64Array = new Float64Array(1024 * (WORDS + layout.count))) {
    this.layout = layout
    this.width = WORDS + layout.count
    this.numbers = numbers
  }

  /** Amortised O(words). @param words of the span's window. */
  add(key: number, count: number, words: readonly number[]): void {
    const start = this.count * this.width
    this.numbers = withRoom(this.numbers, start + this.width)
    this.numbers[start + KEY] = key
    this.numbers[start + COUNT] = count
    this.numbers.set(words, start + WORDS)
    this.count++
  }

  keyOf(at: number): number {
    return this.numbers[at * this.width + KEY] ?? Number.NaN
  }

  countOf(at: number): number {
    return this.numbers[at * this.width + COUNT] ?? Number.NaN
  }

  /** @returns the words of the span's window. */
  wordsOf(at: number): Float64Array {
    return this.numbers.subarray(at * this.width + WORDS, (at + 1) * this.width)
  }

  /** @returns the words of the spans' windows, a column each. O(rows * words). */
  wordColumns(): readonly Float64Array[] {
    return Array.from({ length: this.layout.count }, (_, word) => {
      const column = new Float64Array(this.count)
      for (let row = 0; row < this.count; row++) {
        column[row] = this.numbers[row * this.width + WORDS + word] ?? 0
      }
      return column
    })
  }

  /** @returns the rows as bytes. O(rows). */
  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.count * this.width * Float64Array.BYTES_PER_ELEMENT)
    const view = new DataView(bytes.buffer)
    this.numbers.subarray(0, this.count * this.width).forEach((number, at) => {
      view.setFloat64(at * Float64Array.BYTES_PER_ELEMENT, number, true)
    })
    return bytes
  }
}

/** @returns the bytes of a row. */
export function evidenceRowBytes({ count }: WordLayout): number {
  return (WORDS + count) * Float64Array.BYTES_PER_ELEMENT
}

/** @returns a name such as `evidence/part-00000-of-00003.spans`. */
export function evidenceName(index: number, count: number): string {
  return partName('evidence', index, count, 'spans')
}

/** Writes the spans of one batch. */
export async function writeEvidence(
  storage: Storage,
  name: string,
  rows: EvidenceRows,
): Promise<StoredRecords> {
  const { bytes, crc32c } = await storage.write(name, [rows.bytes()])
  return { name, records: rows.count, bytes, crc32c }
}

/**
 * Reads the spans of one batch.
 * @throws {DataError} naming the file, where it is missing, bytes or checksum are not those of its entry, or a row can't be.
 */
export async function readEvidence(
  storage: Storage,
  entry: StoredRecords,
  layout: WordLayout,
): Promise<EvidenceRows> {
  const bytes = await readFile(storage, entry, 'export')
  checkFile(
    storage,
    { ...entry, bytes: entry.records * evidenceRowBytes(layout) },
    'bytes',
    bytes.length,
    'export',
  )
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const size = Float64Array.BYTES_PER_ELEMENT
  const numbers = Float64Array.from({ length: bytes.length / size }, (_, at) =>
    view.getFloat64(at * size, true),
  )
  const rows = new EvidenceRows(layout, numbers)
  rows.count = entry.records
  checkRows(rows, `${storage.location}/${entry.name}`)
  return rows
}

/** The checksum says only that the bytes are those of the manifest. */
function checkRows(rows: EvidenceRows, place: string): void {
  const largest = Array.from({ length: rows.layout.count }, (_, word) => 2 ** wordBits(rows.layout, word))
  for (let at = 0; at < rows.count; at++) {
    const [key, count, words] = [rows.keyOf(at), rows.countOf(at), rows.wordsOf(at)]
    const isWhole = Number.isSafeInteger(key) && key >= 0 && Number.isSafeInteger(count) && count >= 0
    if (
      isWhole &&
      words.every((word, of) => Number.isInteger(word) && word >= 0 && word < (largest[of] ?? 0))
    )
      continue
    throw new DataError(
      `${place}: row ${at + 1} holds key ${key}, count ${count} and words ${words.join(' ')}, which can't be; export again`,
    )
  }
}
