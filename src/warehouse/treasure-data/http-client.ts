import { Agent, type Dispatcher, request } from 'undici'
import { version } from '../../version.ts'
import { CallFailure, connectionFailure, detailOf } from './call-failure.ts'
import type { Endpoint } from './endpoint.ts'

/** Milliseconds after which an attempt is given up. */
export interface Timeouts {
  /** A control call, from the start to its last byte. */
  readonly controlMs: number
  /** The upload of one part, likewise. */
  readonly uploadMs: number
  /** The silence allowed in the download of a result. */
  readonly idleMs: number
}

/** A GET whose body is read as it comes. */
export interface OpenedDownload {
  readonly status: number
  readonly headers: Dispatcher.ResponseData['headers']
  readonly chunks: AsyncIterable<Uint8Array>
  /** Closes the connection. */
  discard(): void
}

/**
 * What td-client can't do: calls that it lacks, uploads with a length, results as a stream of bytes. One attempt each;
 * a length that doesn't fit is a failure.
 */
export class HttpClient {
  readonly #endpoint: Endpoint
  readonly #timeouts: Timeouts
  readonly #agent: Agent

  constructor(endpoint: Endpoint, timeouts: Timeouts) {
    this.#endpoint = endpoint
    this.#timeouts = timeouts
    this.#agent = new Agent({
      connect: { timeout: Math.min(15_000, timeouts.controlMs) },
      headersTimeout: timeouts.idleMs,
      bodyTimeout: timeouts.idleMs,
    })
  }

  /**
   * A control call without a body.
   * @returns the answer, parsed; `{}` where it is empty.
   * @throws {CallFailure}, or the signal's reason.
   */
  async sendJson(method: 'GET' | 'POST', path: string, signal?: AbortSignal): Promise<unknown> {
    return this.#send(method, path, { headers: {} }, this.#timeouts.controlMs, signal)
  }

  /** Uploads one part of a bulk import. @throws {CallFailure}, or the signal's reason. */
  async upload(path: string, bytes: Uint8Array, signal?: AbortSignal): Promise<unknown> {
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': String(bytes.byteLength),
    }
    return this.#send('PUT', path, { body: bytes, headers }, this.#timeouts.uploadMs, signal)
  }

  /**
   * @param headers such as Range.
   * @returns an answer with status 200 or 206.
   * @throws {CallFailure}, or the signal's reason.
   */
  async download(
    path: string,
    headers: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<OpenedDownload> {
    const answer = await this.#request('GET', path, { headers }, signal)
    if (answer.statusCode === 200 || answer.statusCode === 206) {
      const { statusCode: status, headers, body } = answer
      body.on('error', () => undefined)
      return { status, headers, chunks: body, discard: () => void body.destroy() }
    }
    throw refusal(answer, await readText(answer, signal))
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  async #send(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    content: { readonly body?: Uint8Array; readonly headers: Record<string, string> },
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const deadline = AbortSignal.timeout(timeoutMs)
    const stop = signal ? AbortSignal.any([signal, deadline]) : deadline
    try {
      const answer = await this.#request(method, path, content, stop)
      const text = await readText(answer, stop)
      if (answer.statusCode < 200 || answer.statusCode > 299) throw refusal(answer, text)
      return parseAnswer(answer.statusCode, text)
    } catch (error) {
      signal?.throwIfAborted()
      if (error !== deadline.reason) throw error
      throw connectionFailure(new Error(`no complete answer within ${timeoutMs / 1000} s`))
    }
  }

  async #request(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    content: { readonly body?: Uint8Array; readonly headers: Record<string, string> },
    signal: AbortSignal | undefined,
  ): Promise<Dispatcher.ResponseData> {
    try {
      return await request(this.#endpoint.origin + path, {
        method,
        body: content.body ?? null,
        headers: {
          ...content.headers,
          authorization: `TD1 ${this.#endpoint.apiKey}`,
          'user-agent': `td-mta/${version}`,
        },
        dispatcher: this.#agent,
        ...(signal ? { signal } : {}),
      })
    } catch (error) {
      signal?.throwIfAborted()
      throw connectionFailure(error)
    }
  }
}

async function readText(answer: Dispatcher.ResponseData, signal: AbortSignal | undefined): Promise<string> {
  try {
    return await answer.body.text()
  } catch (error) {
    signal?.throwIfAborted()
    throw connectionFailure(error, answer.statusCode)
  }
}

function parseAnswer(status: number, text: string): unknown {
  if (text === '') return {}
  const body = maybeJson(text)
  if (typeof body === 'object' && body !== null) return body
  throw new CallFailure({ status, body, detail: `the answer is no JSON: ${detailOf(body)}` })
}

function refusal(answer: Dispatcher.ResponseData, text: string): CallFailure {
  const body = maybeJson(text)
  const after = answer.headers['retry-after']
  const retryAfter = typeof after === 'string' ? after : undefined
  return new CallFailure({ status: answer.statusCode, body, detail: detailOf(body), retryAfter })
}

function maybeJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
