import { type Sql, sql } from '../../queries/sql.ts'
import { isPacked, readCsvBytes } from './csv-bytes.ts'
import { checkCsvBeginning, checkGzipBeginning } from './file-signature.ts'
import type { Scan } from './input-union.ts'

/** No header is longer: a file without a line end within this many bytes is not CSV. */
const LONGEST_HEADER_BYTES = 1 << 20

/** The first line of a CSV file. */
export interface CsvHeader {
  readonly delimiter: string
  readonly columns: readonly string[]
}

/** What the beginning of a CSV file shows. */
export interface CsvBeginning {
  readonly header: CsvHeader
  readonly hasRows: boolean
}

/**
 * Reads the names of a CSV file's columns, because DuckDB's own detection guesses: it would skip a first line that
 * doesn't fit, and name no line if a later one doesn't.
 * @param delimiter undefined: a comma, or a semicolon or tab if there is no comma.
 * @returns undefined if the file has no first line.
 */
export async function readCsvHeader(
  path: string,
  delimiter: string | undefined,
): Promise<CsvBeginning | undefined> {
  if (isPacked(path)) await checkGzipBeginning(path)
  const text = (await readBeginning(path)).replace(/^\ufeff/, '')
  const line = /^(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(text)?.[0] ?? ''
  if (line === '') return undefined
  const found =
    delimiter ?? [',', ';', '\t'].find((candidate) => splitLine(line, candidate).length > 1) ?? ','
  const header = { delimiter: found, columns: splitLine(line, found) }
  return { header, hasRows: text.slice(line.length).trim() !== '' }
}

function splitLine(line: string, delimiter: string): string[] {
  const fields = line.match(new RegExp(`(?:^|${delimiter})(?:"(?:[^"]|"")*"|[^"${delimiter}])*`, 'g')) ?? []
  return fields.map((field) => {
    const name = field.startsWith(delimiter) ? field.slice(1) : field
    return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name
  })
}

async function readBeginning(path: string): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const bytes of readCsvBytes(path)) {
    if (text === '') checkCsvBeginning(path, bytes)
    text += decoder.decode(bytes, { stream: true })
    if (/[\r\n]\s*\S/.test(text) || text.length > LONGEST_HEADER_BYTES) break
  }
  return text
}

/**
 * A scan of CSV files that guesses nothing: DuckDB's guesses take lines that begin with # for comments, text columns for
 * numbers, and x.csv.GZ for plain text without a row. Every column is text; an empty field is NULL, quoted or not.
 * @param header shared by all the files.
 * @param files all packed, or none.
 */
export function csvScan(header: CsvHeader, files: readonly string[]): Scan {
  const compression = files.every(isPacked) ? 'gzip' : 'none'
  const types = header.columns.map((name) => sql`${sql.literal(name)}: 'VARCHAR'`)
  const rows = sql`read_csv(${fileList(files)}, auto_detect = false, header = true, delim = ${sql.literal(header.delimiter)},
  quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = true,
  compression = ${sql.literal(compression)}, columns = {${sql.join(types)}})`
  const columns = header.columns.map((name) => ({ name, type: 'VARCHAR', value: sql.identifier(name) }))
  return { files, columns, rows }
}

/**
 * DuckDB takes every name for a glob: the file `a[1].csv` is `a[[]1].csv`.
 * @returns a list of file names for SQL.
 */
export function fileList(files: readonly string[]): Sql {
  return sql`[${sql.join(files.map((file) => sql.literal(file.replace(/[*?[]/g, '[$&]'))))}]`
}
