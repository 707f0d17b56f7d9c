import type { DuckDBConnection } from '@duckdb/node-api'
import { type Sql, sql } from '../../queries/sql.ts'
import { wrongRowCount } from '../check-writes.ts'
import type { OutputColumn, QueryWrite, Rows } from '../warehouse.ts'
import { appendRows } from './append-rows.ts'
import { interruptOnAbort } from './interrupt-on-abort.ts'
import { TABLES_CATALOG } from './tables-file.ts'

/** The table that a query joins with; it belongs to the connection, which is closed after writing. */
const LOOKUP = ['temp', 'main', 'td_mta_lookup'] as const

/**
 * Fills a table from a query within the open transaction, its rows sorted by their columns.
 * @returns rows inserted.
 * @throws {DataError} if their number is not the expected one; the signal interrupts the query.
 */
export async function insertQuery(
  connection: DuckDBConnection,
  write: QueryWrite,
  signal: AbortSignal | undefined,
): Promise<number> {
  await makeLookup(connection, write.lookup)
  const { database, table } = write.table
  const release = interruptOnAbort(connection, signal)
  try {
    const inserted = await connection.run(
      insertSql(write, sql.identifier(TABLES_CATALOG, database, table)).render(),
    )
    if (inserted.rowsChanged !== write.expectedRows) throw wrongRowCount(write, inserted.rowsChanged)
    await connection.run(sql`DROP TABLE ${sql.identifier(...LOOKUP)}`.render())
    return inserted.rowsChanged
  } finally {
    release()
  }
}

async function makeLookup(connection: DuckDBConnection, lookup: Rows): Promise<void> {
  const columns = lookup.columns.map(({ name, type }) => sql`${sql.identifier(name)} ${sql.raw(type)}`)
  await connection.run(sql`CREATE TEMP TABLE ${sql.identifier(LOOKUP[2])} (${sql.join(columns)})`.render())
  await appendRows(
    connection,
    LOOKUP,
    lookup,
    lookup.columns.map(({ name }) => name),
  )
}

function insertSql(write: QueryWrite, path: Sql): Sql {
  const { columns } = write
  const names = sql.join(columns.map(({ name }) => sql.identifier(name)))
  const made = sql.join(columns.map((_, at) => sql`c${at}`))
  const values = sql.join(columns.map((column, at) => valueSql(column, sql`c${at}`)))
  return sql`INSERT INTO ${path} (${names}) SELECT ${values} FROM (
${write.sql(sql.identifier(...LOOKUP))}
) AS made (${made}) ORDER BY ${made}`
}

function valueSql({ type }: OutputColumn, made: Sql): Sql {
  if (type === 'timestamp') return sql`make_timestamp(CAST(round(${made} * 1e6) AS BIGINT))`
  return sql`CAST(${made} AS ${sql.raw(type)})`
}
