import { ConfigError, messageOf, RemoteError } from '../errors.ts'
import { type Redact, shorten } from './redact.ts'

/**
 * What a failed call means for another attempt.
 *
 * | kind | what happened | may another attempt help? | may the call have had its effect? |
 * |---|---|---|---|
 * | refused | an answer that says no, or a request that the client does not send | no | no |
 * | busy | an answer that says: later | yes | no |
 * | unreachable | no connection, so nothing was sent | yes | no |
 * | untrusted | no trustworthy connection (TLS) | no | no |
 * | silent | nothing came within the limit | yes | yes |
 * | lost | the connection or the server broke, or the answer is not whole | yes | yes |
 */
export type FailureKind = 'refused' | 'busy' | 'unreachable' | 'untrusted' | 'silent' | 'lost'

export interface FailureFacts {
  readonly kind: FailureKind
  /** What happened, in the server's own words where it said any; redacted. */
  readonly detail: string
  /** HTTP status; undefined where no answer came. */
  readonly status?: number | undefined
  /** Of the system or the client, such as ECONNRESET. */
  readonly code?: string | undefined
  /** Of the answer, redacted, parsed if it was JSON. */
  readonly body?: unknown
  /** The value of Retry-After. */
  readonly retryAfter?: string | undefined
  /** How many attempts were made, this one included. */
  readonly attempts?: number
  /** What the server asked us to wait, and what we did, where that ended the attempts. */
  readonly patience?: string | undefined
}

/** One failed call, or the last failed attempt of one. Holds no secret: the client's own error is left behind. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure'
  readonly facts: FailureFacts

  constructor(facts: FailureFacts) {
    super(facts.status === undefined ? facts.detail : `status ${facts.status}: ${facts.detail}`)
    this.facts = facts
  }

  get mayRetry(): boolean {
    return this.facts.kind !== 'refused' && this.facts.kind !== 'untrusted'
  }

  get mayHaveHappened(): boolean {
    return this.facts.kind === 'silent' || this.facts.kind === 'lost'
  }
}

/** @returns what an answer with this status, which is not the one hoped for, means. */
export function kindOfStatus(status: number): FailureKind {
  if (status === 429) return 'busy'
  return status < 300 || status === 408 || status >= 500 ? 'lost' : 'refused'
}

const UNREACHABLE = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|^EPROTO$|^ERR_SSL_|^ERR_TLS_/
/** The client was called wrongly. */
const INVALID = /^UND_ERR_(INVALID_ARG|NOT_SUPPORTED)$/
const SILENT = /^(UND_ERR_HEADERS_TIMEOUT|UND_ERR_BODY_TIMEOUT)$/

/** Of the system, the client and TLS; other codes of Node.js, such as ERR_OUT_OF_RANGE, are a programmer's. */
const CONNECTION = /^(E[A-Z0-9]+|EAI_\w+|UND_ERR_\w+|ERR_(SSL|TLS)_\w+)$/

/** @returns what an error with this code means; without a code it is a lost connection. */
export function kindOfCode(code: string | undefined): FailureKind {
  if (code === undefined) return 'lost'
  if (UNREACHABLE.test(code)) return 'unreachable'
  if (UNTRUSTED.test(code)) return 'untrusted'
  if (INVALID.test(code)) return 'refused'
  return SILENT.test(code) ? 'silent' : 'lost'
}

/** Longest text of a server in a message. */
const DETAIL_CHARACTERS = 500

/** An answer that is not the one hoped for. */
export interface BadAnswer {
  readonly status: number
  /** The body as it came. */
  readonly text: string
  readonly retryAfter?: unknown
  /** What is wrong with it, where its status doesn't say so. */
  readonly complaint?: string
}

/** @returns the failure of a call that was answered, but not as hoped. */
export function answerFailure(answer: BadAnswer, redact: Redact): HttpFailure {
  const { status, retryAfter, complaint } = answer
  const body = maybeJson(redact(answer.text))
  const said = shorten(redact(saidIn(body)), DETAIL_CHARACTERS) || 'an empty answer'
  return new HttpFailure({
    kind: kindOfStatus(status),
    detail: complaint === undefined ? said : `${complaint}: ${said}`,
    status,
    body,
    retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
  })
}

/**
 * @param status of the answer that broke off, if any.
 * @returns the failure of a call whose connection failed.
 * @throws the error itself if it is a bug of ours: no other attempt helps, and it must not pass for a failed connection.
 */
export function connectionFailure(error: unknown, redact: Redact, status?: number): HttpFailure {
  const code = codeOf(error)
  if (isBug(error, code)) throw error
  const message = messageOf(error)
  const named = code === undefined || message.includes(code) ? message : `${message} (${code})`
  const what = status === undefined ? 'no answer' : 'the answer broke off'
  const detail = `${what}: ${shorten(redact(named), DETAIL_CHARACTERS) || 'connection failed'}`
  return new HttpFailure({ kind: kindOfCode(code), detail, status, code })
}

/** Clients wrap a failed connection in a TypeError, too, but that has the code of the system or the socket. */
function isBug(error: unknown, code: string | undefined): boolean {
  const isProgrammers =
    error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError
  return isProgrammers && !CONNECTION.test(code ?? '')
}

/** Every client wraps the system's error in its own. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  return codeOf(error.cause)
}

function maybeJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The text in which a server says what is wrong. */
function saidIn(body: unknown): string {
  if (typeof body === 'string') return body
  if (typeof body !== 'object' || body === null) return ''
  for (const key of ['error', 'message', 'text']) {
    const text: unknown = Reflect.get(body, key)
    if (typeof text === 'string' && text !== '') return text
  }
  return JSON.stringify(body)
}

/** What only the caller knows of a call that is given up. */
export interface CallContext {
  /** How the message begins, such as `trino https://host: reading a page`. */
  readonly call: string
  /** Where a person can set it right: the message that says what and how. */
  readonly misconfigured?: string | undefined
  /** What ends the message, such as the address that was tried. */
  readonly suffix?: string
}

/** The one place where a failed call becomes an error with an exit code. */
export function explainFailure(failure: HttpFailure, context: CallContext): ConfigError | RemoteError {
  const options = { cause: failure }
  if (context.misconfigured !== undefined) return new ConfigError(context.misconfigured, options)
  const { kind, status = 0, attempts = 1, patience } = failure.facts
  const times = attempts === 1 ? '' : ` after ${attempts} attempts`
  const what = kind === 'refused' && status >= 400 ? 'was refused' : 'failed'
  const waiting = patience === undefined ? '' : `; ${patience}`
  return new RemoteError(
    `${context.call} ${what}${times}: ${failure.message}${waiting}${context.suffix ?? ''}`,
    options,
  )
}

/** @returns the HTTP status of a failed call; undefined where there was no answer, or the error is another one. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof HttpFailure ? error.facts.status : undefined
}
