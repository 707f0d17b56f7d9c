import { quoteIdentifier } from '../sql-text.ts'
import { ApiError } from './reply.ts'

/** A column of a Treasure Data schema: `["name", "type", "sql alias"]`. */
export interface SchemaColumn {
  readonly name: string
  /** string, int, long, float, double, array<T>, map<K,V>. */
  readonly type: string
  readonly alias: string
}

const scalar: Readonly<Record<string, string>> = {
  string: 'VARCHAR',
  int: 'BIGINT',
  long: 'BIGINT',
  float: 'DOUBLE',
  double: 'DOUBLE',
}

/** @returns DuckDB's type, undefined where Treasure Data has no such type. */
export function duckDbType(type: string): string | undefined {
  const list = /^array<(.+)>$/.exec(type)?.[1]
  if (list !== undefined) return suffixed(duckDbType(list), '[]')
  const map = /^map<(\w+),(.+)>$/.exec(type)
  if (map) {
    const [key, value] = [duckDbType(map[1] ?? ''), duckDbType(map[2] ?? '')]
    return key === undefined || value === undefined ? undefined : `MAP(${key}, ${value})`
  }
  return scalar[type]
}

function suffixed(text: string | undefined, suffix: string): string | undefined {
  return text === undefined ? undefined : text + suffix
}

/** @returns Treasure Data's type for a column that a query made, as its Trino writes it. */
export function schemaType(duckDb: string): string {
  if (duckDb.endsWith('[]')) return `array<${schemaType(duckDb.slice(0, -2))}>`
  const map = /^MAP\((\w+), (.+)\)$/.exec(duckDb)
  if (map) return `map<${schemaType(map[1] ?? '')},${schemaType(map[2] ?? '')}>`
  if (/^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/.test(duckDb)) return 'long'
  if (/^(FLOAT|DOUBLE|DECIMAL.*)$/.test(duckDb)) return 'double'
  return 'string'
}

/**
 * @param text JSON, `[["a","string","a"],["n","long"]]`.
 * @throws {ApiError} 422 where it is none, names `time` or `v`, a column twice, or a type that is not there.
 */
export function parseSchema(text: string): readonly SchemaColumn[] {
  const columns = readSchema(text).map((column) => {
    const [name, type, alias = name] = Array.isArray(column) ? column : []
    if (typeof name !== 'string' || typeof type !== 'string' || typeof alias !== 'string') {
      throw new ApiError(422, `Validation failed: Schema is invalid: ${JSON.stringify(column)}`)
    }
    return { name, type: type.replaceAll(' ', ''), alias }
  })
  columns.forEach((column, at) => {
    checkColumn(column, columns.slice(0, at))
  })
  return columns
}

function readSchema(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    if (Array.isArray(value)) return value
  } catch {
    // Told below.
  }
  throw new ApiError(422, `Validation failed: Schema must be a JSON array, not ${text.slice(0, 200)}`)
}

function checkColumn({ name, type, alias }: SchemaColumn, before: readonly SchemaColumn[]): void {
  const complain = (what: string) => new ApiError(422, `Validation failed: Schema: column ${name}: ${what}`)
  if ([name, alias].includes('time')) throw complain('time is implicit')
  if ([name, alias].includes('v')) throw complain('v is reserved')
  if (!/^[a-z0-9_]{1,128}$/.test(alias)) throw complain('only lower case letters, digits and _ are allowed')
  if (duckDbType(type) === undefined) throw complain(`unknown type ${type}`)
  if (before.some((other) => other.name === name || other.alias === alias)) throw complain('duplicate')
}

/** @returns the schema as `table/show` and `table/list` give it, a JSON string. */
export function schemaText(columns: readonly SchemaColumn[]): string {
  return JSON.stringify(columns.map(({ name, type, alias }) => [name, type, alias]))
}

/** @returns the columns of the table for CREATE TABLE, `time` last. */
export function columnDefinitions(columns: readonly SchemaColumn[]): string {
  const own = columns.map(({ alias, type }) => `${quoteIdentifier(alias)} ${duckDbType(type)}`)
  return [...own, '"time" BIGINT'].join(', ')
}
