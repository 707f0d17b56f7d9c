import { ConfigError, messageOf, RemoteError } from '../../errors.ts'
import type { TrinoConnection } from './connection.ts'

/**
 * One HTTP call that failed. It never keeps the client's own error, which holds headers and so the password.
 */
export class CallFailure extends Error {
  readonly status: number | undefined
  /** Of Node or undici, such as ECONNRESET. */
  readonly code: string | undefined
  /** What the server asked to wait. */
  readonly retryAfterMs: number | undefined

  constructor(
    message: string,
    facts: {
      readonly status?: number | undefined
      readonly code?: string | undefined
      readonly retryAfter?: unknown
    },
  ) {
    super(message)
    this.name = 'CallFailure'
    this.status = facts.status
    this.code = facts.code
    const seconds = typeof facts.retryAfter === 'string' ? Number(facts.retryAfter) : Number.NaN
    this.retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : undefined
  }
}

/** @returns the failure of a call that was answered, but not by a page. @param body its start is shown. */
export function answerFailure(status: number, body: string, retryAfter?: unknown): CallFailure {
  const text = body.replaceAll(/\s+/g, ' ').trim()
  const shown = text.length > 200 ? `${text.slice(0, 200)} ...` : text
  return new CallFailure(`status ${status}${shown === '' ? '' : `, ${shown}`}`, { status, retryAfter })
}

/** @returns the failure of a call that got no whole answer. @param error of Node, undici or axios. */
export function connectionFailure(error: unknown): CallFailure {
  const code = codeOf(error)
  const text = messageOf(error) || 'no answer'
  return new CallFailure(code === undefined || text.includes(code) ? text : `${text} (${code})`, { code })
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  return codeOf(error.cause)
}

/** Statuses by which a server or a proxy says that it may work later: the client protocol asks to try again. */
const PASSING = [429, 502, 503, 504]
/** There is nobody there. */
const ABSENT = ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH']
const TLS = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|^EPROTO$|^ERR_SSL_|^ERR_TLS_/

const ATTEMPTS_WHERE_NOBODY_IS = 3

/** @returns whether another attempt may do better. @param attempt counted from 1. */
export function isPassing(failure: CallFailure, attempt: number): boolean {
  if (failure.status !== undefined) return PASSING.includes(failure.status)
  if (failure.code !== undefined && TLS.test(failure.code)) return false
  return failure.code === undefined || !ABSENT.includes(failure.code) || attempt < ATTEMPTS_WHERE_NOBODY_IS
}

/**
 * @param doing what the call was for, such as `starting a query`.
 * @returns what a person can do something about.
 */
export function callError(
  connection: TrinoConnection,
  doing: string,
  attempts: number,
  failure: CallFailure,
): ConfigError | RemoteError {
  const where = `trino ${connection.origin}: ${doing} failed`
  const options = { cause: failure }
  if (failure.status === 401 || failure.status === 403) {
    const given = connection.password === undefined ? 'TRINO_PASSWORD is not set' : 'check TRINO_PASSWORD'
    return new ConfigError(
      `${where} with ${failure.message}: user ${connection.user} of --warehouse (WAREHOUSE) was refused; ${given}`,
      options,
    )
  }
  if (failure.code !== undefined && TLS.test(failure.code)) {
    return new ConfigError(
      `${where}: ${failure.message}: give the certificates that the server's is signed by in TRINO_CA_FILE, ` +
        'and check that https in --warehouse (WAREHOUSE) is right',
      options,
    )
  }
  const times = attempts === 1 ? '' : ` after ${attempts} attempts`
  return new RemoteError(`${where}${times}: ${failure.message}`, options)
}
