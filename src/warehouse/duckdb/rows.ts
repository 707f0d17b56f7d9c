import {
  type DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBDoubleVector,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api'
import { DataError } from '../../errors.ts'
import { numberOf } from '../query-numbers.ts'
import type { Row, Value } from '../warehouse.ts'

/**
 * @param columnNames for the message about a value that can't be represented exactly.
 * @returns the chunk's rows: integers and decimals as numbers, timestamps as ISO 8601 in UTC, dates as YYYY-MM-DD,
 *   values without a counterpart (lists, blobs) as DuckDB's own text. O(rows x columns).
 * @throws {DataError} if an integer is beyond 2^53.
 */
export function readRows(chunk: DuckDBDataChunk, columnNames: readonly string[]): readonly Row[] {
  const columns = columnNames.map((name, at) => readColumn(chunk, at, name))
  const rows: Value[][] = []
  for (let row = 0; row < chunk.rowCount; row++) {
    const values: Value[] = []
    for (const column of columns) values.push(column[row] ?? null)
    rows.push(values)
  }
  return rows
}

function readColumn(chunk: DuckDBDataChunk, at: number, name: string): readonly Value[] {
  return chunk.getColumnValues(at).map((value) => convertValue(value, name))
}

/**
 * Large results consist of doubles: they need no conversion, and neither a closure per value nor an array per row.
 * @returns the chunk's columns as numbers, NULL as 0. O(rows x columns).
 */
export function readNumbers(chunk: DuckDBDataChunk, columnNames: readonly string[]): readonly Float64Array[] {
  return columnNames.map((name, at) => {
    const vector = chunk.getColumnVector(at)
    if (!(vector instanceof DuckDBDoubleVector)) {
      return Float64Array.from(readColumn(chunk, at, name), numberOf)
    }
    const numbers = new Float64Array(vector.itemCount)
    for (let row = 0; row < numbers.length; row++) numbers[row] = vector.getItem(row) ?? 0
    return numbers
  })
}

function convertValue(value: DuckDBValue, column: string): Value {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return exactNumber(value, column)
  if (value instanceof DuckDBDecimalValue) {
    return value.scale === 0 ? exactNumber(value.value, column) : value.toDouble()
  }
  if (value instanceof DuckDBDateValue) return value.toString()
  const micros = microsOf(value)
  return micros === undefined ? value.toString() : isoOf(micros)
}

function exactNumber(value: bigint, column: string): number {
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  throw new DataError(
    `duckdb: column ${column} holds the integer ${value}, which is beyond 2^53 and can't be a number: ` +
      'cast it to varchar in the query',
  )
}

function microsOf(value: DuckDBValue): bigint | undefined {
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return value.micros
  if (value instanceof DuckDBTimestampMillisecondsValue) return value.millis * 1000n
  if (value instanceof DuckDBTimestampSecondsValue) return value.seconds * 1_000_000n
  if (value instanceof DuckDBTimestampNanosecondsValue) return value.nanos / 1000n
  return undefined
}

/** Milliseconds as JavaScript writes them, microseconds only if they are not 0. */
function isoOf(micros: bigint): string {
  const belowMillisecond = ((micros % 1000n) + 1000n) % 1000n
  const iso = new Date(Number((micros - belowMillisecond) / 1000n)).toISOString()
  return belowMillisecond === 0n ? iso : iso.replace('Z', `${String(belowMillisecond).padStart(3, '0')}Z`)
}
