import { DataError } from '../../errors.ts'
import type { Row, Value } from '../warehouse.ts'
import type { Page } from './page.ts'

/**
 * @returns the page's rows: integers and decimals as numbers, timestamps as ISO 8601 in UTC, dates as YYYY-MM-DD, values
 *   without a counterpart (arrays, varbinary) as Trino's own text or JSON. O(rows x columns).
 * @throws {DataError} if an integer is beyond 2^53, or the zone of a timestamp has no fixed offset.
 */
export function readRows(page: Page): readonly Row[] {
  const readers = (page.columns ?? []).map(({ name, type }) => readerOf(type, name))
  return (page.data ?? []).map((row) => readers.map((read, at) => readValue(row[at], read)))
}

type Reader = (value: string | number) => Value

function readValue(value: unknown, read: Reader): Value {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'number') return read(value)
  return typeof value === 'boolean' ? value : JSON.stringify(value)
}

function readerOf(type: string, column: string): Reader {
  if (/^(tinyint|smallint|integer|bigint)$/.test(type)) return (value) => exactNumber(value, column)
  if (/^decimal\(\d+, ?0\)$/.test(type)) return (value) => exactNumber(value, column)
  if (/^(decimal|double|real)/.test(type)) return (value) => Number(value)
  if (/^timestamp/.test(type)) return (value) => isoOf(String(value), column)
  return (value) => value
}

function exactNumber(value: string | number, column: string): number {
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  throw new DataError(
    `trino: column ${column} holds the integer ${value}, which is beyond 2^53 and can't be a number: ` +
      'cast it to varchar in the query',
  )
}

/** Trino writes `2026-01-02 03:04:05.678`, followed by ` UTC`, ` +09:00` or ` Asia/Tokyo` if the type has a zone. */
function isoOf(value: string, column: string): string {
  const [, date, time, fraction = '', zone = 'UTC'] =
    /^(-?\d+-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?(?: (.+))?$/.exec(value) ?? []
  const offset = zone === 'UTC' ? 'Z' : zone
  const instant = Date.parse(`${date}T${time}${offset}`)
  if (/^(Z|[-+]\d\d:\d\d)$/.test(offset) && Number.isFinite(instant)) return withFraction(instant, fraction)
  throw new DataError(
    `trino: column ${column} holds the timestamp "${value}", which is not a definite instant: ` +
      "give it AT TIME ZONE 'UTC' in the query",
  )
}

/** Milliseconds as JavaScript writes them, finer digits only if there are any. */
function withFraction(instantMs: number, fraction: string): string {
  const digits = fraction.padEnd(3, '0').replace(/(?<=^\d{3}\d*?)0+$/, '')
  return new Date(instantMs).toISOString().replace('.000Z', `.${digits}Z`)
}
