import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { ConfigError, messageOf, RemoteError } from '../../errors.ts'
import type { Logger } from '../../logger.ts'
import { type Sql, sql } from '../../queries/sql.ts'
import { errorCode, writeErrorOf } from '../../storage/local/errors.ts'
import {
  beginTemporaryPath,
  endTemporaryPath,
  removeAbandonedFiles,
  syncDirectory,
  syncFile,
} from '../../storage/local/temporary-files.ts'
import type { TableName } from '../warehouse.ts'
import { describe } from './describe.ts'
import { isThere, makeDirectory } from './place.ts'
import { guard, guardSql } from './spreadsheet-guard.ts'
import { TABLES_CATALOG } from './tables-file.ts'

/** ISO 8601 with the zone. */
const TIMESTAMP_FORMAT = '%Y-%m-%dT%H:%M:%S.%gZ'

/** A table that was written, and whether it replaces whatever its CSV file holds. */
export interface ChangedTable {
  readonly table: TableName
  readonly replacesFile: boolean
}

/** CSV files that are on disk, but not yet under their final names. */
export interface PreparedFiles {
  /** Never fails: of a file that can't take its place there is a warning. */
  publish(): Promise<void>
  discard(): Promise<void>
}

/**
 * @returns the path of a table's CSV file, whatever its database.
 * @throws {ConfigError} if the table's name can't be a file name.
 */
export function csvPath(directory: string, { table }: TableName): string {
  if (/^[^/\\\0]+$/.test(table) && !table.startsWith('.')) return join(directory, `${table}.csv`)
  throw new ConfigError(
    `table name ${JSON.stringify(table)} can't be a file name for --warehouse duckdb (WAREHOUSE): ` +
      'choose a name without slashes or a leading dot, or give --warehouse duckdb:FILE',
  )
}

/**
 * Writes tables, as the connection's transaction sees them, as CSV files next to their final places: a header, and the
 * rows in order. They are for people, and never read again.
 * @throws {ConfigError} {RemoteError} if a file can't be written; none is left then.
 */
export async function prepareCsvFiles(
  connection: DuckDBConnection,
  directory: string,
  tables: readonly ChangedTable[],
  logger: Logger,
): Promise<PreparedFiles> {
  await makeDirectory(directory)
  const files: CsvFile[] = []
  const discard = () => discardFiles(files)
  try {
    for (const { table, replacesFile } of tables) {
      files.push({ replacesFile, ...(await writeCsv(connection, directory, table)) })
    }
  } catch (error) {
    await discard()
    throw error
  }
  return { publish: () => publishFiles(directory, files, logger), discard }
}

interface CsvFile {
  readonly path: string
  readonly temporaryPath: string
  readonly replacesFile: boolean
}

async function writeCsv(connection: DuckDBConnection, directory: string, table: TableName) {
  const path = csvPath(directory, table)
  const temporaryPath = beginTemporaryPath(path)
  try {
    const rows = await rowsForPeople(connection, table)
    await connection.run(
      sql`COPY (${rows})
TO ${sql.literal(temporaryPath)} (FORMAT csv, HEADER, TIMESTAMPFORMAT ${sql.literal(TIMESTAMP_FORMAT)})`.render(),
    )
    await syncFile(temporaryPath)
    await removeAbandonedFiles(path, temporaryPath)
    return { path, temporaryPath }
  } catch (error) {
    await discardFiles([{ temporaryPath }])
    if (errorCode(error) !== undefined) throw writeErrorOf(path, error)
    throw new RemoteError(`duckdb: can't write ${path}: ${messageOf(error).trimEnd()}`, { cause: error })
  }
}

/** @returns the rows of a table in order, without what spreadsheets would run. */
async function rowsForPeople(connection: DuckDBConnection, table: TableName): Promise<Sql> {
  const columns = (await describe(connection, [TABLES_CATALOG], table)) ?? []
  const cells = columns.map(({ name, type }) => {
    const cell = sql.identifier(name)
    return sql`${type === 'varchar' ? guardSql(cell) : cell} AS ${sql.identifier(guard(name))}`
  })
  const path = sql.identifier(TABLES_CATALOG, table.database, table.table)
  return sql`SELECT ${sql.join(cells)} FROM ${path} ORDER BY rowid`
}

/** The tables are written by now: a file that can't take its place is only reported, and its next writing makes it. */
async function publishFiles(directory: string, files: readonly CsvFile[], logger: Logger): Promise<void> {
  for (const { path, temporaryPath, replacesFile } of files) {
    try {
      if (!replacesFile) await keepFormerFile(path, logger)
      await rename(temporaryPath, path)
      endTemporaryPath(temporaryPath)
    } catch (error) {
      await discardFiles([{ temporaryPath }])
      const reason = messageOf(writeErrorOf(path, error))
      logger.warn({ file: path, reason }, 'wrote a table, but not its CSV file')
    }
  }
  // What a power cut takes from the CSV files is still in the tables.
  await syncDirectory(directory).catch(() => {})
}

/** Earlier versions kept tables only as CSV files: their rows are not in the new table and must not get lost. */
async function keepFormerFile(path: string, logger: Logger): Promise<void> {
  if (!(await isThere(path))) return
  let kept = path.replace(/\.csv$/, '.former.csv')
  for (let at = 2; await isThere(kept); at++) kept = path.replace(/\.csv$/, `.former-${at}.csv`)
  await rename(path, kept)
  logger.warn({ file: path, kept }, 'kept a CSV file whose rows are not in the table')
}

async function discardFiles(files: readonly { readonly temporaryPath: string }[]): Promise<void> {
  for (const { temporaryPath } of files) {
    // If this fails too, the error already being thrown says why.
    await rm(temporaryPath, { force: true }).catch(() => {})
    endTemporaryPath(temporaryPath)
  }
}
