import type { Sql } from '../queries/sql.ts'
import type { Value, Warehouse } from './warehouse.ts'

/**
 * Runs a query all of whose columns are numbers, for results too long to make an array of every row.
 * @returns batches of columns in the order of the select list; NULL, the sum of nothing, is 0.
 * @throws as {@link Warehouse.query}.
 */
export async function* queryNumbers(
  warehouse: Warehouse,
  query: Sql,
  signal?: AbortSignal,
): AsyncGenerator<readonly Float64Array[]> {
  if (warehouse.queryNumbers !== undefined) {
    yield* warehouse.queryNumbers(query, signal)
    return
  }
  for await (const rows of warehouse.query(query, signal)) {
    const places = rows[0]?.keys() ?? []
    yield Array.from(places, (at) => Float64Array.from(rows, (row) => numberOf(row[at])))
  }
}

/** @returns a value as a number, NULL as 0. */
export function numberOf(value: Value | undefined): number {
  return Number(value ?? 0)
}
