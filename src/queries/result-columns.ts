import { DataError } from '../errors.ts'
import { snakeCase } from '../tables/table.ts'
import type { Row, Value, Warehouse } from '../warehouse/warehouse.ts'
import { type Sql, sql } from './sql.ts'

/** A column of a query's result: its SQL, and how its values are read. */
export interface ResultColumn<Kind> {
  readonly expression: Sql
  readonly read: (value: Value) => Kind
}

/** Columns in order, by the key that each has in a row. */
type ResultColumns = Readonly<Record<string, ResultColumn<unknown>>>

/** A query with the columns of its result. */
export interface Query<Columns extends ResultColumns> {
  readonly columns: Columns
  readonly sql: Sql
}

/** A row of the result, by name. */
export type ResultRow<Columns extends ResultColumns> = {
  readonly [Key in keyof Columns]: Columns[Key] extends ResultColumn<infer Kind> ? Kind : never
}

/** @returns a column of text. */
export function text(expression: Sql): ResultColumn<string | null> {
  return { expression, read: (value) => (value === null ? null : String(value)) }
}

/** @returns a column of numbers that may be missing, such as a minimum. */
export function maybeNumber(expression: Sql): ResultColumn<number | null> {
  return { expression, read: (value) => (value === null ? null : Number(value)) }
}

/** @returns a column of counts or amounts; NULL, the sum of nothing, is 0. */
export function amount(expression: Sql): ResultColumn<number> {
  return { expression, read: (value) => Number(value ?? 0) }
}

/** @returns the same of counts or amounts as doubles, which clients pass on exactly up to 2^53, and read faster than other numbers. */
export function doubleAmount(expression: Sql): ResultColumn<number> {
  return amount(sql`CAST(${expression} AS double)`)
}

/**
 * Names are quoted and in lower case, so that every warehouse returns them as they are.
 * @param rest what follows the select list.
 * @param steps common table expressions before it.
 * @returns the query that selects the columns.
 */
export function select<Columns extends ResultColumns>(
  columns: Columns,
  rest: Sql,
  steps: readonly Sql[] = [],
): Query<Columns> {
  const list = Object.entries(columns).map(
    ([key, { expression }]) => sql`${expression} AS ${sql.identifier(snakeCase(key))}`,
  )
  const withSteps = steps.length === 0 ? sql`` : sql`WITH ${sql.join(steps, sql`,\n`)}\n`
  return { columns, sql: sql`${withSteps}SELECT\n  ${sql.join(list, sql`,\n`)}\n${rest}` }
}

/** @returns the position of each column in a row, for results too long to make an object of every row. */
export function positionsOf<Columns extends object>(
  columns: Columns,
): Readonly<Record<keyof Columns, number>> {
  return Object.fromEntries(Object.keys(columns).map((key, at) => [key, at])) as Record<keyof Columns, number>
}

/** Runs a query and reads its rows by name. @throws as {@link Warehouse.query}. */
export async function* readRows<Columns extends ResultColumns>(
  warehouse: Pick<Warehouse, 'query'>,
  { columns, sql: text }: Query<Columns>,
  signal?: AbortSignal,
): AsyncGenerator<ResultRow<Columns>> {
  const readers = Object.entries(columns).map(([key, { read }], at) => (row: Row) => [
    key,
    read(row[at] ?? null),
  ])
  for await (const rows of warehouse.query(text, signal)) {
    for (const row of rows) yield Object.fromEntries(readers.map((read) => read(row))) as ResultRow<Columns>
  }
}

/** @returns the first row of the result. @throws {DataError} if there is none. */
export async function readOneRow<Columns extends ResultColumns>(
  warehouse: Warehouse,
  query: Query<Columns>,
  signal?: AbortSignal,
): Promise<ResultRow<Columns>> {
  for await (const row of readRows(warehouse, query, signal)) return row
  throw new DataError('the warehouse returned no row for a query that must have one')
}
