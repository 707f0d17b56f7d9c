import type { DuckDBConnection } from '@duckdb/node-api'
import { quoteIdentifier, quoteLiteral } from '../../queries/sql.ts'
import type { Column, TableName } from '../warehouse.ts'

/** @returns the columns of a table or view of one of the catalogs, the first that has it; names ignore case. */
export async function describe(
  connection: DuckDBConnection,
  catalogs: readonly string[],
  table: TableName,
): Promise<readonly Column[] | undefined> {
  for (const catalog of catalogs) {
    const found = await connection.runAndReadAll(
      'SELECT column_name, lower(data_type) FROM information_schema.columns ' +
        `WHERE table_catalog = ${quoteLiteral(catalog)} ` +
        `AND lower(table_schema) = lower(${quoteLiteral(table.database)}) ` +
        `AND lower(table_name) = lower(${quoteLiteral(table.table)}) ORDER BY ordinal_position`,
    )
    const rows = found.getRows()
    if (rows.length > 0) return rows.map(([name, type]) => ({ name: String(name), type: String(type) }))
  }
  return undefined
}

/** @returns `"catalog"."database"."table"`, or without a table the schema. */
export function quotePath(catalog: string, database: string, table?: string): string {
  const parts = table === undefined ? [catalog, database] : [catalog, database, table]
  return parts.map(quoteIdentifier).join('.')
}

/** @returns whether two names mean one table to DuckDB, which ignores case. */
export function isSameTable(one: TableName, other: TableName | undefined): boolean {
  return (
    one.database.toLowerCase() === other?.database.toLowerCase() &&
    one.table.toLowerCase() === other.table.toLowerCase()
  )
}
