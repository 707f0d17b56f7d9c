/** Takes secrets out of a text that another system wrote. */
export type Redact = (text: string) => string

/** Something that no log and no message may show. */
export interface Secret {
  /** What stands in its place, in brackets: the variable that holds it. */
  readonly name: string
  readonly value: string
  /** With HTTP Basic the secret travels as base64 of `user:secret`. */
  readonly user?: string | undefined
}

/** A shorter secret is not looked for: it would be found everywhere, and the gaps would spell it. */
const SHORTEST_SECRET = 4
/** Of a long secret, each piece of this length is taken out. */
const PIECE = 8
/** What may stand between the characters of a secret that was wrapped, quoted or escaped. */
const SEPARATOR = /[\s"'`\\,;]/

/** A way in which a server may have written the text. */
interface Encoding {
  /** An escape, to be found at its own position only. */
  readonly pattern: RegExp
  readonly decode: (found: string) => string
}

const encodings: readonly Encoding[] = [
  { pattern: /(?!)/y, decode: () => '' },
  { pattern: /(?:%[0-9a-f]{2})+/iy, decode: decodePercents },
  { pattern: /\+|(?:%[0-9a-f]{2})+/iy, decode: (found) => (found === '+' ? ' ' : decodePercents(found)) },
  { pattern: /\\(?:\\|u[0-9a-f]{4}|[nrtbf])/iy, decode: decodeJsonEscape },
  { pattern: /&(?:#\d{1,7}|#x[0-9a-f]{1,6}|amp|lt|gt|quot|apos);/iy, decode: decodeEntity },
]

/**
 * @returns a function that takes out the secrets, wherever a server may repeat them: verbatim, in base64 (also as
 *   `user:secret` of HTTP Basic), escaped as in JSON, HTML or a URL, wrapped over lines, and of long ones each piece of
 *   eight characters; besides, whatever looks like a token, a private key or the query of an address.
 *   O(length) per secret. Redact first, shorten afterwards: a cut may leave a piece that is too short to be known.
 */
export function createRedact(secrets: readonly Secret[]): Redact {
  const known = secrets
    .filter(({ value }) => value.length >= SHORTEST_SECRET)
    .map((secret) => ({ ...secret, label: `[${secret.name}]`, needles: needlesOf(secret) }))
  return (text) => {
    let clean = text
    for (const { value, label, needles } of known) {
      clean = clean.replaceAll(value, label)
      for (const encoding of encodings) clean = hideNeedles(clean, encoding, needles, label)
    }
    return hideTokens(clean)
  }
}

/** The secret without separators, and all that base64 makes of it, whatever precedes it. */
function needlesOf({ value, user }: Secret): readonly string[] {
  const encoded = [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)])
    // Characters that also hold bits of what stands before or after the secret are left out.
    return inBothAlphabets(bytes).map((text) =>
      text.slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6)),
    )
  })
  const basic = user === undefined ? [] : inBothAlphabets(Buffer.from(`${user}:${value}`))
  const needles = [withoutSeparators(value), ...encoded, ...basic]
  return [...new Set(needles)].filter((needle) => needle.length >= SHORTEST_SECRET)
}

function inBothAlphabets(bytes: Buffer): readonly string[] {
  return [bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')]
}

function withoutSeparators(text: string): string {
  return text.replaceAll(new RegExp(SEPARATOR, 'g'), '')
}

/** A text without separators and escapes, and where each of its UTF-16 units came from. */
interface Plain {
  readonly text: string
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

function readPlain(text: string, { pattern, decode }: Encoding): Plain {
  const characters: string[] = []
  const starts: number[] = []
  const ends: number[] = []
  for (let at = 0; at < text.length; ) {
    pattern.lastIndex = at
    const escaped = pattern.exec(text)?.[0]
    const length = escaped?.length ?? 1
    for (const unit of (escaped === undefined ? text.charAt(at) : decode(escaped)).split('')) {
      if (SEPARATOR.test(unit)) continue
      characters.push(unit)
      starts.push(at)
      ends.push(at + length)
    }
    at += length
  }
  return { text: characters.join(''), starts, ends }
}

function hideNeedles(text: string, encoding: Encoding, needles: readonly string[], label: string): string {
  // Nearly always there is nothing to hide: that is known without positions.
  const decoded = text.replaceAll(new RegExp(encoding.pattern, 'gi'), encoding.decode)
  if (findPieces(withoutSeparators(decoded), needles).next().done) return text
  const plain = readPlain(text, encoding)
  let clean = ''
  let at = 0
  for (const [from, to] of findPieces(plain.text, needles)) {
    const start = plain.starts[from] ?? 0
    if (at === 0 || start > at) clean += text.slice(at, start) + label
    at = Math.max(at, plain.ends[to - 1] ?? text.length)
  }
  return clean + text.slice(at)
}

/** @returns where the needles, or pieces of long ones, lie in the text, in order. */
function* findPieces(text: string, needles: readonly string[]): Generator<readonly [number, number]> {
  const pieces = new Map<number, Set<string>>()
  for (const needle of needles) {
    const length = needle.length >= 2 * PIECE ? PIECE : needle.length
    const ofLength = pieces.get(length) ?? new Set()
    for (let at = 0; at + length <= needle.length; at++) ofLength.add(needle.slice(at, at + length))
    pieces.set(length, ofLength)
  }
  for (let at = 0; at < text.length; at++) {
    for (const [length, known] of pieces) {
      if (known.has(text.slice(at, at + length))) yield [at, at + length]
    }
  }
}

function decodePercents(found: string): string {
  return Buffer.from(found.replaceAll('%', ''), 'hex').toString()
}

function decodeJsonEscape(found: string): string {
  const code = /u([0-9a-f]{4})$/i.exec(found)?.[1]
  return code === undefined ? '' : String.fromCharCode(Number.parseInt(code, 16))
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function decodeEntity(entity: string): string {
  const name = entity.slice(1, -1).toLowerCase()
  if (!name.startsWith('#')) return named[name] ?? ''
  const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
  return code <= 0x10ffff ? String.fromCodePoint(code) : ''
}

/** Secrets that nobody gave us: an upload's address holds a key to it in its query, error pages hold anything. */
function hideTokens(text: string): string {
  return text
    .replace(/-----BEGIN[\s\S]*?(-----END[^-]*-----|$)/g, '(secret)')
    .replace(/(https?:\/\/)[^\s/@]*@/g, '$1')
    .replace(/(https?:\/\/[^\s?"]+)\?[^\s,"]*/g, '$1')
    .replace(/\b(Bearer\s+|ya29\.|eyJ)[\w.~+/=-]+/g, '(secret)')
    .replace(/\b(upload_id|access_token|assertion|X-Goog-Signature)=[^\s&"]+/gi, '$1=(secret)')
}

/** @returns a text for people: one line without markup, `...` in place of what is beyond the length. */
export function shorten(redacted: string, characters: number): string {
  const text = redacted
    .replaceAll(/<(style|script|title)[^>]*>[\s\S]*?<\/\1>|<[^>]*>/gi, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return text.length > characters ? `${text.slice(0, characters)}...` : text
}
