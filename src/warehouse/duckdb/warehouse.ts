import type { DuckDBConnection } from '@duckdb/node-api'
import { ConfigError } from '../../errors.ts'
import type { Logger } from '../../logger.ts'
import type { TableName, Warehouse } from '../warehouse.ts'
import { describe } from './describe.ts'
import { createInputView } from './input.ts'
import type { DuckDbPlace } from './place.ts'
import { streamQuery } from './query.ts'
import { INPUT_CATALOG, openSession, type Session, TABLES_CATALOG } from './session.ts'
import { writeTables } from './write-tables.ts'

/** What an embedded warehouse is opened with. */
export interface DuckDbOptions extends DuckDbPlace {
  /** CSV or Parquet files, or globs, that become the view `inputTable`. */
  readonly input: readonly string[]
  readonly inputTable: TableName | undefined
  readonly logger: Logger
}

/**
 * Opens DuckDB inside this process, with the tables in a file.
 * @throws {ConfigError} where the DuckDB file or the input can't be read.
 * @throws {DataError} where the input, or the DuckDB file of a data directory, is broken.
 */
export async function openDuckDb(options: DuckDbOptions): Promise<Warehouse> {
  const input = options.input.length > 0 ? options.inputTable : undefined
  const session = await openSession(options, input?.database)
  try {
    if (input) await withConnection(session, (connection) => openInput(connection, options, input))
    return buildWarehouse(session, input, options)
  } catch (error) {
    session.close()
    throw error
  }
}

async function openInput(
  connection: DuckDBConnection,
  options: DuckDbOptions,
  view: TableName,
): Promise<void> {
  if (await describe(connection, [TABLES_CATALOG], view)) {
    const [file, remedy] =
      options.csvDirectory === undefined
        ? [`duckdb:${options.file}`, 'leave out --input to read that table, or ']
        : [options.file, '']
    throw new ConfigError(
      `--input (INPUT): ${file} has a table ${view.database}.${view.table} already; ` +
        `${remedy}name the input by --table (DATA_TABLE)`,
    )
  }
  await createInputView(connection, INPUT_CATALOG, options.input, view)
}

function buildWarehouse(session: Session, input: TableName | undefined, options: DuckDbOptions): Warehouse {
  const { file, csvDirectory, logger } = options
  let isOpen = true
  return {
    name: csvDirectory === undefined ? `duckdb:${file}` : 'duckdb',
    describeTable: (table) =>
      withConnection(session, (connection) => describe(connection, [TABLES_CATALOG, INPUT_CATALOG], table)),
    query: (query, signal) => streamQuery(() => session.connect(), query, signal),
    writeTables: async (writes, signal) => {
      await session.createFile()
      return await withConnection(session, (connection) => {
        const context = { place: { file, csvDirectory }, input, logger }
        return session.inOrder(connection, () => writeTables(connection, context, writes, signal))
      })
    },
    close: async () => {
      if (isOpen) session.close()
      isOpen = false
    },
  }
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
