import type { DuckDBConnection } from '@duckdb/node-api'
import { messageOf, RemoteError } from '../../errors.ts'
import type { Logger } from '../../logger.ts'
import { sql } from '../../queries/sql.ts'
import { errorCode } from '../../storage/local/errors.ts'
import { checkWrites, existingTable, isQuery, outputIsInput } from '../check-writes.ts'
import type { Column, TableName, Write, WrittenTable } from '../warehouse.ts'
import { appendRows, isSameName } from './append-rows.ts'
import { type ChangedTable, csvPath, type PreparedFiles, prepareCsvFiles } from './csv-files.ts'
import { describe, isSameTable } from './describe.ts'
import { insertQuery } from './insert-query.ts'
import { type DuckDbPlace, damagedError } from './place.ts'
import { maybeSpillFailure } from './spill-directory.ts'
import { TABLES_CATALOG } from './tables-file.ts'

/** Where tables go, and the input, which must not be among them. */
export interface WriteContext {
  readonly place: DuckDbPlace
  readonly input: TableName | undefined
  /** Where DuckDB puts what exceeds memory. */
  readonly spillPath: string
  readonly logger: Logger
}

/**
 * Writes the tables in one transaction, and afterwards their CSV files.
 * @throws {DataError} if a value doesn't fit its column or `error` meets an existing table, {ConfigError} if a
 *   table is the input or the place can't be written, {RemoteError} if DuckDB fails; nothing is written then.
 */
export async function writeTables(
  connection: DuckDBConnection,
  context: WriteContext,
  writes: readonly Write[],
  signal?: AbortSignal,
): Promise<readonly WrittenTable[]> {
  checkWrites(writes)
  for (const { table } of writes) checkIsNotInput(table, context.input)
  const { written, files } = await inTransaction(connection, context, signal, async () => {
    const written: WrittenTable[] = []
    const changed: ChangedTable[] = []
    for (const write of writes) {
      signal?.throwIfAborted()
      const { rows, isNew } = await writeTable(connection, write, signal)
      const location = locationOf(context.place, write.table)
      written.push({ table: write.table, rows: rows ?? 0, skipped: rows === undefined, location })
      const replacesFile = !isNew || write.ifExists === 'overwrite'
      if (rows !== undefined) changed.push({ table: write.table, replacesFile })
    }
    return { written, files: await maybePrepareFiles(connection, context, changed) }
  })
  await files?.publish()
  for (const table of written)
    context.logger.info(table, table.skipped ? 'table left as it was' : 'table written')
  return written
}

async function maybePrepareFiles(
  connection: DuckDBConnection,
  { place: { csvDirectory }, logger }: WriteContext,
  changed: readonly ChangedTable[],
): Promise<PreparedFiles | undefined> {
  if (csvDirectory === undefined) return undefined
  return await prepareCsvFiles(connection, csvDirectory, changed, logger)
}

/** @returns where people find the table. */
function locationOf({ file, csvDirectory }: DuckDbPlace, table: TableName): string {
  return csvDirectory === undefined ? `${sql.table(table).render()} in ${file}` : csvPath(csvDirectory, table)
}

function checkIsNotInput(table: TableName, input: TableName | undefined): void {
  if (!input || !isSameTable(table, input)) return
  throw outputIsInput(table)
}

async function inTransaction<T extends { readonly files: PreparedFiles | undefined }>(
  connection: DuckDBConnection,
  context: WriteContext,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  await connection.run('BEGIN')
  let result: T
  try {
    result = await work()
  } catch (error) {
    await connection.run('ROLLBACK')
    signal?.throwIfAborted()
    throw writeFailure(context, error)
  }
  try {
    await connection.run('COMMIT')
    return result
  } catch (error) {
    await result.files?.discard()
    throw writeFailure(context, error)
  }
}

function writeFailure({ place, spillPath }: WriteContext, error: unknown): unknown {
  const isDamaged = place.csvDirectory !== undefined && messageOf(error).includes('Corrupt database file')
  if (isDamaged) return damagedError(place, error instanceof RemoteError ? error.cause : error)
  const isDuckDb = error instanceof Error && error.constructor === Error && errorCode(error) === undefined
  if (!isDuckDb) return error
  const message = messageOf(error).trimEnd()
  const { kind, why } = maybeSpillFailure(message, spillPath) ?? { kind: RemoteError, why: message }
  return new kind(`duckdb: can't write the tables: ${why}`, { cause: error })
}

/** @returns rows written, or undefined if `ignore` left an existing table alone; and whether there was no table. */
async function writeTable(
  connection: DuckDBConnection,
  write: Write,
  signal: AbortSignal | undefined,
): Promise<{ readonly rows: number | undefined; readonly isNew: boolean }> {
  const existing = await describe(connection, [TABLES_CATALOG], write.table)
  const isNew = existing === undefined
  if (existing && write.ifExists === 'ignore') return { rows: undefined, isNew }
  if (existing && write.ifExists === 'error') throw existingTable(write.table)
  const columns =
    existing && write.ifExists === 'append'
      ? await makeRoom(connection, write, existing)
      : await createTable(connection, write)
  if (isQuery(write)) return { rows: await insertQuery(connection, write, signal), isNew }
  const { database, table } = write.table
  await appendRows(connection, [TABLES_CATALOG, database, table], write, columns)
  return { rows: write.rows.length, isNew }
}

async function createTable(connection: DuckDBConnection, write: Write): Promise<string[]> {
  const { database, table } = write.table
  const columns = write.columns.map(({ name, type }) => sql`${sql.identifier(name)} ${sql.raw(type)}`)
  await connection.run(sql`CREATE SCHEMA IF NOT EXISTS ${sql.identifier(TABLES_CATALOG, database)}`.render())
  const path = sql.identifier(TABLES_CATALOG, database, table)
  await connection.run(sql`CREATE OR REPLACE TABLE ${path} (${sql.join(columns)})`.render())
  return write.columns.map(({ name }) => name)
}

/** Adds missing columns, changes ours to the types that this run writes, and removes the rows of this run. */
async function makeRoom(
  connection: DuckDBConnection,
  write: Write,
  existing: readonly Column[],
): Promise<string[]> {
  const table = sql.identifier(TABLES_CATALOG, write.table.database, write.table.table)
  const columns = existing.map(({ name }) => name)
  for (const { name, type } of write.columns) {
    const former = existing.find((column) => isSameName(column.name, name))
    if (former === undefined) {
      columns.push(name)
      await connection.run(
        sql`ALTER TABLE ${table} ADD COLUMN ${sql.identifier(name)} ${sql.raw(type)}`.render(),
      )
    } else if (former.type !== type) {
      const column = sql.identifier(former.name)
      await connection.run(sql`ALTER TABLE ${table} ALTER COLUMN ${column} TYPE ${sql.raw(type)}`.render())
    }
  }
  await connection.run(sql`DELETE FROM ${table} WHERE "run_id" = ${sql.literal(write.runId)}`.render())
  return columns
}
