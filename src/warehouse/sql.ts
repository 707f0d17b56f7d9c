import type { TableName } from './warehouse.ts'

/** @returns an identifier for SQL: any name is safe in it. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** @returns a string literal for SQL. */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** @returns `"database"."table"`. */
export function quoteTable(table: TableName): string {
  return `${quoteIdentifier(table.database)}.${quoteIdentifier(table.table)}`
}
