import { quoteLiteral } from '../../queries/sql.ts'
import type { CsvHeader } from './csv-header.ts'

/**
 * A scan of CSV files that guesses nothing: DuckDB's guesses take lines that begin with # for comments, or a column's
 * texts for numbers. Every column is text.
 * @param header of all the files.
 * @param quotedNull whether an empty field in quotes is NULL, as one without quotes is, or empty text.
 * @returns a table function for SQL.
 */
export function csvScan(header: CsvHeader, files: readonly string[], quotedNull: boolean): string {
  const types = header.columns.map((name) => `${quoteLiteral(name)}: 'VARCHAR'`)
  return (
    `read_csv(${fileList(files)}, auto_detect = false, header = true, delim = ${quoteLiteral(header.delimiter)}, ` +
    `quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = ${quotedNull}, columns = {${types.join(', ')}})`
  )
}

/**
 * DuckDB takes every name for a glob: `a[1].csv` itself is `a[[]1].csv`.
 * @returns a list of file names for SQL.
 */
export function fileList(files: readonly string[]): string {
  return `[${files.map((file) => quoteLiteral(file.replace(/[*?[]/g, '[$&]'))).join(', ')}]`
}
