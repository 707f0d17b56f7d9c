import type { z } from 'zod'
import type { ConfigError, RemoteError } from '../../errors.ts'
import { answerFailure, explainFailure, HttpFailure } from '../../http/failure.ts'
import { proxyDispatcher } from '../../http/proxies.ts'
import type { Redact } from '../../http/redact.ts'
import {
  type HttpConnection,
  type HttpRequest,
  type OpenAnswer,
  openRequest,
  requestText,
  silenceLimits,
} from '../../http/request.ts'
import { patientPolicy, Retries, type RetryWorld, sendLimitMs } from '../../http/retries.ts'
import { version } from '../../version.ts'
import type { TreasureDataConnection } from './connection.ts'
import { controlRequest, type StartCall } from './control-client.ts'

/** How a call's answer is interpreted. */
export interface CallRules<T> {
  /** What the answer must hold; an answer that lacks it is broken. */
  readonly schema: z.ZodType<T>
  /** @returns an answer if a refusal counts as one, such as 404 for something to be removed. */
  readonly accept?: (failure: HttpFailure) => Answer<T> | undefined
  /** Asked before a retry of a call that may have had its effect, if it must not have it twice. */
  readonly alreadyDone?: () => Promise<Answer<T> | undefined>
  /** Whether the call asks about work that goes on, or is done, whatever becomes of the call. */
  readonly isPatient?: boolean
}

/** In a box, since `undefined` can be an answer. */
export interface Answer<T> {
  readonly value: T
}

/**
 * The service may take its time with a part. Treasure Data's own client for Ruby waits ten minutes, this many times our
 * usual patience: https://github.com/treasure-data/td-client-ruby/blob/master/lib/td/client/api.rb
 */
const UPLOAD_SILENCES = 10

/**
 * The API v3 as the rest of this folder uses it. All calls are repeated as the policy says, and throw a
 * {@link RemoteError} naming call, status and attempts, a {@link ConfigError} where key or server are wrong, or the
 * signal's reason.
 */
export class Api {
  readonly #connection: TreasureDataConnection
  readonly #policy: RetryWorld['policy']
  readonly #retries: Retries
  readonly #http: HttpConnection
  /** Removes the key from a text of the server. */
  readonly redact: Redact
  /** Whether the API itself has ever answered, not just any server. */
  #hasAnswered = false

