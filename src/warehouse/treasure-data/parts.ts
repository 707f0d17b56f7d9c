import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { Encoder } from '@msgpack/msgpack'
import type { OutputColumn, Row, Rows, Value } from '../warehouse.ts'

/** A part of a bulk import. */
export interface Part {
  readonly name: string
  /** msgpack maps, one per row, gzipped. */
  readonly bytes: Uint8Array
}

const gzipAsync = promisify(gzip)
const PART_ROWS = 100_000
const PART_BYTES = 8 << 20

/**
 * Encodes the rows of a table part by part, with one part in memory at a time. The same rows give the same parts.
 * @param nowSec `time` of rows without a session time.
 */
export async function* encodeParts(write: Rows, nowSec: number): AsyncGenerator<Part> {
  const encoder = new RecordEncoder(write.columns, nowSec)
  let parts = 0
  let rows = 0
  for (const row of write.rows) {
    encoder.append(row)
    rows++
    if (encoder.byteLength < PART_BYTES && rows < PART_ROWS) continue
    yield { name: partName(parts++), bytes: await gzipAsync(encoder.take()) }
    rows = 0
  }
  if (rows > 0) yield { name: partName(parts), bytes: await gzipAsync(encoder.take()) }
}

function partName(number: number): string {
  return `part_${String(number).padStart(5, '0')}`
}

/** Appends rows as msgpack maps to a growing buffer. */
class RecordEncoder {
  readonly #columns: readonly (OutputColumn & { readonly key: Uint8Array })[]
  readonly #sessionTimeAt: number
  readonly #nowSec: number
  readonly #plain = new Encoder()
  /** Whole values in columns of doubles stay doubles. */
  readonly #doubles = new Encoder({ forceIntegerToFloat: true })
  #buffer = new Uint8Array(1 << 16)
  byteLength = 0

  constructor(columns: readonly OutputColumn[], nowSec: number) {
    this.#columns = columns.map((column) => ({ ...column, key: this.#plain.encode(column.name) }))
    this.#sessionTimeAt = columns.findIndex(
      ({ name, type }) => name === 'session_time' && type === 'timestamp',
    )
    this.#nowSec = nowSec
  }

  append(row: Row): void {
    this.#push(mapHeader(this.#columns.length + 1))
    this.#push(this.#plain.encodeSharedRef('time'))
    this.#push(this.#plain.encodeSharedRef(this.#timeOf(row)))
    for (const [at, { key, type }] of this.#columns.entries()) {
      this.#push(key)
      const encoder = type === 'double' ? this.#doubles : this.#plain
      this.#push(encoder.encodeSharedRef(row[at] ?? null))
    }
  }

  /** @returns a copy of what was appended, and starts over. */
  take(): Uint8Array {
    const bytes = this.#buffer.slice(0, this.byteLength)
    this.byteLength = 0
    return bytes
  }

  #timeOf(row: Row): number {
    const sessionTime: Value = row[this.#sessionTimeAt] ?? null
    return sessionTime === null ? this.#nowSec : Math.floor(Date.parse(String(sessionTime)) / 1000)
  }

  #push(bytes: Uint8Array): void {
    const end = this.byteLength + bytes.byteLength
    if (end > this.#buffer.byteLength) {
      const larger = new Uint8Array(Math.max(end, this.#buffer.byteLength * 2))
      larger.set(this.#buffer)
      this.#buffer = larger
    }
    this.#buffer.set(bytes, this.byteLength)
    this.byteLength = end
  }
}

/** https://github.com/msgpack/msgpack/blob/master/spec.md#map-format-family */
function mapHeader(entries: number): Uint8Array {
  if (entries < 16) return Uint8Array.of(0x80 | entries)
  return Uint8Array.of(0xde, entries >> 8, entries & 0xff)
}
