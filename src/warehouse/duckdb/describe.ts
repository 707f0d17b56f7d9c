import type { DuckDBConnection } from '@duckdb/node-api'
import { sql } from '../../queries/sql.ts'
import type { Column, TableName } from '../warehouse.ts'

/** @returns the columns of a table or view in the first of the catalogs that has it; names ignore case. */
export async function describe(
  connection: DuckDBConnection,
  catalogs: readonly string[],
  table: TableName,
): Promise<readonly Column[] | undefined> {
  for (const catalog of catalogs) {
    const query = sql`SELECT column_name, lower(data_type) FROM information_schema.columns
WHERE table_catalog = ${sql.literal(catalog)}
AND lower(table_schema) = lower(${sql.literal(table.database)})
AND lower(table_name) = lower(${sql.literal(table.table)}) ORDER BY ordinal_position`
    const found = await connection.runAndReadAll(query.render())
    const rows = found.getRows()
    if (rows.length > 0) return rows.map(([name, type]) => ({ name: String(name), type: String(type) }))
  }
  return undefined
}

/** @returns whether a catalog has a table of its own of that name, no view. */
export async function isBaseTable(
  connection: DuckDBConnection,
  catalog: string,
  table: TableName,
): Promise<boolean> {
  const query = sql`SELECT 1 FROM information_schema.tables
WHERE table_catalog = ${sql.literal(catalog)} AND table_type = 'BASE TABLE'
AND lower(table_schema) = lower(${sql.literal(table.database)})
AND lower(table_name) = lower(${sql.literal(table.table)})`
  return (await connection.runAndReadAll(query.render())).getRows().length > 0
}

/** @returns whether two names are the same table to DuckDB, which ignores case. */
export function isSameTable(one: TableName, other: TableName | undefined): boolean {
  return (
    one.database.toLowerCase() === other?.database.toLowerCase() &&
    one.table.toLowerCase() === other.table.toLowerCase()
  )
}
