import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { type Sql, sql } from '../../queries/sql.ts'

/** No header is longer: a file without a line end within this many bytes is not CSV. */
const LONGEST_HEADER_BYTES = 1 << 20

/** The first line of a CSV file. */
export interface CsvHeader {
  readonly delimiter: string
  readonly columns: readonly string[]
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
): Promise<CsvHeader | undefined> {
  const text = (await readBeginning(path)).replace(/^\ufeff/, '')
  const line = /^(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(text)?.[0] ?? ''
  if (line === '') return undefined
  const found =
    delimiter ?? [',', ';', '\t'].find((candidate) => splitLine(line, candidate).length > 1) ?? ','
  return { delimiter: found, columns: splitLine(line, found) }
}

function splitLine(line: string, delimiter: string): string[] {
  const fields = line.match(new RegExp(`(?:^|${delimiter})(?:"(?:[^"]|"")*"|[^"${delimiter}])*`, 'g')) ?? []
  return fields.map((field) => {
    const name = field.startsWith(delimiter) ? field.slice(1) : field
    return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name
  })
}

async function readBeginning(path: string): Promise<string> {
  const file = createReadStream(path)
  const source = /\.gz$/i.test(path) ? file.pipe(createGunzip()) : file
  if (source !== file) file.once('error', (error) => source.destroy(error))
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const chunk of source) {
      text += decoder.decode(chunk, { stream: true })
      if (/[\r\n]/.test(text) || text.length > LONGEST_HEADER_BYTES) break
    }
    return text
  } finally {
    file.destroy()
  }
}

/**
 * A scan of CSV files that guesses nothing: DuckDB's guesses take lines that begin with # for comments, or text columns
 * for numbers. Every column is text; an empty field is NULL, quoted or not.
 * @param header shared by all the files.
 * @returns a table function for SQL.
 */
export function csvScan(header: CsvHeader, files: readonly string[]): Sql {
  const types = header.columns.map((name) => sql`${sql.literal(name)}: 'VARCHAR'`)
  return sql`read_csv(${fileList(files)}, auto_detect = false, header = true, delim = ${sql.literal(header.delimiter)},
  quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = true, columns = {${sql.join(types)}})`
}

/**
 * DuckDB takes every name for a glob: the file `a[1].csv` is `a[[]1].csv`.
 * @returns a list of file names for SQL.
 */
export function fileList(files: readonly string[]): Sql {
  return sql`[${sql.join(files.map((file) => sql.literal(file.replace(/[*?[]/g, '[$&]'))))}]`
}
