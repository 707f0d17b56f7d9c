import type { Readable } from 'node:stream'
import { type Dispatcher, request } from 'undici'
import { answerFailure, connectionFailure } from './failure.ts'
import type { Redact } from './redact.ts'
import type { RetryPolicy } from './retries.ts'
import { within } from './within.ts'

/** @returns options of a dispatcher by which an answer that sends nothing for too long is given up. */
export function silenceLimits({ silenceMs }: Pick<RetryPolicy, 'silenceMs'>) {
  return {
    connect: { timeout: Math.min(silenceMs, 15_000) },
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
  }
}

/** How a server is called. */
export interface HttpConnection {
  readonly dispatcher: Dispatcher
  /** Of every request: who we are. */
  readonly headers: Readonly<Record<string, string>>
  readonly redact: Redact
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** A stream is for one attempt. */
  readonly body?: string | Uint8Array | Readable
  /** Given up if the line takes no byte of a stream, or no answer begins, for this long; by default the whole limit. */
  readonly stallMs?: number
}

/** An answer whose body is read as it comes. */
export type OpenAnswer = Dispatcher.ResponseData

/** One attempt. @returns an answer with a status of 2xx. @throws {HttpFailure}, or the signal's reason. */
export async function openRequest(
  connection: HttpConnection,
  { method, url, headers, body, stallMs }: HttpRequest,
  signal?: AbortSignal,
  limitMs?: number,
): Promise<OpenAnswer> {
  // undici starts this limit anew with every piece of a stream that the line takes.
  const headersTimeout = stallMs ?? limitMs
  let answer: OpenAnswer
  try {
    answer = await request(url, {
      method,
      body: body ?? null,
      headers: { ...headers, ...connection.headers },
      dispatcher: connection.dispatcher,
      ...(headersTimeout === undefined ? {} : { headersTimeout }),
      ...(signal ? { signal } : {}),
    })
  } catch (error) {
    signal?.throwIfAborted()
    throw connectionFailure(error, connection.redact)
  }
  const { statusCode: status } = answer
  if (status >= 200 && status < 300) return answer
  const text = await readText(connection, answer, signal)
  throw answerFailure({ status, text, retryAfter: answer.headers['retry-after'] }, connection.redact)
}

/** A whole answer. */
export interface TextAnswer {
  readonly status: number
  readonly text: string
}

/**
 * One attempt. @param limitMs from the start to the last byte of the answer; undefined: as long as bytes come.
 * @throws {HttpFailure}, or the signal's reason.
 */
export async function requestText(
  connection: HttpConnection,
  request: HttpRequest,
  limitMs: number | undefined,
  signal?: AbortSignal,
): Promise<TextAnswer> {
  const work = async (stop: AbortSignal | undefined) => {
    const answer = await openRequest(connection, request, stop, limitMs)
    return { status: answer.statusCode, text: await readText(connection, answer, stop) }
  }
  return limitMs === undefined ? work(signal) : within(limitMs, signal, work)
}

async function readText(
  { redact }: HttpConnection,
  answer: OpenAnswer,
  signal: AbortSignal | undefined,
): Promise<string> {
  try {
    return await answer.body.text()
  } catch (error) {
    signal?.throwIfAborted()
    throw connectionFailure(error, redact, answer.statusCode)
  }
}
