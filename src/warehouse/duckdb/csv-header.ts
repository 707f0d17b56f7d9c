import { DataError } from '../../errors.ts'
import { mayBreakLines } from './csv-breaks.ts'
import { isPacked, readCsvBytes } from './csv-bytes.ts'
import { checkCsvBeginning, checkGzipBeginning } from './file-signature.ts'
import { unguard } from './spreadsheet-guard.ts'
import { checkEncoding, notUtf8, UTF8 } from './text-encoding.ts'

/** What is read of each file first. No header is longer: a file without a line end within so many characters is not CSV. */
const BEGINNING_CHARACTERS = 1 << 20

/** What a message says of a line or column. */
export const HOLDS_NUL =
  'holds the character NUL (a byte of 0), which no text may: remove it, or make the file again'

const DELIMITERS = [',', ';', '\t', '|']

/** The first line of a CSV file. */
export interface CsvHeader {
  readonly delimiter: string
  /** Names without blanks around them; `unnamed_1` and so on for those without a name. */
  readonly columns: readonly string[]
}

/** What the beginning of a CSV file shows. */
export interface CsvBeginning {
  readonly header: CsvHeader
  readonly hasRows: boolean
  /** Whether values may hold line breaks. */
  readonly mayBreakLines: boolean
  /** Names with blanks around them, as they stand there. */
  readonly padded: readonly string[]
  /** Positions, from 1, of columns without a name. */
  readonly unnamed: readonly number[]
}

/** A CSV file: its name, and where its text is as UTF-8. */
export interface CsvFile {
  readonly name: string
  readonly path: string
}

/**
 * Reads the names of a CSV file's columns, because DuckDB's own detection guesses: it would skip a first line that
 * doesn't fit, and name no line if a later one doesn't.
 * @param delimiter undefined: the one of comma, semicolon, tab and | that the first line has most of.
 * @throws {DataError} naming the file if its beginning is not that of CSV in UTF-8, or two columns have one name.
 */
export async function readCsvHeader(
  file: CsvFile,
  delimiter: string | undefined,
  signal: AbortSignal | undefined,
): Promise<CsvBeginning> {
  if (isPacked(file.path)) await checkGzipBeginning(file.path)
  const text = await readBeginning(file)
  const line = firstLine(file.name, text)
  const found = delimiter ?? likelyDelimiter(line)
  const written = splitLine(line, found)
  const names = written.map((name) => unguard(withoutBlanks(name)))
  checkNames(file.name, names)
  return {
    header: { delimiter: found, columns: names.map((name, at) => name || nameUnnamed(names, at)) },
    hasRows: text.slice(line.length).trim() !== '',
    mayBreakLines: await mayBreakLines(file.path, text, found, signal),
    padded: written.filter((name) => name !== withoutBlanks(name)),
    unnamed: names.flatMap((name, at) => (name === '' ? [at + 1] : [])),
  }
}

/** @returns a name without white space around it, such that has no width included. */
export function withoutBlanks(name: string): string {
  return name.replace(/^[\s\u200b\u2060]+|[\s\u200b\u2060]+$/g, '')
}

async function readBeginning({ name, path }: CsvFile): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const bytes of readCsvBytes(path)) {
    if (text === '') {
      checkCsvBeginning(path, bytes)
      checkEncoding(name, bytes, UTF8)
    }
    text += decoder.decode(bytes, { stream: true })
    if (text.length > BEGINNING_CHARACTERS) break
  }
  return text
}

function firstLine(file: string, text: string): string {
  const line = /^(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(text)?.[0] ?? ''
  if (text.trim() === '')
    throw new DataError(`duckdb: ${file} is empty: its first line must name the columns`)
  const fault = faultOf(line, text.charAt(line.length))
  if (fault === undefined) return line
  throw line.includes('\ufffd') ? notUtf8(file, 1) : new DataError(`duckdb: ${file}: ${fault}`)
}

/** @param next what follows the line. */
function faultOf(line: string, next: string): string | undefined {
  if (line.includes('\ufffd')) return ''
  if (line.includes('\0')) return `line 1 ${HOLDS_NUL}`
  if (line.trim() === '') return 'the first line is empty: it must name the columns'
  if (/^"?sep=.?"?$/i.test(line)) return `the first line is ${line}, which only spreadsheets know: remove it`
  if (next === '"') return 'the first line has a quote that is not closed: correct it'
  if (line.length > BEGINNING_CHARACTERS)
    return 'the first line is longer than 1 MiB: it must name the columns'
  return undefined
}

function likelyDelimiter(line: string): string {
  const counts = DELIMITERS.map((delimiter) => splitLine(line, delimiter).length)
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ','
}

/** @returns the fields of a line, or of its beginning. */
export function splitLine(line: string, delimiter: string): string[] {
  const field = new RegExp(`[${delimiter}](?: *"(?:[^"]|"")*"|[^"${delimiter}])*`, 'g')
  const fields = `${delimiter}${line}`.match(field) ?? []
  return fields.map((found) => {
    const name = found.slice(1)
    const quoted = name.trim()
    return quoted.startsWith('"') ? quoted.slice(1, -1).replaceAll('""', '"') : name
  })
}

function checkNames(file: string, names: readonly string[]): void {
  const folded = names.map((name) => name.toLowerCase())
  const doubled = folded.findIndex((name, at) => name !== '' && folded.indexOf(name) !== at)
  if (doubled < 0) return
  throw new DataError(
    `duckdb: ${file}: column ${doubled + 1} of the first line is called ${names[doubled]} like another one; ` +
      'give each column a name of its own',
  )
}

function nameUnnamed(names: readonly string[], at: number): string {
  let name = `unnamed_${at + 1}`
  while (names.some((other) => other.toLowerCase() === name)) name += '_'
  return name
}
