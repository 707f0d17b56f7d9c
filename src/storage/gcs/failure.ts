/** What went wrong in one call, without anything secret, whatever the client's error looked like. */
export interface GcsFailure {
  /** HTTP status, where there was an answer. */
  readonly status: number | undefined
  /** Code of the system or of the client, such as ECONNRESET. */
  readonly code: string | undefined
  /** The service's or the client's own words: one line, no query strings, no tokens. */
  readonly reason: string
  /** What the service asked us to wait. */
  readonly retryAfterMs: number | undefined
  readonly kind: FailureKind
}

/** `passing` may be gone at the next attempt; `unreachable` too, but nobody waits long for it; `lasting` stays. */
export type FailureKind = 'passing' | 'unreachable' | 'lasting'

/** Thrown by us where a call got no answer in time. */
export class CallTimeout extends Error {
  override readonly name = 'CallTimeout'
  readonly code = 'TIMEOUT'
}

/** An answer that is not what was sent or stored: less bytes than promised, or others. The next one may be right. */
export class BrokenTransfer extends Error {
  override readonly name = 'BrokenTransfer'
  readonly code = 'BROKEN_TRANSFER'
}

const UNREACHABLE = ['ENOTFOUND', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN', 'TIMEOUT']

const PASSING = [
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ERR_STREAM_PREMATURE_CLOSE',
  'BROKEN_TRANSFER',
]

const PASSING_STATUS = [408, 429, 500, 502, 503, 504]

const MAX_REASON_LENGTH = 300

/**
 * The client throws four kinds of things: an ApiError with a number as code, an error of node-fetch or gaxios with the
 * code in words or the status as a string, and, from resumable uploads, plain objects.
 */
export function failureOf(error: unknown): GcsFailure {
  const answer = property(error, 'response')
  const codes = [property(error, 'code'), property(error, 'status'), property(answer, 'status')]
  const status = codes.map(Number).find((code) => code >= 100 && code < 600)
  const word = codes.find((code) => typeof code === 'string' && Number.isNaN(Number(code)))
  const code = typeof word === 'string' ? word : maybeCodeOfType(error)
  const reason = reasonOf(error)
  const retryAfterSec = Number(headerOf(answer, 'retry-after') ?? Number.NaN)
  return {
    status,
    code: status === undefined ? code : undefined,
    reason,
    retryAfterMs: retryAfterSec >= 0 ? retryAfterSec * 1000 : undefined,
    kind: kindOf(error, status, code, reason),
  }
}

/** node-fetch tells some failures by type: a body that ended early, JSON cut off, its own timeout. */
function maybeCodeOfType(error: unknown): string | undefined {
  const type = property(error, 'type')
  if (type === 'request-timeout' || type === 'body-timeout') return 'TIMEOUT'
  return type === 'invalid-json' || type === 'system' ? 'BROKEN_TRANSFER' : undefined
}

function kindOf(
  error: unknown,
  status: number | undefined,
  code: string | undefined,
  reason: string,
): FailureKind {
  if (status !== undefined) {
    // The service checks the checksum that we declare, so this is a byte that changed on the way.
    const isChangedOnTheWay = status === 400 && /crc32c.*match/i.test(reason)
    const isRateLimit = status === 403 && /rateLimitExceeded/i.test(reasonsOf(error))
    return PASSING_STATUS.includes(status) || isChangedOnTheWay || isRateLimit ? 'passing' : 'lasting'
  }
  if (UNREACHABLE.includes(code ?? '')) return 'unreachable'
  return PASSING.includes(code ?? '') ? 'passing' : 'lasting'
}

/** The machine-readable reasons in an answer of the JSON API, such as `rateLimitExceeded`. */
function reasonsOf(error: unknown): string {
  const errors = [property(error, 'errors'), property(maybeAnswered(error), 'errors')].flat()
  return errors.map((one) => String(property(one, 'reason'))).join(' ')
}

/** The answer's own error: gaxios keeps the body beside, and streams give it as their message. */
function maybeAnswered(error: unknown): unknown {
  const message = property(error, 'message')
  const body = property(property(error, 'response'), 'data') ?? maybeJson(message)
  return property(body, 'error')
}

function maybeJson(text: unknown): unknown {
  if (typeof text !== 'string' || !text.startsWith('{')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function reasonOf(error: unknown): string {
  const told = [
    property(maybeAnswered(error), 'message'),
    property(property(property(error, 'response'), 'data'), 'error_description'),
    firstMessageOf(property(error, 'errors')),
    property(error, 'message'),
  ].find((text) => typeof text === 'string' && text !== '')
  return withoutSecrets(typeof told === 'string' ? told : 'no reason given')
}

function firstMessageOf(errors: unknown): unknown {
  return Array.isArray(errors) ? property(errors[0], 'message') : undefined
}

/**
 * An upload's address holds a key to it in its query, error pages hold anything.
 * @returns the text in one line of 300 characters at most, without markup, queries, tokens and keys.
 */
export function withoutSecrets(text: string): string {
  const clean = text
    .replace(/-----BEGIN[\s\S]*?(-----END[^-]*-----|$)/g, '(secret)')
    .replace(/(https?:\/\/)[^\s/@]*@/g, '$1')
    .replace(/(https?:\/\/[^\s?]+)\?[^\s,]*/g, '$1')
    .replace(/\b(Bearer\s+|ya29\.|eyJ)[\w.~+/=-]+/g, '(secret)')
    .replace(/\b(upload_id|access_token|assertion|X-Goog-Signature)=[^\s&]+/gi, '$1=(secret)')
    .replace(/<(style|script|title)[^>]*>[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return clean.length > MAX_REASON_LENGTH ? `${clean.slice(0, MAX_REASON_LENGTH)}...` : clean
}

/** @returns a header of an answer of either of the client's two HTTP libraries. */
export function headerOf(answer: unknown, name: string): string | undefined {
  const value = property(property(answer, 'headers'), name)
  return typeof value === 'string' ? value : undefined
}

/** @returns a property of anything, undefined where there is none. */
export function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
