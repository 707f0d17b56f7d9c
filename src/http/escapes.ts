/** A way in which a text may be written inside another one. */
interface Encoding {
  /** An escape. */
  readonly pattern: RegExp
  readonly decode: (written: string) => string
}

const encodings: readonly Encoding[] = [
  // URLs, and forms, in which + is a blank.
  { pattern: /(?:%[0-9a-f]{2})+/gi, decode: (written) => decodeBytes(written, '%') },
  { pattern: /\+/g, decode: () => ' ' },
  // JSON, and bytes as shells and logs write them.
  { pattern: /\\(?:u[0-9a-f]{4}|["\\/nrtbf])/gi, decode: decodeBackslash },
  { pattern: /(?:\\x[0-9a-f]{2})+/gi, decode: (written) => decodeBytes(written, '\\x') },
  { pattern: /&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});?/gi, decode: decodeEntity },
  // Quoted-printable, and the ends of its lines.
  { pattern: /(?:=(?:[0-9a-f]{2}|\r?\n))+/gi, decode: (written) => decodeBytes(written, '=') },
  // Markup between the characters, such as <wbr>.
  { pattern: /<\/?[a-z][^<>]{0,100}>/gi, decode: () => '' },
]

/** So often a text may have been escaped: JSON in JSON in a form. */
const DEPTH = 3

/** What may stand between the characters of a text that was wrapped, quoted or escaped. */
const SEPARATOR = /[\s"'`\\,;\u00ad\u200b-\u200d\u2060]/g

/** @returns the text without what may have been put between its characters. */
export function withoutSeparators(text: string): string {
  return text.replaceAll(SEPARATOR, '')
}

/** One reading of a text: without separators, after some escapes were undone. */
export interface Reading {
  readonly text: string
  /** @returns where each of its UTF-16 code units came from: its start, and the position after its end. O(length). */
  readonly places: () => Places
}

/** By UTF-16 unit of a reading. */
export interface Places {
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

/** @returns the text as it is, and as each sequence of up to three encodings reads it; each reading once. */
export function readingsOf(text: string): readonly Reading[] {
  const found = new Map<string, readonly Encoding[]>([[text, []]])
  for (const [read, undone] of found) {
    if (undone.length === DEPTH) continue
    for (const encoding of encodings) {
      const decoded = read.replaceAll(encoding.pattern, encoding.decode)
      if (!found.has(decoded)) found.set(decoded, [...undone, encoding])
    }
  }
  return [...found].map(([read, undone]) => ({
    text: withoutSeparators(read),
    places: () => placesOf(text, [...undone, separators]),
  }))
}

const separators: Encoding = { pattern: SEPARATOR, decode: () => '' }

function placesOf(original: string, undone: readonly Encoding[]): Places {
  let text = original
  let starts = Array.from({ length: text.length }, (_, at) => at)
  let ends = starts.map((at) => at + 1)
  for (const encoding of undone) ({ text, starts, ends } = undo(encoding, text, starts, ends))
  return { starts, ends }
}

function undo(
  { pattern, decode }: Encoding,
  text: string,
  starts: readonly number[],
  ends: readonly number[],
) {
  const read: string[] = []
  const nextStarts: number[] = []
  const nextEnds: number[] = []
  const push = (units: string, from: number, to: number) => {
    read.push(units)
    for (let at = 0; at < units.length; at++) {
      nextStarts.push(starts[from] ?? 0)
      nextEnds.push(ends[to - 1] ?? 0)
    }
  }
  let at = 0
  for (const { 0: written, index } of text.matchAll(pattern)) {
    for (; at < index; at++) push(text.charAt(at), at, at + 1)
    push(decode(written), index, index + written.length)
    at = index + written.length
  }
  for (; at < text.length; at++) push(text.charAt(at), at, at + 1)
  return { text: read.join(''), starts: nextStarts, ends: nextEnds }
}

function decodeBytes(written: string, mark: string): string {
  return Buffer.from(written.toLowerCase().replaceAll(mark, '').replaceAll(/\s/g, ''), 'hex').toString()
}

function decodeBackslash(written: string): string {
  const code = /^\\u([0-9a-f]{4})$/i.exec(written)?.[1]
  if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16))
  // The others are separators.
  return written.charAt(1) === '/' || written.charAt(1) === '\\' ? written.charAt(1) : ' '
}

const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  sol: '/',
  bsol: '\\',
  plus: '+',
  equals: '=',
  colon: ':',
  semi: ';',
  comma: ',',
  period: '.',
  percnt: '%',
  num: '#',
  excl: '!',
  quest: '?',
  commat: '@',
  dollar: '$',
  lowbar: '_',
  ast: '*',
  lpar: '(',
  rpar: ')',
  nbsp: ' ',
  shy: '',
  tab: ' ',
  newline: ' ',
}

/** One that we don't know stays as it is. */
function decodeEntity(entity: string): string {
  const name = entity.replaceAll(/[&;]/g, '')
  if (!name.startsWith('#')) return named[name.toLowerCase()] ?? entity
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
  return code <= 0x10ffff ? String.fromCodePoint(code) : ''
}
