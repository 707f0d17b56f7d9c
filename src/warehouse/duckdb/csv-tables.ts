import { constants } from 'node:fs'
import { access, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { ConfigError, DataError, messageOf, RemoteError } from '../../errors.ts'
import { type Sql, sql } from '../../queries/sql.ts'
import { errorCode, writeErrorOf } from '../../storage/local/file-errors.ts'
import { syncDirectory, syncFile } from '../../storage/local/fsync.ts'
import {
  beginTemporaryPath,
  endTemporaryPath,
  removeAbandonedFiles,
} from '../../storage/local/temporary-files.ts'
import type { TableName } from '../warehouse.ts'
import { readCsvHeader } from './csv-header.ts'
import { csvScan } from './csv-scan.ts'
import { describe } from './describe.ts'
import type { TablePlace } from './place.ts'

/** Round trips exactly, in ISO 8601 with the zone. */
const TIMESTAMP_FORMAT = '%Y-%m-%dT%H:%M:%S.%gZ'

/** The tables of an in-memory warehouse: each also lies as a CSV file, which later processes read. */
export function csvPlace(catalog: string, directory: string): TablePlace {
  return {
    load: (connection, table) => loadCsvTable(connection, catalog, directory, table),
    prepare: async (connection, tables) => {
      await makeDirectory(directory)
      const files: CsvFile[] = []
      const discard = () => discardFiles(files)
      try {
        for (const table of tables) files.push(await writeCsv(connection, catalog, directory, table))
      } catch (error) {
        await discard()
        throw error
      }
      return { publish: () => publishFiles(directory, files), discard }
    },
    location: (table) => csvPath(directory, table),
  }
}

function csvPath(directory: string, table: TableName): string {
  if (/^[^/\\\0]+$/.test(table.table) && !table.table.startsWith('.'))
    return join(directory, `${table.table}.csv`)
  throw new ConfigError(
    `table name ${JSON.stringify(table.table)} can't be a file name for --warehouse duckdb (WAREHOUSE): ` +
      'choose a name without slashes that begins with no dot, or give --warehouse duckdb:FILE',
  )
}

/** One scan to tell the types and one to load. */
async function loadCsvTable(
  connection: DuckDBConnection,
  catalog: string,
  directory: string,
  table: TableName,
): Promise<void> {
  const path = csvPath(directory, table)
  if ((await describe(connection, [catalog], table)) !== undefined || !(await isThere(path))) return
  try {
    const header = await readCsvHeader(path, ',')
    if (header === undefined) throw new Error('it is empty')
    const scan = csvScan(header, [path], false)
    const columns = await typedColumns(connection, header.columns, scan)
    await connection.run(sql`CREATE SCHEMA IF NOT EXISTS ${sql.identifier(catalog, table.database)}`.render())
    await connection.run(
      sql`CREATE OR REPLACE TABLE ${sql.identifier(catalog, table.database, table.table)} AS
SELECT ${sql.join(columns)} FROM ${scan}`.render(),
    )
  } catch (error) {
    throw new DataError(
      `duckdb: can't read the table ${path}, left by an earlier run: ${messageOf(error).trimEnd()}; ` +
        'repair it or move it away',
      { cause: error },
    )
  }
}

/** A type, and the text that a value of it is written as. */
const TYPES = [
  ['BIGINT', (value: Sql) => sql`CAST(${value} AS VARCHAR)`],
  ['DOUBLE', (value: Sql) => sql`CAST(${value} AS VARCHAR)`],
  ['TIMESTAMP', (value: Sql) => sql`strftime(${value}, ${sql.literal(TIMESTAMP_FORMAT)})`],
] as const

/** A column gets a type only where each of its texts comes back the same from it: `00012` stays text. */
async function typedColumns(
  connection: DuckDBConnection,
  columns: readonly string[],
  scan: Sql,
): Promise<Sql[]> {
  const names = columns.map((name) => sql.identifier(name))
  const checks = names.flatMap((name) =>
    TYPES.map(([type, textOf]) => {
      const text = textOf(sql`TRY_CAST(${name} AS ${sql.raw(type)})`)
      return sql`coalesce(bool_and(coalesce(${name} = ${text}, ${name} IS NULL)), false) AND count(${name}) > 0`
    }),
  )
  const query = sql`SELECT ${sql.join(checks)} FROM ${scan}`
  const [fits] = (await connection.runAndReadAll(query.render())).getRows()
  return names.map((name, at) => {
    const type = TYPES.find((_, k) => fits?.[at * TYPES.length + k] === true)?.[0] ?? 'VARCHAR'
    return sql`CAST(${name} AS ${sql.raw(type)}) AS ${name}`
  })
}

/** A CSV file that is on the disk, but not yet under its name. */
interface CsvFile {
  readonly path: string
  readonly temporaryPath: string
}

/** Writes a table, as it stands in the connection's transaction, beside its place: header, rows in order. */
async function writeCsv(
  connection: DuckDBConnection,
  catalog: string,
  directory: string,
  table: TableName,
): Promise<CsvFile> {
  const path = csvPath(directory, table)
  const temporaryPath = beginTemporaryPath(path)
  try {
    await connection.run(
      sql`COPY (SELECT * FROM ${sql.identifier(catalog, table.database, table.table)} ORDER BY rowid)
TO ${sql.literal(temporaryPath)} (FORMAT csv, HEADER, TIMESTAMPFORMAT ${sql.literal(TIMESTAMP_FORMAT)})`.render(),
    )
    await syncFile(temporaryPath)
    await removeAbandonedFiles(path, temporaryPath)
    return { path, temporaryPath }
  } catch (error) {
    await discardFiles([{ path, temporaryPath }])
    if (errorCode(error) !== undefined) throw writeErrorOf(path, error)
    throw new RemoteError(`duckdb: can't write ${path}: ${messageOf(error).trimEnd()}`, { cause: error })
  }
}

async function publishFiles(directory: string, files: readonly CsvFile[]): Promise<void> {
  try {
    for (const { path, temporaryPath } of files) {
      await rename(temporaryPath, path)
      endTemporaryPath(temporaryPath)
    }
    if (files.length > 0) await syncDirectory(directory)
  } catch (error) {
    throw writeErrorOf(directory, error)
  }
}

async function discardFiles(files: readonly CsvFile[]): Promise<void> {
  for (const { temporaryPath } of files) {
    // Where this fails too, the error on its way says why.
    await rm(temporaryPath, { force: true }).catch(() => {})
    endTemporaryPath(temporaryPath)
  }
}

/** Writable is asked here, since DuckDB tells a refused directory only by words. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true })
    await access(directory, constants.W_OK)
  } catch (error) {
    throw writeErrorOf(directory, error)
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
