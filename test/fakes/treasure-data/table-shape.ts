import type { DuckDBConnection } from '@duckdb/node-api'
import { quoteIdentifier } from '../sql-text.ts'
import { CATALOG } from './engine.ts'
import { columnDefinitions, duckDbType, type SchemaColumn, schemaType } from './schema.ts'
import { type Table, tablePath } from './tables.ts'
import { pathOf } from './trino-names.ts'

/** Gives a table's rows the columns of a schema; what can't be cast becomes NULL, `time` stays last. */
export async function reshape(
  connection: DuckDBConnection,
  table: Table,
  schema: readonly SchemaColumn[],
): Promise<void> {
  const present = new Set((await physicalColumns(connection, table)).map(({ name }) => name))
  const columns = schema.map(({ alias, type }) =>
    present.has(alias) ? `TRY_CAST(${quoteIdentifier(alias)} AS ${duckDbType(type)})` : 'NULL',
  )
  const made = pathOf(CATALOG, table.database, 'fake reshaped')
  await connection.run(`CREATE TABLE ${made} (${columnDefinitions(schema)})`)
  await connection.run(
    `INSERT INTO ${made} SELECT ${[...columns, '"time"'].join(', ')} FROM ${tablePath(table)}`,
  )
  await connection.run(`DROP TABLE ${tablePath(table)}`)
  await connection.run(`ALTER TABLE ${made} RENAME TO ${quoteIdentifier(table.name)}`)
}

/**
 * Makes what a query or a file created a table as Treasure Data stores it: long, double, string, and `time`, now where
 * there is none.
 * @returns its schema.
 */
export async function normalize(
  connection: DuckDBConnection,
  table: Pick<Table, 'database' | 'name'>,
  nowSec: number,
): Promise<readonly SchemaColumn[]> {
  const columns = await physicalColumns(connection, table)
  const schema = columns
    .filter(({ name }) => name !== 'time')
    .map(({ name, type }) => ({ name, type: schemaType(type), alias: name }))
  const casts = schema.map(({ alias, type }) => {
    const name = quoteIdentifier(alias)
    return `CAST(${name} AS ${duckDbType(type)}) AS ${name}`
  })
  const time = columns.find(({ name }) => name === 'time')
  const seconds = time?.type.startsWith('TIMESTAMP') ? 'CAST(floor(epoch("time")) AS BIGINT)' : '"time"'
  const made = pathOf(CATALOG, table.database, 'fake normalized')
  const all = [...casts, `CAST(${time ? seconds : nowSec} AS BIGINT) AS "time"`]
  await connection.run(`CREATE TABLE ${made} AS SELECT ${all.join(', ')} FROM ${tablePath(table)}`)
  await connection.run(`DROP TABLE ${tablePath(table)}`)
  await connection.run(`ALTER TABLE ${made} RENAME TO ${quoteIdentifier(table.name)}`)
  return schema
}

async function physicalColumns(
  connection: DuckDBConnection,
  table: Pick<Table, 'database' | 'name'>,
): Promise<readonly { readonly name: string; readonly type: string }[]> {
  const found = await connection.runAndReadAll(
    'SELECT column_name, data_type FROM information_schema.columns ' +
      'WHERE table_catalog = $1 AND table_schema = $2 AND table_name = $3 ORDER BY ordinal_position',
    [CATALOG, table.database, table.name],
  )
  return found.getRows().map(([name, type]) => ({ name: String(name), type: String(type) }))
}
