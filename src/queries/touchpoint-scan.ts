import type { TouchpointSource } from '../examples/touchpoints.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import type { Sql } from './sql.ts'
import { pruneSql, type ReadSpan } from './time-sql.ts'
import { readTouchpointColumns, type TouchpointColumns } from './touchpoint-columns.ts'

/** Which touchpoints are read. */
export interface TouchpointScan {
  readonly source: TouchpointSource
  readonly columns: TouchpointColumns
  readonly span: ReadSpan
  /** Condition by which the warehouse prunes; undefined if it has none. */
  readonly prune: Sql | undefined
  /** Whether rows that are equal in everything that is read count once. */
  readonly distinct: boolean
}

/**
 * @returns a scan of the rows within the span.
 * @throws {ConfigError} if the table or a column is missing.
 */
export async function planScan(
  warehouse: Warehouse,
  source: TouchpointSource,
  span: ReadSpan,
  distinct = false,
): Promise<TouchpointScan> {
  const columns = await readTouchpointColumns(warehouse, source)
  return { source, columns, span, prune: pruneSql(warehouse, columns, span), distinct }
}
