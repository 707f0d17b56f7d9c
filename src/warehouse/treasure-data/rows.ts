import { DataError } from '../../errors.ts'
import type { Row, Value } from '../warehouse.ts'
import type { ResultColumn } from './job-calls.ts'

/** Turns a value of a result's column into ours. */
type Convert = (value: unknown) => Value

/**
 * @param columns of the result, undefined if Treasure Data doesn't say.
 * @returns a function that turns a decoded record into a row: integers and decimals become numbers, timestamps ISO 8601
 *   in UTC, lists and maps JSON text. It throws a {@link DataError} if an integer is beyond 2^53.
 */
export function rowReader(columns: readonly ResultColumn[] | undefined): (record: readonly unknown[]) => Row {
  const converts: Convert[] = []
  return (record) =>
    record.map((value, at) => {
      converts[at] ??= converterOf(columns?.[at] ?? { name: String(at + 1), type: '' })
      return converts[at](value)
    })
}

function converterOf({ name, type }: ResultColumn): Convert {
  const plain = (value: unknown) => plainValue(value, name)
  if (type.startsWith('decimal')) {
    return (value) => (typeof value === 'string' ? decimalValue(value, name) : plain(value))
  }
  if (type.startsWith('timestamp'))
    return (value) => (typeof value === 'string' ? isoOf(value) : plain(value))
  return plain
}

function plainValue(value: unknown, column: string): Value {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return exactNumber(value, column)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? plainInteger(part) : part))
}

/** Decimals may arrive as text: whole ones are exact or an error, others the nearest double. */
function decimalValue(text: string, column: string): Value {
  return /^[+-]?\d+$/.test(text) ? exactNumber(BigInt(text), column) : Number(text)
}

function exactNumber(value: bigint, column: string): number {
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  throw new DataError(
    `treasure-data: column ${column} holds the integer ${value}, which is beyond 2^53 and can't be a number: ` +
      'cast it to varchar in the query',
  )
}

/** Inside lists and maps, where exact digits matter more than the type. */
function plainInteger(value: bigint): number | string {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}

/** Trino writes `2026-01-02 03:04:05.678`, followed by ` UTC` if the type has a zone; other zones stay as they are. */
function isoOf(text: string): string {
  const [, day, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(?: UTC)?$/.exec(text) ?? []
  if (day === undefined || time === undefined) return text
  return `${day}T${time.includes('.') ? time : `${time}.000`}Z`
}
