import { DataError } from '../../errors.ts'
import { shortenFileError } from './broken-file.ts'
import { QuoteScan } from './csv-breaks.ts'
import { readCsvBytes } from './csv-bytes.ts'
import { type CsvFile, type CsvHeader, HOLDS_NUL, splitLine } from './csv-header.ts'
import { locate, maybeMixedLineEnds } from './csv-place.ts'
import { notUtf8, UTF8 } from './text-encoding.ts'

/** @returns the error for what DuckDB says about a row of a CSV file; undefined if it speaks of something else. */
export async function maybeCsvFault(
  files: readonly CsvFile[],
  message: string,
  cause: unknown,
): Promise<DataError | undefined> {
  const path = /^\s*file = (.*)$/m.exec(message)?.[1]
  const file = files.find((one) => one.path === path)
  if (file === undefined || !/CSV (Error|Parser)/.test(message)) return undefined
  const mixed = await maybeMixedLineEnds(file.path)
  if (mixed !== undefined) {
    const what = `line ${mixed.line} ends with ${mixed.odd}, those before it with ${mixed.usual}`
    return new DataError(`duckdb: ${file.name}: ${what}: end all lines alike, for example by dos2unix`, {
      cause,
    })
  }
  const line = /CSV Error on Line: (\d+)/.exec(message)?.[1]
  if (line !== undefined && message.includes('Invalid unicode')) return notUtf8(file.name, line, cause)
  const what = whatIsWrong(message)
  if (line !== undefined && what !== undefined) {
    return new DataError(`duckdb: ${file.name}: line ${line} ${what}${shown(message)}`, { cause })
  }
  return new DataError(`duckdb: ${shortenFileError(message.replace(file.path, file.name))}`, { cause })
}

const NOT_CLOSED =
  'has a quote that is not closed, or text behind a closing one: double the quotes within a field'

/** @returns DuckDB's complaint in words that need no knowledge of its settings. */
function whatIsWrong(message: string): string | undefined {
  const [, named, found] = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(message) ?? []
  if (found !== undefined) {
    return `has ${found} fields, but the first line names ${named} columns: correct it, or put fields that hold the delimiter in quotes`
  }
  if (message.includes('unterminated quote')) {
    return NOT_CLOSED
  }
  if (message.includes('Maximum line size'))
    return 'is longer than 2,000,000 bytes: a quote may not be closed'
  return undefined
}

const SHOWN = 120

function shown(message: string): string {
  const [, line = ''] = /^Original Line: (.*)$/m.exec(message) ?? []
  return line === '' ? '' : ` (${JSON.stringify(line.length > SHOWN ? `${line.slice(0, SHOWN)}...` : line)})`
}

/** A CSV file, and what its beginning shows. */
export interface BegunCsvFile {
  readonly file: CsvFile
  readonly header: CsvHeader
  readonly mayBreakLines: boolean
}

/**
 * Reads a CSV file whole.
 * @throws {DataError} if it is damaged, its last quote is not closed (DuckDB leaves out such rows where one thread reads the
 *   file), or it holds the character NUL, which SQL and other programs take for the end of a text.
 */
export async function checkCsvFile(
  { file, header, mayBreakLines }: BegunCsvFile,
  signal: AbortSignal,
): Promise<void> {
  const quotes = mayBreakLines ? new QuoteScan(header.delimiter) : undefined
  for await (const bytes of readCsvBytes(file.path, signal)) {
    signal.throwIfAborted()
    if (bytes.includes(0)) throw await nulError(file, header)
    quotes?.see(bytes)
  }
  if (quotes?.openLine === undefined) return
  throw new DataError(`duckdb: ${file.name}: line ${quotes.openLine} ${NOT_CLOSED}`)
}

async function nulError({ name, path }: CsvFile, { columns, delimiter }: CsvHeader): Promise<DataError> {
  const { line, before } = await locate(path, '\0', UTF8)
  const isQuoted = before.split('"').length % 2 === 0
  const at = Math.max(splitLine(isQuoted ? `${before}"` : before, delimiter).length, 1)
  const where = columns[at - 1] === undefined ? '' : `, column ${columns[at - 1]}`
  return new DataError(`duckdb: ${name}: line ${line}${where} ${HOLDS_NUL}`)
}
