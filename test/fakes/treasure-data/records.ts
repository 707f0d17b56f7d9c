import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import {
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
  listValue,
  mapValue,
} from '@duckdb/node-api'
import { decodeMultiStream } from '@msgpack/msgpack'
import { CATALOG } from './engine.ts'
import type { SchemaColumn } from './schema.ts'
import { reshape } from './table-shape.ts'
import type { Table } from './tables.ts'

/** A record that has an integer `time`. */
export type GoodRecord = Readonly<Record<string, unknown>>

/** What an uploaded file held. */
export interface Scan {
  valid: number
  readonly errors: unknown[]
  /** The file is no gzip of MessagePack, or ends too early. */
  isBroken: boolean
  /** Keys of valid records but `time`, with the type that fits all their values. */
  readonly detected: Map<string, string>
}

/** Reads an uploaded part, gzip of MessagePack maps, one record after the other. */
async function* readRecords(path: string): AsyncGenerator<unknown> {
  const unzip = createGunzip({ chunkSize: 1 << 18 })
  const feeding = pipeline(createReadStream(path), unzip).catch((error: unknown) => error)
  yield* decodeMultiStream<undefined>(unzip, { useBigInt64: true })
  const failure = await feeding
  if (failure !== undefined) throw failure
}

/** Counts valid and error records; broken parts are told, not thrown. */
export async function scanPart(path: string): Promise<Scan> {
  const scan: Scan = { valid: 0, errors: [], isBroken: false, detected: new Map() }
  try {
    for await (const record of readRecords(path)) {
      if (isGood(record)) {
        scan.valid++
        detect(record, scan.detected)
      } else scan.errors.push(record)
    }
  } catch {
    scan.isBroken = true
  }
  return scan
}

function isGood(record: unknown): record is GoodRecord {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return false
  const time: unknown = Object.entries(record).find(([key]) => key === 'time')?.[1]
  return typeof time === 'bigint' || (typeof time === 'number' && Number.isInteger(time))
}

function detect(record: GoodRecord, detected: Map<string, string>): void {
  for (const key in record) {
    const type = key === 'time' ? undefined : typeOf(record[key])
    if (type === undefined) continue
    const former = detected.get(key)
    if (former === undefined) detected.set(key, type)
    else if (former !== type) detected.set(key, isNumber(former) && isNumber(type) ? 'double' : 'string')
  }
}

function isNumber(type: string): boolean {
  return type === 'long' || type === 'double'
}

function typeOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'bigint') return 'long'
  if (typeof value === 'number') return Number.isInteger(value) ? 'long' : 'double'
  if (Array.isArray(value)) return `array<${typeOf(value[0]) ?? 'string'}>`
  return 'string'
}

/** @returns the schema with columns that records brought and it lacks. Keys that are no column name are left out. */
export function extendSchema(
  schema: readonly SchemaColumn[],
  detected: ReadonlyMap<string, string>,
): readonly SchemaColumn[] {
  const more = [...detected]
    .filter(([key]) => /^[a-z0-9_]{1,255}$/.test(key))
    .filter(([key]) => !schema.some(({ name, alias }) => name === key || alias === key))
  return [...schema, ...more.map(([name, type]) => ({ name, type, alias: name }))]
}

/** Appends the valid records of uploaded parts to a table that gets the schema; in the caller's transaction. */
export async function appendParts(
  connection: DuckDBConnection,
  table: Table,
  schema: readonly SchemaColumn[],
  parts: readonly string[],
): Promise<void> {
  await reshape(connection, table, schema)
  const appender = await connection.createAppender(table.name, table.database, CATALOG)
  const types = schema.map((_, at) => appender.columnType(at))
  try {
    for (const part of parts) {
      for await (const record of readRecords(part)) {
        if (!isGood(record)) continue
        schema.forEach(({ name }, at) => {
          const type = types[at]
          const value = type === undefined ? null : convert(record[name], type)
          if (value === null || type === undefined) appender.appendNull()
          else appender.appendValue(value, type)
        })
        appender.appendBigInt(BigInt(Number(record.time)))
        appender.endRow()
      }
    }
    appender.flushSync()
  } finally {
    appender.closeSync()
  }
}

/** What doesn't fit the column becomes NULL, as it reads in a query. */
function convert(value: unknown, type: DuckDBType): DuckDBValue {
  if (value === null || value === undefined) return null
  const name = type.toString()
  if (name === 'VARCHAR') return typeof value === 'string' ? value : textOf(value)
  if (name === 'BIGINT') return integerOf(value)
  if (name === 'DOUBLE') return doubleOf(value)
  if ('valueType' in type && Array.isArray(value)) {
    const of = type.valueType
    return isType(of) ? listValue(value.map((each) => convert(each, of))) : null
  }
  if ('keyType' in type && 'valueType' in type && typeof value === 'object') {
    const { keyType, valueType } = type
    if (!isType(keyType) || !isType(valueType)) return null
    const entries = Object.entries(value)
    return mapValue(
      entries.map(([key, held]) => ({ key: convert(key, keyType), value: convert(held, valueType) })),
    )
  }
  return null
}

function isType(value: unknown): value is DuckDBType {
  return typeof value === 'object' && value !== null && 'typeId' in value
}

function textOf(value: unknown): string {
  if (typeof value !== 'object') return String(value)
  return JSON.stringify(value, (_, held) => (typeof held === 'bigint' ? Number(held) : held))
}

function integerOf(value: unknown): bigint | null {
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? value : null
  if (typeof value === 'number') return Number.isFinite(value) ? BigInt(Math.trunc(value)) : null
  return typeof value === 'string' && /^[-+]?\d{1,18}$/.test(value) ? BigInt(value) : null
}

function doubleOf(value: unknown): number | null {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value)
  return typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value))
    ? Number(value)
    : null
}
