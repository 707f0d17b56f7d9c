import type { TableName } from '../warehouse/warehouse.ts'

/** @returns an identifier for SQL: any name is safe in it. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** @returns a string literal for SQL. */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

const SQL_IN_ERRORS = 2000

/** @returns a query as errors show it: its first 2000 characters. */
export function sqlForErrors(sql: string): string {
  return sql.length > SQL_IN_ERRORS ? `${sql.slice(0, SQL_IN_ERRORS)} ...` : sql
}

/** @returns `"database"."table"`. */
export function quoteTable(table: TableName): string {
  return `${quoteIdentifier(table.database)}.${quoteIdentifier(table.table)}`
}
