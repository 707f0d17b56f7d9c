import type { DuckDBConnection } from '@duckdb/node-api'
import { DataError, messageOf } from '../../errors.ts'
import { type Sql, sql } from '../../queries/sql.ts'
import type { TableName } from '../warehouse.ts'
import { shortenFileError } from './broken-file.ts'
import { isPacked } from './csv-bytes.ts'
import { type CsvHeader, csvScan, fileList, readCsvHeader } from './csv-input.ts'
import { checkParquetEnds } from './file-signature.ts'
import { findInputFiles, type InputFiles } from './input-files.ts'

/**
 * Makes a view of CSV or Parquet files: nothing is copied, each query reads the files.
 * CSV columns stay text: `00012` is a user id, not twelve.
 * @param catalog the attached database that gets the view.
 * @param input paths or globs; all of one kind.
 * @returns the files.
 * @throws {ConfigError} naming `--input (INPUT)` if a file is missing, unreadable, or of an unknown or different kind.
 * @throws {DataError} if a file is not what its name says, or its end is missing as far as that shows at once.
 */
export async function createInputView(
  connection: DuckDBConnection,
  catalog: string,
  input: readonly string[],
  view: TableName,
): Promise<InputFiles> {
  const found = await findInputFiles(connection, input)
  const { kind, files } = found
  const reader = kind === 'parquet' ? await readParquet(files) : await readCsv(files, kind)
  const path = sql.identifier(catalog, view.database, view.table)
  const createView = sql`CREATE OR REPLACE VIEW ${path} AS FROM ${reader}`
  await readable(files, () => connection.run(createView.render()))
  return found
}

async function readParquet(files: readonly string[]): Promise<Sql> {
  for (const file of files) await checkParquetEnds(file)
  return sql`read_parquet(${fileList(files)}, union_by_name = true)`
}

/**
 * Dialect and columns are given, nothing is guessed. Files are combined by column name; those with the same header are
 * one scan.
 */
async function readCsv(files: readonly string[], kind: 'csv' | 'tsv'): Promise<Sql> {
  const scans = new Map<string, { readonly header: CsvHeader; readonly files: string[] }>()
  for (const file of files) {
    const header = await readable([file], () => readCsvHeader(file, kind === 'tsv' ? '\t' : undefined))
    if (header === undefined) {
      throw new DataError(`duckdb: ${file} is empty: its first line must name the columns`)
    }
    checkHeader(file, header)
    const key = JSON.stringify([header, isPacked(file)])
    scans.set(key, { header, files: [...(scans.get(key)?.files ?? []), file] })
  }
  const selects = [...scans.values()].map((scan) => sql`FROM ${csvScan(scan.header, scan.files)}`)
  return sql`(${sql.join(selects, sql` UNION ALL BY NAME `)})`
}

function checkHeader(file: string, { columns }: CsvHeader): void {
  const names = columns.map((name) => name.toLowerCase())
  const bad = names.findIndex((name, at) => name === '' || names.indexOf(name) !== at)
  if (bad < 0) return
  const what = names[bad] === '' ? 'has no name' : `is called ${columns[bad]} like another one`
  throw new DataError(
    `duckdb: ${file}: column ${bad + 1} of the first line ${what}; give each column a name of its own`,
  )
}

async function readable<T>(files: readonly string[], read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof DataError) throw error
    const more = files.length > 1 ? ` (and ${files.length - 1} more)` : ''
    throw new DataError(`duckdb: can't read ${files[0]}${more}: ${shortenFileError(messageOf(error))}`, {
      cause: error,
    })
  }
}
