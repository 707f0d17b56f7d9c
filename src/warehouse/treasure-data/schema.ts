import { z } from 'zod'
import type { Column, OutputColumn, OutputType } from '../warehouse.ts'

/** A column of a table's schema, with Treasure Data's own type, such as `long`; no schema lists `time`. */
export interface SchemaColumn {
  /** The name in SQL. */
  readonly name: string
  readonly type: string
}

/** `[name, type]`, or a third element with the name that SQL uses. */
const entries = z.array(z.tuple([z.string(), z.string()]).rest(z.unknown()))

/**
 * @param schema as the API sends it: JSON in a string; null or empty for a table without columns.
 * @throws if it is something else.
 */
export function parseSchema(schema: string | null | undefined): readonly SchemaColumn[] {
  if (schema === null || schema === undefined || schema === '') return []
  return entries.parse(JSON.parse(schema)).map(([name, type, alias]) => ({
    name: typeof alias === 'string' && alias !== '' ? alias : name,
    type: type.toLowerCase(),
  }))
}

/** @returns the body of `update-schema`, as td-client-java sends it. */
export function schemaRequest(columns: readonly SchemaColumn[]): object {
  return { schema: columns.map(({ name, type }) => [name, type, name]), ignore_duplicate_schema: false }
}

/** @returns the columns as a query sees them, with Trino's type names, `time` last. */
export function describeSchema(columns: readonly SchemaColumn[]): readonly Column[] {
  const described = columns.map(({ name, type }) => ({ name, type: trinoType(type) }))
  return [...described.filter(({ name }) => name !== 'time'), { name: 'time', type: 'bigint' }]
}

/** @returns Trino's name of a type. @param type Treasure Data's, such as `array<long>`. */
export function trinoType(type: string): string {
  const [, outer, inner] = /^(array|map)<(.*)>$/s.exec(type) ?? []
  if (outer === undefined || inner === undefined) return plainTypes.get(type) ?? type
  return `${outer}(${splitTypes(inner).map(trinoType).join(',')})`
}

const plainTypes = new Map([
  ['string', 'varchar'],
  ['long', 'bigint'],
  ['int', 'bigint'],
  ['float', 'double'],
])

/** Splits `a,map<b,c>` at the commas outside brackets. */
function splitTypes(list: string): readonly string[] {
  const parts: string[] = ['']
  let depth = 0
  for (const letter of list) {
    if (letter === '<') depth++
    if (letter === '>') depth--
    if (letter === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += letter
  }
  return parts.map((part) => part.trim())
}

/** Treasure Data has no timestamps: they are ISO 8601 text, which sorts by time and which Trino can parse. */
const outputTypes: Readonly<Record<OutputType, string>> = {
  varchar: 'string',
  double: 'double',
  bigint: 'long',
  timestamp: 'string',
}

/** @returns the schema of a table to be written. */
export function outputSchema(columns: readonly OutputColumn[]): readonly SchemaColumn[] {
  return columns.map(({ name, type }) => ({ name, type: outputTypes[type] }))
}
