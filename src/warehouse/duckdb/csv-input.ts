import { type Sql, sql } from '../../queries/sql.ts'
import { isPacked } from './csv-bytes.ts'
import type { CsvFile, CsvHeader } from './csv-header.ts'
import type { Scan } from './input-union.ts'
import { unguardSql } from './spreadsheet-guard.ts'

/**
 * A scan of CSV files that guesses nothing: DuckDB's guesses take lines that begin with # for comments, text columns for
 * numbers, and x.csv.GZ for plain text without a row. Every column is text; an empty field is NULL, quoted or not.
 * @param header shared by all the files.
 * @param mayBreakLines whether values may hold line breaks.
 * @param files all packed, or none.
 */
export function csvScan(header: CsvHeader, mayBreakLines: boolean, files: readonly CsvFile[]): Scan {
  const paths = files.map(({ path }) => path)
  const compression = paths.every(isPacked) ? 'gzip' : 'none'
  const types = header.columns.map((name) => sql`${sql.literal(name)}: 'VARCHAR'`)
  const rows = sql`read_csv(${fileList(paths)}, auto_detect = false, header = true, delim = ${sql.literal(header.delimiter)},
  quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = true,
  compression = ${sql.literal(compression)}, parallel = ${sql.literal(!mayBreakLines)}, columns = {${sql.join(types)}})`
  const columns = header.columns.map((name) => ({
    name,
    type: 'VARCHAR',
    value: unguardSql(sql.identifier(name)),
  }))
  return { files: files.map(({ name }) => name), columns, rows }
}

/**
 * DuckDB takes every name for a glob: the file `a[1].csv` is `a[[]1].csv`.
 * @returns a list of file names for SQL.
 */
export function fileList(files: readonly string[]): Sql {
  return sql`[${sql.join(files.map((file) => sql.literal(file.replace(/[*?[]/g, '[$&]'))))}]`
}
