import { rename } from 'node:fs/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { DataError, messageOf, RemoteError } from '../../errors.ts'
import { type Sql, sql } from '../../queries/sql.ts'
import type { IfExists, TableName } from '../warehouse.ts'
import { commonSettings } from './settings.ts'
import { TABLES_CATALOG } from './tables-file.ts'
import { takeTurn } from './turns.ts'

/** Where a CSV of touchpoints goes: a Parquet file, or a table of a DuckDB file. */
export type CsvTarget =
  | { readonly parquet: string }
  | { readonly file: string; readonly table: TableName; readonly ifExists: IfExists }

/** Column types of a CSV of touchpoints, by name; one with campaigns has another column at the end. */
const csvTypes = {
  time: 'BIGINT',
  user_id: 'VARCHAR',
  source: 'VARCHAR',
  conversion: 'INTEGER',
  value: 'DOUBLE',
} as const

/**
 * Turns a CSV that `simulate` wrote into a typed Parquet file or table; the target appears whole or not at all.
 * @throws {DataError} if the table exists and `ifExists` is `error`.
 * @throws {RemoteError} if DuckDB fails.
 */
export async function convertCsv(
  csvPath: string,
  target: CsvTarget,
  threads: number,
  hasCampaigns = false,
): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', {
    ...commonSettings(threads),
    temp_directory: `${csvPath}.tmp`,
  })
  const connection = await instance.connect()
  const endTurn = 'file' in target ? await takeTurn(target.file) : undefined
  try {
    const columns = Object.entries(hasCampaigns ? { ...csvTypes, campaign: 'VARCHAR' } : csvTypes).map(
      ([name, type]) => sql`${sql.literal(name)}: ${sql.literal(type)}`,
    )
    const source = sql`SELECT * FROM read_csv(${sql.literal(csvPath)}, header = true, columns = {${sql.join(columns)}})`
    if ('file' in target) {
      // Under our own name: in `mta.duckdb`, which DuckDB calls `mta`, `mta.mock_data` would be ambiguous.
      await connection.run(
        sql`ATTACH ${sql.literal(target.file)} AS ${sql.identifier(TABLES_CATALOG)}`.render(),
      )
      for (const statement of tableStatements(source, target)) await connection.run(statement.render())
    } else {
      const parquet = sql.literal(`${csvPath}.parquet`)
      await connection.run(sql`COPY (${source}) TO ${parquet} (FORMAT parquet)`.render())
      await rename(`${csvPath}.parquet`, target.parquet)
    }
  } catch (error) {
    if (/already exists/.test(messageOf(error))) throw existsError(error)
    throw new RemoteError(`duckdb: ${messageOf(error)}`, { cause: error })
  } finally {
    connection.closeSync()
    instance.closeSync()
    endTurn?.()
  }
}

function tableStatements(
  source: Sql,
  { table, ifExists }: { readonly table: TableName; readonly ifExists: IfExists },
): readonly Sql[] {
  const name = sql.identifier(TABLES_CATALOG, table.database, table.table)
  const schema = sql`CREATE SCHEMA IF NOT EXISTS ${sql.identifier(TABLES_CATALOG, table.database)}`
  const statements = {
    overwrite: [sql`CREATE OR REPLACE TABLE ${name} AS ${source}`],
    append: [
      sql`CREATE TABLE IF NOT EXISTS ${name} AS ${source} LIMIT 0`,
      sql`INSERT INTO ${name} ${source}`,
    ],
    error: [sql`CREATE TABLE ${name} AS ${source}`],
    ignore: [sql`CREATE TABLE IF NOT EXISTS ${name} AS ${source}`],
  }
  return [sql`BEGIN`, schema, ...statements[ifExists], sql`COMMIT`]
}

function existsError(cause: unknown): DataError {
  return new DataError(
    `${messageOf(cause)}: --if-exists (IF_EXISTS) is error; drop the table, name another one with --table (DATA_TABLE), ` +
      'or use overwrite, append or ignore',
    { cause },
  )
}
