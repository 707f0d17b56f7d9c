import type { DuckDBConnection } from '@duckdb/node-api'
import { ConfigError } from '../../errors.ts'
import type { Finding } from '../../findings/finding.ts'
import type { Sql } from '../../queries/sql.ts'
import type { Column, TableName, Warehouse } from '../warehouse.ts'
import { csvPath } from './csv-files.ts'
import { describe, isBaseTable, isSameTable } from './describe.ts'
import { createInputView, type InputRequest } from './input.ts'
import { checkedResult, type InputCheck, startCheck } from './input-check.ts'
import { inputFindings } from './input-findings.ts'
import type { ColumnTraits } from './input-union.ts'
import type { DuckDbPlace } from './place.ts'
import { type ChunkReader, streamQuery } from './query.ts'
import { readNumbers, readRows } from './rows.ts'
import {
  INPUT_CATALOG,
  type Loan,
  openSession,
  type Session,
  type SessionOptions,
  withConnection,
} from './session.ts'
import { setAside } from './set-aside.ts'
import { openTableFiles, type TableFiles } from './table-files.ts'
import { TABLES_CATALOG } from './tables-file.ts'
import { TextDirectory } from './text-directory.ts'
import { writeTables } from './write-tables.ts'

/** What an embedded warehouse is opened with. */
export interface DuckDbOptions extends DuckDbPlace, SessionOptions, InputRequest {
  /** The name of the view that the input becomes. */
  readonly inputTable: TableName | undefined
}

/**
 * Opens DuckDB inside this process, with the tables in a file, which is locked only while tables are read or written.
 * @throws {ConfigError} where the DuckDB file or the input can't be read.
 * @throws {DataError} where the input, or the DuckDB file of a data directory, is broken.
 */
export async function openDuckDb(options: DuckDbOptions): Promise<Warehouse> {
  const view = options.input.length > 0 ? options.inputTable : undefined
  const session = await openSession(options, options.inputTable?.database, options)
  const texts = new TextDirectory()
  const files = openTableFiles(session, texts, options)
  const close = async () => {
    await session.close()
    await texts.remove()
  }
  try {
    // Opening the tables shows whether they can be read.
    await withConnection(session, 'read', async (connection) => {
      if (view) await checkIsNew(connection, options, view)
    })
    const input = view && (await openInput(session, options, view, texts))
    return buildWarehouse(session, input, files, options, close)
  } catch (error) {
    await close()
    throw error
  }
}

/** The input, of which a check is under way. */
interface OpenInput {
  readonly view: TableName
  readonly findings: readonly Finding[]
  readonly traits: ColumnTraits
  readonly check: InputCheck
}

async function openInput(
  session: Session,
  options: DuckDbOptions,
  view: TableName,
  texts: TextDirectory,
): Promise<OpenInput> {
  const input = await withConnection(session, 'none', (connection) =>
    createInputView(connection, INPUT_CATALOG, options, view, texts, options.signal),
  )
  return {
    view,
    findings: inputFindings(input),
    traits: input.traits,
    check: startCheck(input, options.signal),
  }
}

/** @throws {ConfigError} if there is a table of the view's name. */
async function checkIsNew(
  connection: DuckDBConnection,
  options: DuckDbOptions,
  view: TableName,
): Promise<void> {
  if (!(await describe(connection, [TABLES_CATALOG], view))) return
  const [file, remedy] =
    options.csvDirectory === undefined
      ? [`duckdb:${options.file}`, 'leave out --input to read that table, or ']
      : [options.file, '']
  throw new ConfigError(
    `--input (INPUT): ${file} has a table ${view.database}.${view.table} already; ` +
      `${remedy}name the input by --table (DATA_TABLE)`,
  )
}

function buildWarehouse(
  session: Session,
  opened: OpenInput | undefined,
  files: TableFiles,
  options: DuckDbOptions,
  close: () => Promise<void>,
): Warehouse {
  const { file, csvDirectory, logger } = options
  const { view: input, check } = opened ?? {}
  const run = <Batch>(query: Sql, read: ChunkReader<Batch>, signal?: AbortSignal) => {
    const lend = () => lendFor(session, input, query, signal)
    const batches = explained(streamQuery(lend, query, read, signal), files)
    return check === undefined ? batches : checkedResult(batches, check, signal)
  }
  let isOpen = true
  return {
    name: csvDirectory === undefined ? `duckdb:${file}` : 'duckdb',
    findings: opened?.findings ?? [],
    checkTableName: (table) => {
      if (csvDirectory !== undefined) csvPath(csvDirectory, table)
    },
    describeTable: async (table, option) => {
      await files.open(table, option)
      const columns = await withConnection(session, 'read', (connection) =>
        describe(connection, [TABLES_CATALOG, INPUT_CATALOG], table),
      )
      return isSameTable(table, input) ? withTraits(columns, opened?.traits) : columns
    },
    query: (query, signal) => run(query, readRows, signal),
    // A view may hold anything, and several files are read side by side.
    inRowOrder: async (table) => {
      const hasOrder =
        (await files.open(table)) === 1 ||
        (await withConnection(session, 'read', (connection) =>
          isBaseTable(connection, TABLES_CATALOG, table),
        ))
      if (!hasOrder) return undefined
      return { query: (query, signal) => queryInOrder(session, run(query, readRows, signal)) }
    },
    queryNumbers: (query, signal) => run(query, readNumbers, signal),
    setAside: (query, order, signal) =>
      setAside(session, query, order, async (statement) => {
        for await (const _ of run(statement, readRows, signal));
      }),
    writeTables: async (writes, signal) => {
      await check?.done()
      const context = { place: { file, csvDirectory }, input, logger }
      const write = (connection: DuckDBConnection, spillPath: string) =>
        session.inOrder(connection, () => writeTables(connection, { ...context, spillPath }, writes, signal))
      return await withConnection(session, 'write', write, signal)
    },
    close: async () => {
      check?.stop()
      if (isOpen) await close()
      isOpen = false
    },
  }
}

/** @throws the error that names a file that is broken, rather than what a query of it came to. */
async function* explained<Batch>(batches: AsyncIterable<Batch>, files: TableFiles): AsyncIterable<Batch> {
  try {
    yield* batches
  } catch (error) {
    throw await files.explain(error)
  }
}

/** @param batches of a result that fits memory, of a query that starts when they are asked for. */
async function* queryInOrder<Batch>(session: Session, batches: AsyncIterable<Batch>): AsyncIterable<Batch> {
  const all: Batch[] = []
  await withConnection(session, 'none', (connection) =>
    session.inOrder(connection, async () => {
      for await (const batch of batches) all.push(batch)
    }),
  )
  yield* all
}

function withTraits(columns: readonly Column[] | undefined, traits: ColumnTraits | undefined) {
  return columns?.map((column) => ({ ...column, ...traits?.get(column.name.toLowerCase()) }))
}

/** A query of the input alone, which may take long, keeps nobody from the tables. */
async function lendFor(
  session: Session,
  input: TableName | undefined,
  query: Sql,
  signal: AbortSignal | undefined,
): Promise<Loan> {
  if (input === undefined) return await session.lend('read', signal)
  const loan = await session.lend('none')
  if (await canRun(loan.connection, query)) return loan
  await loan.giveBack()
  return await session.lend('read', signal)
}

/** @returns whether DuckDB finds all that the query names; if not, running it with the tables tells what is wrong. */
async function canRun(connection: DuckDBConnection, query: Sql): Promise<boolean> {
  return await connection.prepare(query.render()).then(
    (prepared) => {
      prepared.destroySync()
      return true
    },
    () => false,
  )
}
