import { DataError } from '../errors.ts'
import { snakeCase } from '../tables/table.ts'
import type { Row, Value, Warehouse } from '../warehouse/warehouse.ts'
import { type Sql, sql } from './sql.ts'

/** A column of a query's result: what it is made of, and what its values become. */
export interface ResultColumn<Kind> {
  readonly expression: Sql
  readonly read: (value: Value) => Kind
}

/** Columns in their order, by the key that a row has for each. */
type ResultColumns = Readonly<Record<string, ResultColumn<unknown>>>

/** A query that tells what its result holds. */
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

/** @returns a column of numbers, such as a smallest one, which there may not be. */
export function maybeNumber(expression: Sql): ResultColumn<number | null> {
  return { expression, read: (value) => (value === null ? null : Number(value)) }
}

/** @returns a column of counts or amounts; NULL, the sum of nothing, is 0. */
export function amount(expression: Sql): ResultColumn<number> {
  return { expression, read: (value) => Number(value ?? 0) }
}

/**
 * Names are quoted and in lower case, so that every warehouse gives them back as they are.
 * @param rest what follows the select list.
 * @param steps common table expressions before it.
 * @returns the query, its select list made of the columns.
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

/** @returns where each column stands in a row, for results so long that no object is made of a row. */
export function positionsOf<Columns extends object>(
  columns: Columns,
): Readonly<Record<keyof Columns, number>> {
  return Object.fromEntries(Object.keys(columns).map((key, at) => [key, at])) as Record<keyof Columns, number>
}

/** Runs a query and reads its rows by name. @throws as {@link Warehouse.query}. */
export async function* readRows<Columns extends ResultColumns>(
  warehouse: Warehouse,
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

/** @returns all rows of a short result. */
export async function readAllRows<Columns extends ResultColumns>(
  warehouse: Warehouse,
  query: Query<Columns>,
  signal?: AbortSignal,
): Promise<readonly ResultRow<Columns>[]> {
  const all: ResultRow<Columns>[] = []
  for await (const row of readRows(warehouse, query, signal)) all.push(row)
  return all
}

/** @returns the first row of the result. @throws {DataError} if there is none. */
export async function readOneRow<Columns extends ResultColumns>(
  warehouse: Warehouse,
  query: Query<Columns>,
  signal?: AbortSignal,
): Promise<ResultRow<Columns>> {
  for await (const row of readRows(warehouse, query, signal)) return row
  throw new DataError('the warehouse returned no row for a query that has one')
}
