import type { DuckDBConnection } from '@duckdb/node-api'
import { ConfigError, DataError, messageOf } from '../../errors.ts'
import { sql } from '../../queries/sql.ts'
import type { TableName } from '../warehouse.ts'
import { shortenFileError } from './broken-file.ts'
import { isPacked } from './csv-bytes.ts'
import type { BegunCsvFile } from './csv-faults.ts'
import { type CsvFile, type CsvHeader, readCsvHeader, withoutBlanks } from './csv-header.ts'
import { csvScan } from './csv-input.ts'
import { checkGzipBeginning } from './file-signature.ts'
import { type FileKind, findInputFiles, INPUT_OPTION, type InputFiles } from './input-files.ts'
import { type ColumnTraits, type Scan, unite } from './input-union.ts'
import { parquetScan, readParquetFooter } from './parquet-input.ts'
import type { TextDirectory } from './text-directory.ts'
import { UTF8, writeAsUtf8 } from './text-encoding.ts'

/** What is read as the table of touchpoints, and how. */
export interface InputRequest {
  /** Paths or globs; all of one kind. */
  readonly input: readonly string[]
  /** That names them; absent: `--input`. */
  readonly option?: string | undefined
  /** Of CSV files, as of `TextDecoder`; undefined: UTF-8. */
  readonly encoding?: string | undefined
  /** Of CSV files; undefined: found in the first line. */
  readonly delimiter?: string | undefined
}

/** The files behind the view of the input, and what is to be known of its columns. */
export interface Input extends InputFiles {
  readonly csv: readonly BegunCsvFile[]
  readonly traits: ColumnTraits
  readonly emptyFiles: ReadonlySet<string>
  /** Names of columns with blanks around them, each with its file. */
  readonly padded: readonly string[]
  /** Columns without a name, each by position and file. */
  readonly unnamed: readonly string[]
}

/**
 * Makes a view of CSV or Parquet files: nothing is copied but text that isn't UTF-8, each query reads the files, which
 * are combined by the names of their columns. CSV columns stay text: `00012` is a user id, not twelve.
 * @param catalog the attached database that gets the view.
 * @param texts takes files as UTF-8, which have to last as long as the view.
 * @throws {ConfigError} naming the option if a file is missing, unreadable, or of an unknown or different kind.
 * @throws {DataError} if a file is not what its name says, or its end is missing as far as that shows at once.
 */
export async function createInputView(
  connection: DuckDBConnection,
  catalog: string,
  request: InputRequest,
  view: TableName,
  texts: TextDirectory,
  signal: AbortSignal | undefined,
): Promise<Input> {
  const found = await findInputFiles(connection, request.input, request.option)
  if (found.kind === 'parquet') refuseCsvOptions(request)
  const beginnings: Beginning[] = []
  for (const name of found.files) {
    const begin = found.kind === 'parquet' ? beginParquet(connection, name) : undefined
    beginnings.push(
      await (begin ?? beginCsv(await asUtf8(name, request, texts, signal), found.kind, request, signal)),
    )
  }
  const emptyFiles = new Set(beginnings.filter(({ hasRows }) => !hasRows).map(({ file }) => file.name))
  const { rows, traits } = unite(scansOf(beginnings), emptyFiles)
  const path = sql.identifier(catalog, view.database, view.table)
  const createView = sql`CREATE OR REPLACE VIEW ${path} AS FROM ${rows}`
  await readable(found.files, () => connection.run(createView.render()))
  const csv = beginnings.flatMap(({ file, header, mayBreakLines = false }) =>
    header === undefined ? [] : [{ file, header, mayBreakLines }],
  )
  const padded = beginnings.flatMap((one) => one.padded.map((name) => `${name} in ${one.file.name}`))
  const unnamed = beginnings.flatMap((one) => one.unnamed.map((at) => `column ${at} of ${one.file.name}`))
  return { ...found, csv, traits, emptyFiles, padded, unnamed }
}

function refuseCsvOptions({ encoding, delimiter, option = INPUT_OPTION }: InputRequest): void {
  const csvOption =
    (encoding !== undefined && '--input-encoding (INPUT_ENCODING)') ||
    (delimiter !== undefined && '--input-delimiter (INPUT_DELIMITER)')
  if (csvOption)
    throw new ConfigError(`${csvOption} is for CSV files, but ${option} names Parquet files: leave it out`)
}

async function asUtf8(
  name: string,
  { encoding = UTF8 }: InputRequest,
  texts: TextDirectory,
  signal: AbortSignal | undefined,
): Promise<CsvFile> {
  if (encoding === UTF8) return { name, path: name }
  if (isPacked(name)) await checkGzipBeginning(name)
  const path = await texts.newPath('.csv')
  await writeAsUtf8(name, encoding, path, signal)
  return { name, path }
}

/** What was read of a file before any query. */
interface Beginning {
  readonly file: CsvFile
  readonly hasRows: boolean
  /** Of CSV. */
  readonly header?: CsvHeader
  readonly mayBreakLines?: boolean
  /** Names with blanks around them. */
  readonly padded: readonly string[]
  /** Positions of columns without a name. */
  readonly unnamed: readonly number[]
  /** Files for which it is the same text can be scanned together by {@link scan}. */
  readonly schema: string
  readonly scan: (files: readonly CsvFile[]) => Scan
}

async function beginParquet(connection: DuckDBConnection, name: string): Promise<Beginning> {
  const footer = await readParquetFooter(connection, name)
  const schema = JSON.stringify(footer.columns)
  const padded = footer.columns.map((column) => column.name).filter((one) => one !== withoutBlanks(one))
  const scan = (files: readonly CsvFile[]) =>
    parquetScan(
      footer,
      files.map((file) => file.name),
    )
  return { file: { name, path: name }, hasRows: footer.rows > 0, padded, unnamed: [], schema, scan }
}

/** Dialect and columns are given, nothing is guessed. */
async function beginCsv(
  file: CsvFile,
  kind: FileKind,
  { delimiter }: InputRequest,
  signal: AbortSignal | undefined,
): Promise<Beginning> {
  const usual = kind === 'tsv' ? '\t' : undefined
  const read = () => readCsvHeader(file, delimiter ?? usual, signal)
  const beginning = await readable([file.name], read, signal)
  const { header, mayBreakLines } = beginning
  const schema = JSON.stringify([header, mayBreakLines, isPacked(file.path)])
  return { file, ...beginning, schema, scan: (files) => csvScan(header, mayBreakLines, files) }
}

/** Files that are alike are one scan. */
function scansOf(beginnings: readonly Beginning[]): readonly Scan[] {
  const alike = new Map<string, Beginning[]>()
  for (const one of beginnings) alike.set(one.schema, [...(alike.get(one.schema) ?? []), one])
  return [...alike.values()].flatMap((group) => group[0]?.scan(group.map(({ file }) => file)) ?? [])
}

async function readable<T>(
  files: readonly string[],
  read: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  try {
    return await read()
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof DataError) throw error
    const more = files.length > 1 ? ` (and ${files.length - 1} more)` : ''
    throw new DataError(`duckdb: can't read ${files[0]}${more}: ${shortenFileError(messageOf(error))}`, {
      cause: error,
    })
  }
}
