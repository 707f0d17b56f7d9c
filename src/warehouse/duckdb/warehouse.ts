import type { DuckDBConnection } from '@duckdb/node-api'
import { ConfigError } from '../../errors.ts'
import type { Logger } from '../../logger.ts'
import { sql } from '../../queries/sql.ts'
import { isQuery } from '../check-writes.ts'
import type { TableName, Warehouse } from '../warehouse.ts'
import { csvPlace } from './csv-tables.ts'
import { describe, isSameTable } from './describe.ts'
import { createInputView } from './input.ts'
import { sqlOf } from './insert-query.ts'
import { filePlace, type TablePlace } from './place.ts'
import { streamQuery } from './query.ts'
import { INPUT_CATALOG, openSession, type Session, TABLES_CATALOG } from './session.ts'
import { tableNamesIn } from './table-names.ts'
import { writeTables } from './write-tables.ts'

/** What an embedded warehouse is opened with. */
export interface DuckDbOptions {
  /** A DuckDB file, made where there is none; undefined: in memory, with the tables as CSV in `tablesDir`. */
  readonly file: string | undefined
  /** CSV or Parquet files, or globs, that become the view `inputTable`. */
  readonly input: readonly string[]
  readonly inputTable: TableName | undefined
  /** Where the tables of an in-memory warehouse lie. */
  readonly tablesDir: string
  readonly logger: Logger
}

/**
 * Opens DuckDB inside this process: in memory or in a file. What a process writes into an in-memory warehouse the next
 * one finds, because each table also lies as `<tablesDir>/<table>.csv`.
 * @throws {ConfigError} where the DuckDB file or the input can't be read, {DataError} where the input is broken.
 */
export async function openDuckDb(options: DuckDbOptions): Promise<Warehouse> {
  const session = await openSession(options.file)
  try {
    const input = options.input.length > 0 ? options.inputTable : undefined
    if (input) await withConnection(session, (connection) => openInput(connection, session, options, input))
    return buildWarehouse(session, input, options)
  } catch (error) {
    session.close()
    throw error
  }
}

async function openInput(
  connection: DuckDBConnection,
  session: Session,
  options: DuckDbOptions,
  view: TableName,
): Promise<void> {
  if (await describe(connection, [TABLES_CATALOG], view)) {
    throw new ConfigError(
      `--input (INPUT): duckdb:${options.file} has a table ${view.database}.${view.table} already; ` +
        'leave out --input to read that table, or name the input by --table (DATA_TABLE)',
    )
  }
  await createInputView(connection, INPUT_CATALOG, options.input, view)
  await connection.run(
    sql`CREATE SCHEMA IF NOT EXISTS ${sql.identifier(TABLES_CATALOG, view.database)}`.render(),
  )
  session.addInputSchema(view.database)
}

function buildWarehouse(session: Session, input: TableName | undefined, options: DuckDbOptions): Warehouse {
  const { file, tablesDir, logger } = options
  const place = file === undefined ? csvPlace(TABLES_CATALOG, tablesDir) : filePlace(file)
  const load = (connection: DuckDBConnection, tables: readonly TableName[]) =>
    session.inOrder(connection, () => loadTables(connection, place, input, tables))
  let isOpen = true
  return {
    name: file === undefined ? 'duckdb' : `duckdb:${file}`,
    describeTable: (table) =>
      withConnection(session, async (connection) => {
        await load(connection, [table])
        return describe(connection, [TABLES_CATALOG, INPUT_CATALOG], table)
      }),
    query: (query, signal) =>
      streamQuery(
        () => session.connect(),
        (connection) => load(connection, tableNamesIn(connection, query)),
        query,
        signal,
      ),
    writeTables: (writes, signal) =>
      withConnection(session, async (connection) => {
        const read = writes.filter(isQuery).flatMap((write) => tableNamesIn(connection, sqlOf(write)))
        await load(connection, [...writes.map(({ table }) => table), ...read])
        const context = { catalog: TABLES_CATALOG, place, input, logger }
        return session.inOrder(connection, () => writeTables(connection, context, writes, signal))
      }),
    close: async () => {
      if (isOpen) session.close()
      isOpen = false
    },
  }
}

/** The input is no output: a CSV file of its name among the tables is not it. */
async function loadTables(
  connection: DuckDBConnection,
  place: TablePlace,
  input: TableName | undefined,
  tables: readonly TableName[],
): Promise<void> {
  for (const table of tables) if (!input || !isSameTable(table, input)) await place.load(connection, table)
}

async function withConnection<T>(
  session: Session,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const connection = await session.connect()
  try {
    return await work(connection)
  } finally {
    connection.disconnectSync()
  }
}
