import { type Sql, sql } from '../../queries/sql.ts'
import type { CsvHeader } from './csv-header.ts'

/**
 * A scan of CSV files that guesses nothing: DuckDB's guesses take lines that begin with # for comments, or a column's
 * texts for numbers. Every column is text.
 * @param header of all the files.
 * @param quotedNull whether an empty field in quotes is NULL, as one without quotes is, or empty text.
 * @returns a table function for SQL.
 */
export function csvScan(header: CsvHeader, files: readonly string[], quotedNull: boolean): Sql {
  const types = header.columns.map((name) => sql`${sql.literal(name)}: 'VARCHAR'`)
  return sql`read_csv(${fileList(files)}, auto_detect = false, header = true, delim = ${sql.literal(header.delimiter)},
  quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = ${sql.literal(quotedNull)}, columns = {${sql.join(types)}})`
}

/**
 * DuckDB takes every name for a glob: `a[1].csv` itself is `a[[]1].csv`.
 * @returns a list of file names for SQL.
 */
export function fileList(files: readonly string[]): Sql {
  return sql`[${sql.join(files.map((file) => sql.literal(file.replace(/[*?[]/g, '[$&]'))))}]`
}
