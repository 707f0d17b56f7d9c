import { readCsvBytes } from './csv-bytes.ts'

/**
 * Finds the first place of a character, for the message about it.
 * @param encoding of the file, for `TextDecoder`.
 * @returns its line, counted from 1, and what precedes it there.
 */
export async function locate(
  file: string,
  character: string,
  encoding: string,
): Promise<{ readonly line: number; readonly before: string }> {
  const decoder = new TextDecoder(encoding)
  let line = 1
  let before = ''
  for await (const bytes of readCsvBytes(file)) {
    const text = before + decoder.decode(bytes, { stream: true })
    const at = text.indexOf(character)
    // A carriage return at the end may be the first half of a line end.
    const lines = (at < 0 ? text : text.slice(0, at)).split(/\r\n|\n|\r(?!$)/)
    line += lines.length - 1
    before = lines.at(-1) ?? ''
    if (at >= 0) break
  }
  return { line, before }
}

/** @returns in how many ways the lines of a CSV file end, line breaks within quotes apart, and the first odd line. */
export async function maybeMixedLineEnds(file: string): Promise<MixedLineEnds | undefined> {
  let line = 1
  let rest = ''
  let isQuoted = false
  let usual: string | undefined
  const decoder = new TextDecoder()
  for await (const bytes of readCsvBytes(file)) {
    const text = rest + decoder.decode(bytes, { stream: true })
    rest = text.endsWith('\r') ? '\r' : ''
    for (const [token] of text.slice(0, text.length - rest.length).matchAll(/"|\r\n|\r|\n/g)) {
      if (token === '"') isQuoted = !isQuoted
      else if (isQuoted) line++
      else if (usual !== undefined && usual !== token) return { line, usual: NAMES[usual], odd: NAMES[token] }
      else [usual, line] = [token, line + 1]
    }
  }
  return rest === '' || usual === rest || usual === undefined
    ? undefined
    : { line, usual: NAMES[usual], odd: NAMES[rest] }
}

/** The first line whose end differs from those before. */
export interface MixedLineEnds {
  readonly line: number
  readonly usual: string | undefined
  readonly odd: string | undefined
}

const NAMES: Readonly<Record<string, string>> = { '\n': 'LF', '\r': 'CR', '\r\n': 'CRLF' }
