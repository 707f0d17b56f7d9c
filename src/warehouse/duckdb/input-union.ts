import { type Sql, sql } from '../../queries/sql.ts'
import type { Column } from '../warehouse.ts'

/** A column of input files, by the name that queries use. */
export interface FileColumn {
  readonly name: string
  /** DuckDB's name of it, such as `VARCHAR`. */
  readonly type: string
  readonly value: Sql
}

/** Files that share columns and are read by one table function. */
export interface Scan {
  readonly files: readonly string[]
  readonly columns: readonly FileColumn[]
  readonly rows: Sql
}

/** What queries should know of a column beside its type, by its name in lower case. */
export type ColumnTraits = ReadonlyMap<string, Pick<Column, 'absentFrom' | 'mixedTypes'>>

/**
 * Unites files by the names of their columns, whatever their case. A column that has several types is read as text, so
 * that no value is changed by the way (a large whole number by a column of doubles, say).
 * @param emptyFiles files without rows, which can't lack anything.
 */
export function unite(
  scans: readonly Scan[],
  emptyFiles: ReadonlySet<string>,
): { readonly rows: Sql; readonly traits: ColumnTraits } {
  const columns = new Map<string, Occurrence[]>()
  for (const scan of scans) {
    for (const column of scan.columns) {
      const key = column.name.toLowerCase()
      columns.set(key, [...(columns.get(key) ?? []), { scan, column }])
    }
  }
  const selects = scans.map((scan) => {
    const values = scan.columns.map((column) => {
      const occurrences = columns.get(column.name.toLowerCase()) ?? []
      const value = isMixed(occurrences) ? textOf(column) : column.value
      return sql`${value} AS ${sql.identifier(occurrences[0]?.column.name ?? column.name)}`
    })
    return sql`SELECT ${sql.join(values)} FROM ${scan.rows}`
  })
  const traits = [...columns].map(([key, occurrences]) => {
    return [key, traitsOf(occurrences, scans, emptyFiles)] as const
  })
  return { rows: sql`(${sql.join(selects, sql` UNION ALL BY NAME `)})`, traits: new Map(traits) }
}

interface Occurrence {
  readonly scan: Scan
  readonly column: FileColumn
}

function isMixed(occurrences: readonly Occurrence[]): boolean {
  const types = new Set(occurrences.map(({ column }) => column.type))
  return types.size > 1 && ![...types].every((type) => /INT(EGER)?$/.test(type))
}

/** @returns only what is there to be said. */
function traitsOf(
  occurrences: readonly Occurrence[],
  scans: readonly Scan[],
  emptyFiles: ReadonlySet<string>,
) {
  const having = new Set(occurrences.map(({ scan }) => scan))
  const absentFrom = scans.flatMap((scan) => {
    const columns = scan.columns.map(({ name }) => name)
    const files = having.has(scan) ? [] : scan.files.filter((file) => !emptyFiles.has(file))
    return files.map((file) => ({ file, columns }))
  })
  const types = [...new Set(occurrences.map(({ column }) => column.type))]
  const mixedTypes = types.map((type) => {
    const files = occurrences.flatMap(({ scan, column }) => (column.type === type ? scan.files : []))
    return { type, files: files.length, file: files[0] ?? '' }
  })
  return {
    ...(absentFrom.length > 0 ? { absentFrom } : {}),
    ...(isMixed(occurrences) ? { mixedTypes } : {}),
  }
}

/** @returns SQL of a value as the text that it would be in a CSV file: whole numbers without a fraction, times as ISO 8601. */
function textOf({ type, value }: FileColumn): Sql {
  const text = sql`CAST(${value} AS VARCHAR)`
  if (/^(DOUBLE|FLOAT|DECIMAL)/.test(type)) {
    const whole = sql`CAST(CAST(${value} AS BIGINT) AS VARCHAR)`
    return sql`CASE WHEN ${value} = trunc(${value}) AND abs(${value}) < 1e15 THEN ${whole} ELSE ${text} END`
  }
  if (type === 'TIMESTAMP WITH TIME ZONE') return sql`strftime(${value}, '%Y-%m-%dT%H:%M:%S.%fZ')`
  if (type.startsWith('TIMESTAMP')) return sql`strftime(CAST(${value} AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%f')`
  return type === 'BLOB' ? sql`decode(${value})` : text
}
