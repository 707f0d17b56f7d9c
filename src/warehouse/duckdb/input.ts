import type { DuckDBConnection } from '@duckdb/node-api'
import { DataError, messageOf } from '../../errors.ts'
import { sql } from '../../queries/sql.ts'
import type { TableName } from '../warehouse.ts'
import { shortenFileError } from './broken-file.ts'
import { isPacked } from './csv-bytes.ts'
import { type CsvHeader, csvScan, readCsvHeader } from './csv-input.ts'
import { findInputFiles, type InputFiles } from './input-files.ts'
import { type ColumnTraits, type Scan, unite } from './input-union.ts'
import { parquetScan, readParquetFooter } from './parquet-input.ts'

/** The files behind the view of the input, and what is to be known of its columns. */
export interface Input extends InputFiles {
  readonly traits: ColumnTraits
  /** Files that hold nothing but the names of columns. */
  readonly emptyFiles: ReadonlySet<string>
}

/**
 * Makes a view of CSV or Parquet files: nothing is copied, each query reads the files, which are combined by the names
 * of their columns. CSV columns stay text: `00012` is a user id, not twelve.
 * @param catalog the attached database that gets the view.
 * @param input paths or globs; all of one kind.
 * @throws {ConfigError} naming `--input (INPUT)` if a file is missing, unreadable, or of an unknown or different kind.
 * @throws {DataError} if a file is not what its name says, or its end is missing as far as that shows at once.
 */
export async function createInputView(
  connection: DuckDBConnection,
  catalog: string,
  input: readonly string[],
  view: TableName,
): Promise<Input> {
  const found = await findInputFiles(connection, input)
  const beginnings = await readBeginnings(connection, found)
  const emptyFiles = new Set(beginnings.filter(({ hasRows }) => !hasRows).map(({ file }) => file))
  const { rows, traits } = unite(scansOf(beginnings), emptyFiles)
  const path = sql.identifier(catalog, view.database, view.table)
  const createView = sql`CREATE OR REPLACE VIEW ${path} AS FROM ${rows}`
  await readable(found.files, () => connection.run(createView.render()))
  return { ...found, traits, emptyFiles }
}

/** What was read of a file before any query. */
interface Beginning {
  readonly file: string
  readonly hasRows: boolean
  /** Files for which it is the same text can be scanned together by {@link scan}. */
  readonly schema: string
  readonly scan: (files: readonly string[]) => Scan
}

async function readBeginnings(
  connection: DuckDBConnection,
  { files, kind }: InputFiles,
): Promise<readonly Beginning[]> {
  const beginnings: Beginning[] = []
  for (const file of files) {
    beginnings.push(kind === 'parquet' ? await beginParquet(connection, file) : await beginCsv(file, kind))
  }
  return beginnings
}

async function beginParquet(connection: DuckDBConnection, file: string): Promise<Beginning> {
  const footer = await readParquetFooter(connection, file)
  const schema = JSON.stringify(footer.columns)
  return { file, hasRows: footer.rows > 0, schema, scan: (files) => parquetScan(footer, files) }
}

/** Dialect and columns are given, nothing is guessed. */
async function beginCsv(file: string, kind: 'csv' | 'tsv'): Promise<Beginning> {
  const beginning = await readable([file], () => readCsvHeader(file, kind === 'tsv' ? '\t' : undefined))
  if (beginning === undefined) {
    throw new DataError(`duckdb: ${file} is empty: its first line must name the columns`)
  }
  const { header, hasRows } = beginning
  checkHeader(file, header)
  const schema = JSON.stringify([header, isPacked(file)])
  return { file, hasRows, schema, scan: (files) => csvScan(header, files) }
}

/** Files that are alike are one scan. */
function scansOf(beginnings: readonly Beginning[]): readonly Scan[] {
  const alike = new Map<string, Beginning[]>()
  for (const one of beginnings) alike.set(one.schema, [...(alike.get(one.schema) ?? []), one])
  return [...alike.values()].flatMap((group) => group[0]?.scan(group.map(({ file }) => file)) ?? [])
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
