import { type Places, type Reading, readingsOf, withoutSeparators } from './escapes.ts'
import { hideTokens } from './tokens.ts'

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

/**
 * @returns a function that takes out the secrets, wherever a server may repeat them: verbatim, in base64 (also as
 *   `user:secret` of HTTP Basic), in hexadecimal, escaped up to three times as in JSON, HTML, mail or a URL, wrapped over lines, and of
 *   long ones each piece of eight characters; besides, whatever looks like a token, a private key or the query of an address.
 *   O(length) per secret. Redact first, shorten afterwards: a cut may leave a piece that is too short to be known.
 */
export function createRedact(secrets: readonly Secret[]): Redact {
  const known = secrets.map((secret) => ({
    verbatim: secret.value.length >= SHORTEST_SECRET ? secret.value : undefined,
    pieces: piecesOf(needlesOf(secret)),
    label: `[${secret.name}]`,
  }))
  return (text) => {
    const readings = known.length === 0 ? [] : readingsOf(text)
    const finds = known.flatMap((secret) => [...findVerbatim(text, secret), ...findPieces(readings, secret)])
    return hideTokens(finds.length === 0 ? text : hide(text, finds))
  }
}

/** The secret as it is and as others may write it, without separators. */
function needlesOf({ value, user }: Secret): readonly string[] {
  const bytes = Buffer.from(value)
  const inHexadecimal = bytes.toString('hex')
  const basic = user === undefined || value === '' ? [] : inBothAlphabets(Buffer.from(`${user}:${value}`))
  if (value.length < SHORTEST_SECRET) return basic
  const needles = [
    withoutSeparators(value),
    ...inBase64(bytes),
    ...basic,
    inHexadecimal,
    inHexadecimal.toUpperCase(),
  ]
  // A short one in other letters may be a word.
  if (value.length >= 2 * PIECE)
    needles.push(...[value.toLowerCase(), value.toUpperCase()].map(withoutSeparators))
  return [...new Set(needles)].filter((needle) => needle.length >= SHORTEST_SECRET)
}

/** All that base64 makes of a secret, whatever precedes it. */
function inBase64(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((offset) => {
    const preceded = Buffer.concat([Buffer.alloc(offset), bytes])
    // Characters that also hold bits of what stands before or after the secret are left out.
    return inBothAlphabets(preceded).map((text) =>
      text.slice(Math.ceil((offset * 8) / 6), Math.floor((preceded.length * 8) / 6)),
    )
  })
}

function inBothAlphabets(bytes: Buffer): readonly string[] {
  return [bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')]
}

/** What is looked for, by length. */
type Pieces = ReadonlyMap<number, ReadonlySet<string>>

/** Short needles whole, of long ones every piece. */
function piecesOf(needles: readonly string[]): Pieces {
  const pieces = new Map<number, Set<string>>()
  for (const needle of needles) {
    const length = needle.length >= 2 * PIECE ? PIECE : needle.length
    const ofLength = pieces.get(length) ?? new Set()
    for (let at = 0; at + length <= needle.length; at++) ofLength.add(needle.slice(at, at + length))
    pieces.set(length, ofLength)
  }
  return pieces
}

interface Known {
  readonly verbatim: string | undefined
  readonly pieces: Pieces
  readonly label: string
}

/** A part of the text that has to go, and what stands in its place. */
interface Find {
  readonly start: number
  readonly end: number
  readonly label: string
}

function* findVerbatim(text: string, { verbatim, label }: Known): Generator<Find> {
  if (verbatim === undefined) return
  for (let at = text.indexOf(verbatim); at >= 0; at = text.indexOf(verbatim, at + verbatim.length)) {
    yield { start: at, end: at + verbatim.length, label }
  }
}

function* findPieces(readings: readonly Reading[], { pieces, label }: Known): Generator<Find> {
  for (const { text, places } of readings) {
    let found: Places | undefined
    for (const [length, ofLength] of pieces) {
      for (let at = 0; at + length <= text.length; at++) {
        if (!ofLength.has(text.slice(at, at + length))) continue
        found ??= places()
        yield { start: found.starts[at] ?? 0, end: found.ends[at + length - 1] ?? 0, label }
      }
    }
  }
}

function hide(text: string, finds: readonly Find[]): string {
  let clean = ''
  let at = 0
  for (const { start, end, label } of [...finds].sort((one, other) => one.start - other.start)) {
    if (at === 0 || start > at) clean += text.slice(at, start) + label
    at = Math.max(at, end)
  }
  return clean + text.slice(at)
}

/** @returns a text for people: one line without markup, `...` in place of what is beyond the length. */
export function shorten(redacted: string, characters: number): string {
  const text = redacted
    .replaceAll(/<(style|script|title)[^>]*>[\s\S]*?<\/\1>|<[^>]*>/gi, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return text.length > characters ? `${text.slice(0, characters)}...` : text
}
