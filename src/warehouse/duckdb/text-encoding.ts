import { isAscii } from 'node:buffer'
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DataError } from '../../errors.ts'
import { writeErrorOf } from '../../storage/local/errors.ts'
import { readCsvBytes } from './csv-bytes.ts'
import { locate } from './csv-place.ts'

/** The encoding that DuckDB reads. */
export const UTF8 = 'utf-8'

const OPTION = '--input-encoding (INPUT_ENCODING)'

/** The marks with which files may say what they are, the longer ones first. */
const MARKS: readonly (readonly [encoding: string, bytes: readonly number[]])[] = [
  ['utf-32', [0xff, 0xfe, 0, 0]],
  ['utf-32', [0, 0, 0xfe, 0xff]],
  [UTF8, [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
]

/**
 * @param bytes the beginning of a file, at best some hundred bytes.
 * @throws {DataError} if it is in another encoding than it should be, as far as that shows.
 */
export function checkEncoding(file: string, bytes: Uint8Array, encoding: string): void {
  const found = maybeMarked(bytes) ?? maybeUnmarked(bytes, encoding)
  if (found === undefined || found === encoding) return
  const remedy = found === 'utf-32' ? 'save it as UTF-8' : `give ${OPTION} ${found}`
  throw new DataError(`duckdb: ${file} begins like ${found.toUpperCase()}, not ${encoding}: ${remedy}`)
}

/** @returns the error for a line, from 1, that is not in UTF-8 although no other encoding was given. */
export function notUtf8(file: string, line: number | string, cause?: unknown): DataError {
  const remedy = `give the encoding of the file by ${OPTION}, such as windows-1252 or shift_jis, or save it as UTF-8`
  return new DataError(`duckdb: ${file}: line ${line} is not UTF-8: ${remedy}`, { cause })
}

function maybeMarked(bytes: Uint8Array): string | undefined {
  return MARKS.find(([, mark]) => mark.every((byte, at) => bytes[at] === byte))?.[0]
}

/** UTF-16 has zeros in each ASCII character, such as a comma; other encodings have none. */
function maybeUnmarked(bytes: Uint8Array, encoding: string): string | undefined {
  if (encoding === UTF8) return maybeUtf16(bytes)
  const beginning = bytes.subarray(0, 200)
  return encoding.startsWith('utf-16') && !beginning.includes(0) ? UTF8 : undefined
}

/** Of names in Latin letters every second byte is 0. */
function maybeUtf16(bytes: Uint8Array): string | undefined {
  const beginning = bytes.subarray(0, 200)
  const zeros = [0, 0]
  beginning.forEach((byte, at) => {
    if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1
  })
  const [even = 0, odd = 0] = zeros
  const isEven = even > odd
  const isClear = Math.max(even, odd) > beginning.length / 4 && Math.min(even, odd) < beginning.length / 16
  if (!isClear) return undefined
  return isEven ? 'utf-16be' : 'utf-16le'
}

/**
 * Writes a CSV file as UTF-8.
 * @param encoding of `TextDecoder`.
 * @throws {DataError} naming the line whose bytes are none of that encoding, or if the file is in UTF-8 after all.
 */
export async function writeAsUtf8(
  file: string,
  encoding: string,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const texts = Readable.from(decode(file, encoding, signal))
  try {
    await pipeline(texts, createWriteStream(path, { mode: 0o600 }), { signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw error instanceof DataError ? error : writeErrorOf(path, error)
  }
}

async function* decode(file: string, encoding: string, signal: AbortSignal | undefined) {
  const decoder = new TextDecoder(encoding, { fatal: true })
  const other = new Utf8Watch()
  let isFirst = true
  for await (const bytes of readCsvBytes(file, signal)) {
    if (isFirst) checkEncoding(file, bytes, encoding)
    isFirst = false
    other.see(bytes)
    yield await decoded(file, encoding, () => decoder.decode(bytes, { stream: true }))
  }
  yield await decoded(file, encoding, () => decoder.decode())
  if (other.isUtf8) {
    throw new DataError(
      `duckdb: ${file} is not ${encoding}: its bytes are those of UTF-8 throughout; leave out ${OPTION}`,
    )
  }
}

/** Text of another encoding is hardly ever good UTF-8, too; and text in UTF-8 would be read as other characters. */
class Utf8Watch {
  readonly #decoder = new TextDecoder(UTF8, { fatal: true })
  #isGood = true
  #isAscii = true

  see(bytes: Uint8Array): void {
    if (!this.#isGood) return
    this.#isAscii &&= isAscii(bytes)
    try {
      this.#decoder.decode(bytes, { stream: true })
    } catch {
      this.#isGood = false
    }
  }

  get isUtf8(): boolean {
    return this.#isGood && !this.#isAscii
  }
}

async function decoded(file: string, encoding: string, decodeNext: () => string): Promise<string> {
  try {
    return decodeNext()
  } catch (error) {
    const { line } = await locate(file, '\ufffd', encoding)
    throw new DataError(
      `duckdb: ${file}: line ${line} holds bytes that are not ${encoding}: give its encoding by ${OPTION}, or correct the line`,
      { cause: error },
    )
  }
}
