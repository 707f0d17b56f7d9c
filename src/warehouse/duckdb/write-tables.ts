import type { DuckDBConnection } from '@duckdb/node-api'
import { messageOf, RemoteError } from '../../errors.ts'
import type { Logger } from '../../logger.ts'
import { sql } from '../../queries/sql.ts'
import { errorCode } from '../../storage/local/file-errors.ts'
import { checkWrites, existingTable, isQuery, outputIsInput } from '../check-writes.ts'
import type { Column, TableName, Write, WrittenTable } from '../warehouse.ts'
import { appendRows, isSameName } from './append-rows.ts'
import { describe, isSameTable } from './describe.ts'
import { insertQuery } from './insert-query.ts'
import type { Prepared, TablePlace } from './place.ts'

/** Where tables go, and the input that they must not be. */
export interface WriteContext {
  readonly catalog: string
  readonly place: TablePlace
  readonly input: TableName | undefined
  readonly logger: Logger
}

/**
 * Writes the tables in one transaction.
 * @throws {DataError} where a value doesn't fit its column or `error` meets an existing table, {ConfigError} where a
 *   table is the input or the place can't be written, {RemoteError} where DuckDB fails; nothing is written then.
 */
export async function writeTables(
  connection: DuckDBConnection,
  context: WriteContext,
  writes: readonly Write[],
  signal?: AbortSignal,
): Promise<readonly WrittenTable[]> {
  checkWrites(writes)
  for (const { table } of writes) checkIsNotInput(table, context.input)
  const { written, prepared } = await inTransaction(connection, signal, async () => {
    const written: WrittenTable[] = []
    for (const write of writes) {
      signal?.throwIfAborted()
      const rows = await writeTable(connection, context.catalog, write, signal)
      const location = context.place.location(write.table)
      written.push({ table: write.table, rows: rows ?? 0, skipped: rows === undefined, location })
    }
    const changed = written.filter(({ skipped }) => !skipped).map(({ table }) => table)
    return { written, prepared: await context.place.prepare(connection, changed) }
  })
  await prepared.publish()
  for (const table of written)
    context.logger.info(table, table.skipped ? 'table left as it was' : 'table written')
  return written
}

function checkIsNotInput(table: TableName, input: TableName | undefined): void {
  if (!input || !isSameTable(table, input)) return
  throw outputIsInput(table)
}

async function inTransaction<T extends { prepared: Prepared }>(
  connection: DuckDBConnection,
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
    throw writeFailure(error)
  }
  try {
    await connection.run('COMMIT')
    return result
  } catch (error) {
    await result.prepared.discard()
    throw writeFailure(error)
  }
}

function writeFailure(error: unknown): unknown {
  const isDuckDb = error instanceof Error && error.constructor === Error && errorCode(error) === undefined
  if (!isDuckDb) return error
  return new RemoteError(`duckdb: can't write the tables: ${messageOf(error).trimEnd()}`, { cause: error })
}

/** @returns rows written, or undefined where `ignore` left an existing table alone. */
async function writeTable(
  connection: DuckDBConnection,
  catalog: string,
  write: Write,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const existing = await describe(connection, [catalog], write.table)
  if (existing && write.ifExists === 'ignore') return undefined
  if (existing && write.ifExists === 'error') throw existingTable(write.table)
  const columns =
    existing && write.ifExists === 'append'
      ? await makeRoom(connection, catalog, write, existing)
      : await createTable(connection, catalog, write)
  if (isQuery(write)) return insertQuery(connection, catalog, write, signal)
  const { database, table } = write.table
  await appendRows(connection, [catalog, database, table], write, columns)
  return write.rows.length
}

async function createTable(connection: DuckDBConnection, catalog: string, write: Write): Promise<string[]> {
  const { database, table } = write.table
  const columns = write.columns.map(({ name, type }) => sql`${sql.identifier(name)} ${sql.raw(type)}`)
  await connection.run(sql`CREATE SCHEMA IF NOT EXISTS ${sql.identifier(catalog, database)}`.render())
  const path = sql.identifier(catalog, database, table)
  await connection.run(sql`CREATE OR REPLACE TABLE ${path} (${sql.join(columns)})`.render())
  return write.columns.map(({ name }) => name)
}

/** Adds missing columns, gives ours the types that this run writes, and removes the rows of this run. */
async function makeRoom(
  connection: DuckDBConnection,
  catalog: string,
  write: Write,
  existing: readonly Column[],
): Promise<string[]> {
  const table = sql.identifier(catalog, write.table.database, write.table.table)
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
