import type { DuckDBConnection } from '@duckdb/node-api'
import { quoteIdentifier } from '../../queries/sql.ts'
import { wrongRowCount } from '../check-writes.ts'
import type { OutputColumn, QueryWrite, Rows } from '../warehouse.ts'
import { appendRows } from './append-rows.ts'
import { quotePath } from './describe.ts'
import { interruptOnAbort } from './interrupt-on-abort.ts'

/** The table that a query joins with: of the connection alone, which ends after the writing. */
const LOOKUP = ['temp', 'main', 'td_mta_lookup'] as const

/**
 * Fills a table from a query, its rows in the order of their columns; in the transaction that is open.
 * @returns rows inserted.
 * @throws {DataError} where they are not as many as expected; the signal interrupts the query.
 */
export async function insertQuery(
  connection: DuckDBConnection,
  catalog: string,
  write: QueryWrite,
  signal: AbortSignal | undefined,
): Promise<number> {
  await makeLookup(connection, write.lookup)
  const { database, table } = write.table
  const release = interruptOnAbort(connection, signal)
  try {
    const inserted = await connection.run(insertSql(write, quotePath(catalog, database, table)))
    if (inserted.rowsChanged !== write.expectedRows) throw wrongRowCount(write, inserted.rowsChanged)
    await connection.run(`DROP TABLE ${quotePath(...LOOKUP)}`)
    return inserted.rowsChanged
  } finally {
    release()
  }
}

async function makeLookup(connection: DuckDBConnection, lookup: Rows): Promise<void> {
  const columns = lookup.columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`)
  await connection.run(`CREATE TEMP TABLE ${quoteIdentifier(LOOKUP[2])} (${columns.join(', ')})`)
  await appendRows(
    connection,
    LOOKUP,
    lookup,
    lookup.columns.map(({ name }) => name),
  )
}

function insertSql({ columns, sql }: QueryWrite, path: string): string {
  const names = columns.map(({ name }) => quoteIdentifier(name)).join(', ')
  const made = columns.map((_, at) => `c${at}`).join(', ')
  const values = columns.map((column, at) => valueSql(column, `c${at}`)).join(', ')
  return `INSERT INTO ${path} (${names}) SELECT ${values} FROM (${sql(quotePath(...LOOKUP))}) AS made (${made}) ORDER BY ${made}`
}

function valueSql({ type }: OutputColumn, made: string): string {
  if (type === 'timestamp') return `make_timestamp(CAST(round(${made} * 1e6) AS BIGINT))`
  return `CAST(${made} AS ${type})`
}

/** @returns the query of a write, as far as its tables can be told from it. */
export function sqlOf({ sql }: QueryWrite): string {
  return sql(quoteIdentifier(LOOKUP[2]))
}