  constructor(connection: TreasureDataConnection, world: RetryWorld) {
    this.#connection = connection
    this.#policy = world.policy
    this.redact = connection.redact
    this.#retries = new Retries(world)
    this.#http = {
      dispatcher: proxyDispatcher(connection.proxies, silenceLimits(world.policy)),
      headers: { authorization: `TD1 ${connection.apiKey}`, 'user-agent': `td-mta/${version}` },
      redact: this.redact,
    }
  }

  /** A control call that td-client has. @param name method and path, for errors. */
  async control<T>(name: string, start: StartCall, rules: CallRules<T>, signal?: AbortSignal): Promise<T> {
    const send = () => this.#send(controlRequest(start), this.#policy.silenceMs, signal)
    return this.#call(name, send, rules, signal)
  }

  /** A control call that td-client lacks. @param form fields of the body. */
  async json<T>(
    method: 'GET' | 'POST',
    path: string,
    rules: CallRules<T>,
    signal?: AbortSignal,
    form?: Readonly<Record<string, string>>,
  ): Promise<T> {
    const body = form && {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    }
    const send = () => this.#send({ method, url: path, ...body }, this.#policy.silenceMs, signal)
    return this.#call(`${method} ${path}`, send, rules, signal)
  }

  async upload<T>(path: string, bytes: Uint8Array, rules: CallRules<T>, signal?: AbortSignal): Promise<T> {
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': String(bytes.byteLength),
    }
    const silenceMs = UPLOAD_SILENCES * this.#policy.silenceMs
    const limitMs = sendLimitMs({ ...this.#policy, silenceMs }, bytes.byteLength)
    const send = () => this.#send({ method: 'PUT', url: path, headers, body: bytes }, limitMs, signal)
    return this.#call(`PUT ${path}`, send, rules, signal)
  }

  /** Opens a download, in one attempt. @param headers such as Range. @throws {HttpFailure}, or the signal's reason. */
  async download(
    path: string,
    headers: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<OpenAnswer> {
    const url = this.#connection.origin + path
    return openRequest(this.#http, { method: 'GET', url, headers }, signal)
  }

  /** Retries after a {@link HttpFailure}; each attempt continues where the one before stopped. */
  async repeat<T>(
    name: string,
    attempt: () => Promise<T>,
    signal?: AbortSignal,
    isPatient = false,
  ): Promise<T> {
    const policy = isPatient ? patientPolicy(this.#policy) : this.#policy
    try {
      return await this.#retries.run(name, signal, attempt, policy)
    } catch (error) {
      throw error instanceof HttpFailure ? this.#explain(name, error) : error
    }
  }

  /** Of a call that needs no patience. */
  get attempts(): number {
    return this.#policy.attempts
  }

  async close(): Promise<void> {
    await this.#http.dispatcher.destroy()
  }

  /** @returns the answer, parsed; `{}` if it is empty. */
  async #send(request: HttpRequest, limitMs: number, signal: AbortSignal | undefined): Promise<unknown> {
    const url = this.#connection.origin + request.url
    const { status, text } = await requestText(this.#http, { ...request, url }, limitMs, signal)
    try {
      const body: unknown = JSON.parse(text === '' ? '{}' : text)
      if (typeof body === 'object' && body !== null) return body
    } catch {}
    throw answerFailure({ status, text, complaint: 'the answer is not JSON' }, this.redact)
  }

  async #call<T>(
    name: string,
    send: () => Promise<unknown>,
    rules: CallRules<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    let mayHaveHappened = false
    const attempt = async () => {
      const before = mayHaveHappened ? await rules.alreadyDone?.() : undefined
      if (before) return before.value
      signal?.throwIfAborted()
      try {
        return await this.#attempt(send, rules)
      } catch (error) {
        signal?.throwIfAborted()
        if (!(error instanceof HttpFailure)) throw error
        const after = mayHaveHappened && !error.mayRetry ? await rules.alreadyDone?.() : undefined
        if (after) return after.value
        mayHaveHappened ||= error.mayHaveHappened
        throw error
      }
    }
    return this.repeat(name, attempt, signal, rules.isPatient)
  }

  async #attempt<T>(send: () => Promise<unknown>, rules: CallRules<T>): Promise<T> {
    try {
      const value = this.#read(await send(), rules.schema)
      this.#hasAnswered = true
      return value
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error
      const isApi = error.facts.status !== undefined && !isNoApi(error)
      this.#hasAnswered ||= isApi
      const answer = isApi ? rules.accept?.(error) : undefined
      if (answer) return answer.value
      throw error
    }
  }

  #read<T>(body: unknown, schema: z.ZodType<T>): T {
    const { data, success } = schema.safeParse(body)
    if (success) return data
    const text = JSON.stringify(body)
    throw answerFailure({ status: 200, text, complaint: 'unexpected answer' }, this.redact)
  }

  #explain(call: string, failure: HttpFailure): ConfigError | RemoteError {
    const { origin } = this.#connection
    const { code, status } = failure.facts
    const address = code === 'ECONNREFUSED' || code === 'ENOTFOUND' ? ` (TD_API_SERVER is ${origin})` : ''
    let misconfigured: string | undefined
    if (status === 401) {
      misconfigured =
        `treasure-data: ${origin} refuses the key of TD_API_KEY (${call}, ${failure.message}): ` +
        'check the key, and TD_API_SERVER, since every site has its own keys'
    } else if (!this.#hasAnswered && isNoApi(failure)) {
      misconfigured =
        `TD_API_SERVER: ${origin} is not a Treasure Data API (${call}, ${failure.message}): ` +
        'check the host, such as api.treasuredata.com or api.eu01.treasuredata.com'
    }
    return explainFailure(failure, { call: `treasure-data: ${call}`, misconfigured, suffix: address })
  }
}

/** @returns whether the server does not seem to speak this API: no such host, or a web page instead of JSON. */
function isNoApi({ facts: { status, body, code } }: HttpFailure): boolean {
  if (code === 'ENOTFOUND') return true
  const isPage = typeof body === 'string' && /^\s*</.test(body)
  return isPage && status !== undefined && status < 500 && status !== 429
}

/** @returns an `accept` that takes refusals with these statuses for the answer `value`. */
export function acceptStatus<T>(statuses: readonly number[], value: T): NonNullable<CallRules<T>['accept']> {
  return ({ facts }) => (statuses.includes(facts.status ?? 0) ? { value } : undefined)
}

/** @returns a path of the API with its parts escaped. */
export function pathOf(...parts: readonly string[]): string {
  return `/v3/${parts.map(encodeURIComponent).join('/')}`
}
