import { EnvHttpProxyAgent, request } from 'undici'
import { RemoteError } from '../../errors.ts'
import type { Logger } from '../../logger.ts'
import { answerFailure, CallFailure, callError, connectionFailure } from './call-failure.ts'
import type { TrinoConnection } from './connection.ts'
import { type Page, parsePage } from './page.ts'
import { type Patience, withRetries } from './retry.ts'
import { createClient, submit } from './submit.ts'

/** Cancelling must not hold up what is stopped. */
const CANCEL_MS = 5000

/** Calls to one Trino server, with retries. All throw {RemoteError} or {ConfigError} in the end, or the signal's reason. */
export interface TrinoSession {
  readonly connection: TrinoConnection
  readonly logger: Logger
  /** Hands a statement in; it begins when the next page is read. */
  submit(sql: string, signal?: AbortSignal): Promise<Page>
  /** Reads a page; reading the same one again gives the same. */
  readPage(uri: string, signal?: AbortSignal): Promise<Page>
  /** Ends a statement at the server; never throws, as it is no use to anyone then. */
  cancel(uri: string): Promise<void>
  close(): Promise<void>
}

/**
 * Statements are handed in by trino-client; their pages are read here, because it rounds integers, can't be stopped and
 * waits for ever.
 */
export function openSession(connection: TrinoConnection, patience: Patience, logger: Logger): TrinoSession {
  const client = createClient(connection)
  const agent = createAgent(connection, patience)
  const headers = pageHeaders(connection)
  const retried = <T>(doing: string, call: () => Promise<T>, signal: AbortSignal | undefined) =>
    withRetries(
      call,
      patience,
      logger,
      (failure, attempts) => callError(connection, doing, attempts, failure),
      signal,
    )
  return {
    connection,
    logger,
    submit: (sql, signal) =>
      retried('handing in a statement', () => submit(client, sql, patience.silenceMs, signal), signal),
    readPage: (uri, signal) => {
      checkOrigin(uri, connection)
      return retried('reading a page of a result', () => getPage(agent, headers, uri, signal), signal)
    },
    cancel: async (uri) => {
      try {
        checkOrigin(uri, connection)
        const signal = AbortSignal.timeout(CANCEL_MS)
        const { body } = await request(uri, { method: 'DELETE', headers, dispatcher: agent, signal })
        await body.dump()
      } catch (error) {
        logger.debug(
          { failure: connectionFailure(error).message },
          'statement could not be cancelled at trino',
        )
      }
    },
    close: () => agent.destroy(),
  }
}

/** Obeys HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as trino-client does. */
function createAgent(
  { authorities, checksCertificate }: TrinoConnection,
  { silenceMs }: Patience,
): EnvHttpProxyAgent {
  const tls = {
    rejectUnauthorized: checksCertificate,
    ...(authorities === undefined ? {} : { ca: authorities }),
  }
  return new EnvHttpProxyAgent({
    connect: { ...tls, timeout: Math.min(silenceMs, 15_000) },
    requestTls: tls,
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
  })
}

function pageHeaders({ user, password }: TrinoConnection): Record<string, string> {
  const headers = { 'x-trino-user': user, 'user-agent': 'td-mta' }
  if (password === undefined) return headers
  return { ...headers, authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
}

/** A password goes nowhere but where it was meant for. */
function checkOrigin(uri: string, { origin }: TrinoConnection): void {
  const found = URL.canParse(uri) ? new URL(uri).origin : uri
  if (found === origin) return
  throw new RemoteError(
    `trino ${origin}: the result lies at ${found}, says the server, and that is another place: ` +
      'behind a proxy Trino needs http-server.process-forwarded=true, and the proxy to send X-Forwarded-Proto and -Host',
  )
}

async function getPage(
  agent: EnvHttpProxyAgent,
  headers: Record<string, string>,
  uri: string,
  signal: AbortSignal | undefined,
): Promise<Page> {
  try {
    const answer = await request(uri, { headers, dispatcher: agent, ...(signal ? { signal } : {}) })
    const text = await answer.body.text()
    if (answer.statusCode !== 200) throw answerFailure(answer.statusCode, text, answer.headers['retry-after'])
    const page = parsePage(text)
    if (page !== undefined) return page
    throw new CallFailure(`the answer is no page of Trino's: ${text.slice(0, 200)}`, {})
  } catch (error) {
    signal?.throwIfAborted()
    throw error instanceof CallFailure ? error : connectionFailure(error)
  }
}
