import type { Dispatcher } from 'undici'
import { type ConfigError, messageOf, RemoteError } from '../../errors.ts'
import { answerFailure, explainFailure, HttpFailure } from '../../http/failure.ts'
import { proxyDispatcher } from '../../http/proxies.ts'
import { type Environment, proxySecrets } from '../../http/proxy-secrets.ts'
import { createRedact, shorten } from '../../http/redact.ts'
import { type HttpConnection, type HttpRequest, requestText, silenceLimits } from '../../http/request.ts'
import { Retries, type RetryWorld, sendLimitMs } from '../../http/retries.ts'
import type { Logger } from '../../logger.ts'
import { version } from '../../version.ts'
import type { TrinoConnection } from './connection.ts'
import { type Page, parsePage } from './page.ts'

/** Cancelling must not delay the shutdown. */
const CANCEL_MS = 5000
/** Longest address of a server in a message. */
const ADDRESS_CHARACTERS = 200

/**
 * Calls to one Trino server over its client protocol (https://trino.io/docs/current/develop/client-protocol.html), each
 * retried as the policy says. All finally throw {RemoteError} or {ConfigError}, or the signal's reason.
 */
export class TrinoSession {
  readonly connection: TrinoConnection
  readonly logger: Logger
  readonly #policy: RetryWorld['policy']
  readonly #retries: Retries
  readonly #http: HttpConnection

  /** @param proxies the variables that name them. */
  constructor(connection: TrinoConnection, world: RetryWorld, proxies: Environment = {}) {
    this.connection = connection
    this.logger = world.logger
    this.#policy = world.policy
    this.#retries = new Retries(world)
    this.#http = httpConnection(connection, world.policy, proxies)
  }

  /**
   * Submits a statement. Trino starts it only when its first page is requested, so a lost answer leaves nothing running,
   * and another attempt runs nothing twice.
   */
  async submit(sql: string, signal?: AbortSignal): Promise<Page> {
    const url = `${this.connection.origin}/v1/statement`
    const limitMs = sendLimitMs(this.#policy, sql.length)
    return this.#repeat('submitting a statement', signal, async () => {
      const answer = await this.#request({ method: 'POST', url, body: sql }, limitMs, signal)
      const page = parsePage(answer.text)
      if (page !== undefined) return page
      // This server is not Trino, and won't become one.
      throw new HttpFailure({ ...this.#notAPage(answer.text).facts, kind: 'refused' })
    })
  }

  /** Reads a page; reading it again gives the same. No time limit as long as bytes arrive. */
  async readPage(uri: string, signal?: AbortSignal): Promise<Page> {
    this.#checkOrigin(uri)
    return this.#repeat('reading a page of a result', signal, async () => {
      const answer = await this.#request({ method: 'GET', url: uri }, undefined, signal)
      const page = parsePage(answer.text)
      if (page !== undefined) return page
      throw this.#notAPage(answer.text)
    })
  }

  /** @returns a text of the server without our secrets. */
  redact(text: string): string {
    return this.#http.redact(text)
  }

  /** Ends a statement on the server; never throws, since nobody could do anything about it. */
  async cancel(uri: string): Promise<void> {
    try {
      this.#checkOrigin(uri)
      await requestText(this.#http, { method: 'DELETE', url: uri }, CANCEL_MS)
    } catch (error) {
      this.logger.debug({ failure: messageOf(error) }, 'could not cancel a statement on trino')
    }
  }

  async close(): Promise<void> {
    await this.#http.dispatcher.destroy()
  }

  /** So that the password is sent to no other server. */
  #checkOrigin(uri: string): void {
    const { origin } = this.connection
    const found = URL.canParse(uri) ? new URL(uri).origin : shorten(this.redact(uri), ADDRESS_CHARACTERS)
    if (found === origin) return
    throw new RemoteError(
      `trino ${origin}: the server says that the result is at ${found}, which is another server: ` +
        'behind a proxy Trino needs http-server.process-forwarded=true, and the proxy must send X-Forwarded-Proto and -Host',
    )
  }

  #notAPage(text: string): HttpFailure {
    return answerFailure({ status: 200, text, complaint: 'not an answer from Trino' }, this.#http.redact)
  }

  async #request(request: HttpRequest, limitMs: number | undefined, signal: AbortSignal | undefined) {
    try {
      return await requestText(this.#http, request, limitMs, signal)
    } catch (error) {
      throw error instanceof HttpFailure ? asTrinoMeansIt(error) : error
    }
  }

  async #repeat<T>(doing: string, signal: AbortSignal | undefined, attempt: () => Promise<T>): Promise<T> {
    try {
      return await this.#retries.run(doing, signal, attempt)
    } catch (error) {
      throw error instanceof HttpFailure ? this.#explain(doing, error) : error
    }
  }

  #explain(doing: string, failure: HttpFailure): ConfigError | RemoteError {
    const { origin, user, password } = this.connection
    const call = `trino ${origin}: ${doing}`
    const { kind, status } = failure.facts
    let misconfigured: string | undefined
    if (status === 401 || status === 403) {
      misconfigured =
        `${call} failed with ${failure.message}: user ${user} of --warehouse (WAREHOUSE) was refused; ` +
        (password === undefined ? 'TRINO_PASSWORD is not set' : 'check TRINO_PASSWORD')
    } else if (kind === 'untrusted') {
      misconfigured =
        `${call} failed: ${failure.message}: name the certificates that signed the server's in TRINO_CA_FILE, ` +
        'and check that https in --warehouse (WAREHOUSE) is right'
    }
    return explainFailure(failure, { call, misconfigured })
  }
}

function httpConnection(
  connection: TrinoConnection,
  policy: RetryWorld['policy'],
  proxies: Environment,
): HttpConnection {
  const { user, password, catalog } = connection
  const secrets = password === undefined ? [] : [{ name: 'TRINO_PASSWORD', value: password, user }]
  const credentials = Buffer.from(`${user}:${password}`).toString('base64')
  return {
    dispatcher: trinoDispatcher(connection, proxies, silenceLimits(policy)),
    headers: {
      'user-agent': `td-mta/${version}`,
      'x-trino-user': user,
      'x-trino-source': 'td-mta',
      'x-trino-catalog': catalog,
      'x-trino-time-zone': 'UTC',
      // Without it Trino truncates timestamps to milliseconds.
      'x-trino-client-capabilities': 'PARAMETRIC_DATETIME',
      ...(password === undefined ? {} : { authorization: `Basic ${credentials}` }),
    },
    redact: createRedact([...secrets, ...proxySecrets(proxies)]),
  }
}

/** @returns what connects to the server, by the proxies and with the certificates that we were given. */
export function trinoDispatcher(
  { authorities, checksCertificate }: TrinoConnection,
  proxies: Environment,
  limits: Partial<ReturnType<typeof silenceLimits>> = {},
): Dispatcher {
  const tls = {
    rejectUnauthorized: checksCertificate,
    ...(authorities === undefined ? {} : { ca: authorities }),
  }
  return proxyDispatcher(proxies, { ...limits, connect: { ...tls, ...limits.connect }, requestTls: tls })
}

/** Statuses after which the client protocol asks clients to retry; any other one ends the statement. */
const PASSING = [429, 502, 503, 504]

function asTrinoMeansIt(failure: HttpFailure): HttpFailure {
  const { status = 0 } = failure.facts
  if (status < 300 || PASSING.includes(status)) return failure
  return new HttpFailure({ ...failure.facts, kind: 'refused' })
}
