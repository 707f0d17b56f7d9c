import { sql } from '../../queries/sql.ts'
import type { Column, TableName } from '../warehouse.ts'
import { runStatement } from './query.ts'
import type { TrinoSession } from './session.ts'

/** Trino stores all names in lower case. */
export function lowerCase({ database, table }: TableName): TableName {
  return { database: database.toLowerCase(), table: table.toLowerCase() }
}

/** @returns the table's columns in order, or undefined if there is no such table or view. */
export async function describe(
  session: TrinoSession,
  table: TableName,
  signal?: AbortSignal,
): Promise<readonly Column[] | undefined> {
  const { database, table: name } = lowerCase(table)
  const query = sql`SELECT column_name, data_type FROM information_schema.columns
WHERE table_schema = ${sql.literal(database)} AND table_name = ${sql.literal(name)} ORDER BY ordinal_position`
  const rows = await runStatement(session, query, signal)
  if (rows.length === 0) return undefined
  return rows.map(([column, type]) => ({ name: String(column), type: String(type).toLowerCase() }))
}

/** @returns the tables of a schema, sorted by name; undefined if there is no such schema. */
export async function listTables(
  session: TrinoSession,
  database: string,
  signal?: AbortSignal,
): Promise<readonly string[] | undefined> {
  const schema = sql.literal(database)
  const schemas = await runStatement(
    session,
    sql`SELECT schema_name FROM information_schema.schemata WHERE schema_name = ${schema}`,
    signal,
  )
  if (schemas.length === 0) return undefined
  const tables = await runStatement(
    session,
    sql`SELECT table_name FROM information_schema.tables WHERE table_schema = ${schema} ORDER BY table_name`,
    signal,
  )
  return tables.map(([name]) => String(name))
}
