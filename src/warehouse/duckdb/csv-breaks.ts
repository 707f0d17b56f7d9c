import { isPacked, readCsvBytes } from './csv-bytes.ts'

const [LINE_FEED, CARRIAGE_RETURN, SPACE, QUOTE] = [0x0a, 0x0d, 0x20, 0x22]

/**
 * Line breaks within quotes are part of a value, which DuckDB's threads can't know of where they begin in the middle of a
 * file: they would read the rest of the value as rows. O(bytes), but only for files that quote at all.
 * @param beginning of the file's text.
 * @returns whether the file must be read from its beginning to its end, by one thread.
 */
export async function mayBreakLines(
  path: string,
  beginning: string,
  delimiter: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (!beginning.includes('"')) return false
  // A packed file isn't unpacked for this alone.
  if (isPacked(path)) return true
  const scan = new QuoteScan(delimiter)
  for await (const bytes of readCsvBytes(path, signal)) {
    scan.see(bytes)
    if (scan.breaksLines) return true
  }
  return false
}

/** Follows the quotes of a CSV file. */
export class QuoteScan {
  /** Whether a value so far holds a line break. */
  breaksLines = false
  readonly #separator: number
  #isQuoted = false
  /** A quote opens a value at the beginning of a field, and again where it follows a closing one. */
  #mayOpen = true
  #lineFeeds = 0
  #carriageReturns = 0
  #openedAtLine = 0

  constructor(delimiter: string) {
    this.#separator = delimiter.charCodeAt(0)
  }

  /** @param bytes the next ones. */
  see(bytes: Uint8Array): void {
    for (const byte of bytes) {
      const isBreak = byte === LINE_FEED || byte === CARRIAGE_RETURN
      if (isBreak) this.#countBreak(byte)
      if (byte === QUOTE && (this.#isQuoted || this.#mayOpen)) this.#turn()
      else if (!this.#isQuoted) {
        this.#mayOpen = byte === this.#separator || isBreak || (this.#mayOpen && byte === SPACE)
      }
    }
  }

  /** The line, from 1, of a quote that is not closed. */
  get openLine(): number | undefined {
    return this.#isQuoted ? this.#openedAtLine : undefined
  }

  #countBreak(byte: number): void {
    if (byte === LINE_FEED) this.#lineFeeds++
    else this.#carriageReturns++
    this.breaksLines ||= this.#isQuoted
  }

  #turn(): void {
    this.#isQuoted = !this.#isQuoted
    this.#mayOpen = !this.#isQuoted
    if (this.#isQuoted) this.#openedAtLine = 1 + Math.max(this.#lineFeeds, this.#carriageReturns)
  }
}
