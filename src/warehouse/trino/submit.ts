import { BasicAuth, QueryIterator, Trino } from 'trino-client'
import { answerFailure, CallFailure, connectionFailure } from './call-failure.ts'
import type { TrinoConnection } from './connection.ts'
import { asPage, type Page } from './page.ts'

/** The client that statements are handed in by. */
export function createClient(connection: TrinoConnection): Trino {
  const { origin, user, password, catalog, authorities, checksCertificate } = connection
  return Trino.create({
    server: origin,
    source: 'td-mta',
    catalog,
    ...(password === undefined ? {} : { auth: new BasicAuth(user, password) }),
    ssl: { rejectUnauthorized: checksCertificate, ...(authorities === undefined ? {} : { ca: authorities }) },
    extraHeaders: {
      'X-Trino-User': user,
      'X-Trino-Time-Zone': 'UTC',
      // Without it Trino cuts timestamps to milliseconds.
      'X-Trino-Client-Capabilities': 'PARAMETRIC_DATETIME',
    },
  })
}

/**
 * Hands a statement in, one attempt. Trino begins it when its first page is asked for, not before: an answer that got
 * lost leaves nothing running, and another attempt runs nothing twice.
 * @throws {CallFailure}, or the signal's reason.
 */
export async function submit(
  client: Trino,
  sql: string,
  silenceMs: number,
  signal?: AbortSignal,
): Promise<Page> {
  const answer = client.query(sql)
  try {
    return firstPage(await withinTime(answer, silenceMs, signal))
  } catch (error) {
    signal?.throwIfAborted()
    throw error instanceof CallFailure ? error : failureOf(error)
  }
}

const HIDDEN = { pages: 'iter', page: 'queryResult' } as const

/** trino-client has no public way to its first page; its next() would poll, not to be stopped, up to the first row. */
function firstPage(answer: Awaited<ReturnType<Trino['query']>>): Page {
  const pages = answer[HIDDEN.pages]
  const result: unknown = pages instanceof QueryIterator ? pages[HIDDEN.page] : pages
  const page = asPage(result)
  if (page !== undefined) return page
  throw answerFailure(
    200,
    `which is no answer of Trino's: ${typeof result === 'string' ? result : JSON.stringify(result)}`,
  )
}

/** trino-client knows neither timeout nor signal: the answer of a call given up is dropped. */
async function withinTime<T>(
  answer: Promise<T>,
  silenceMs: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  const stop = signal
    ? AbortSignal.any([signal, AbortSignal.timeout(silenceMs)])
    : AbortSignal.timeout(silenceMs)
  answer.catch(() => {})
  let onStop = () => {}
  const stopped = new Promise<never>((_, reject) => {
    onStop = () => reject(new Error(`no answer within ${silenceMs / 1000} s`))
    if (stop.aborted) onStop()
    stop.addEventListener('abort', onStop)
  })
  try {
    return await Promise.race([answer, stopped])
  } finally {
    stop.removeEventListener('abort', onStop)
  }
}

/** An error of axios holds the request with all its headers: nothing but texts is taken from it. */
function failureOf(error: unknown): CallFailure {
  const response = error instanceof Error && 'response' in error ? error.response : undefined
  if (typeof response !== 'object' || response === null || !('status' in response))
    return connectionFailure(error)
  const body = 'data' in response ? response.data : ''
  const headers: unknown = 'headers' in response ? response.headers : {}
  const retryAfter =
    typeof headers === 'object' && headers !== null && 'retry-after' in headers
      ? headers['retry-after']
      : undefined
  return answerFailure(
    Number(response.status),
    typeof body === 'string' ? body : JSON.stringify(body),
    retryAfter,
  )
}
