/// <reference path="./td-client.d.ts" />
import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { type TDCallback, TDClient } from 'td-client'
import { answerFailure, connectionFailure } from '../../http/failure.ts'
import { within } from '../../http/within.ts'
import { version } from '../../version.ts'
import type { TreasureDataConnection } from './connection.ts'

/** Starts one call on td-client. */
export type StartCall = (client: TDClient, callback: TDCallback) => void

/**
 * td-client as it should be: promises; a time limit and a signal that both close the connection; status, body and
 * Retry-After in the failure; an answer that is not JSON is a failure too. One attempt, no retries. Control calls only:
 * td-client corrupts binary bodies and holds everything in memory.
 * @param limitMs from start to the last byte of the answer.
 * @throws {HttpFailure}, or the signal's reason.
 */
export async function sendControlCall(
  connection: TreasureDataConnection,
  limitMs: number,
  start: StartCall,
  signal?: AbortSignal,
): Promise<unknown> {
  signal?.throwIfAborted()
  const client = new TracedClient(connection)
  const call = (stop: AbortSignal) =>
    new Promise<{ error: Error | null; body: unknown }>((resolve) => {
      stop.addEventListener('abort', () => client.breakOff())
      start(client, (error, body) => resolve({ error, body }))
    })
  const { error, body } = await within(limitMs, signal, call)
  const status = client.answer?.statusCode
  if (status === undefined || (error && body === undefined)) {
    throw connectionFailure(error, connection.redact)
  }
  if (!error && typeof body === 'object' && body !== null) return body
  const text = typeof body === 'string' ? body : (JSON.stringify(body) ?? '')
  const retryAfter = client.answer?.headers['retry-after']
  const complaint = status < 300 ? { complaint: 'the answer is not JSON' } : {}
  throw answerFailure({ status, text, retryAfter, ...complaint }, connection.redact)
}

/** Passes in its own `http.request`, the only way to the status, the headers and the connection. */
class TracedClient extends TDClient {
  #request: ClientRequest | undefined
  #isBrokenOff = false
  answer: IncomingMessage | undefined

  constructor(connection: TreasureDataConnection) {
    const { host, protocol } = new URL(connection.origin)
    const headers = { 'User-Agent': `td-mta/${version}` }
    super(connection.apiKey, { host, protocol: protocol.replace(':', ''), headers })
  }

  override _request(path: string, options: object, callback: TDCallback): void {
    const httpModules = { 'http:': this.#traced(http), 'https:': this.#traced(https) }
    // No proxy from the environment: the calls without td-client use none either.
    const own = { httpModules, proxy: null, followRedirect: false }
    super._request(path, { ...options, ...own }, callback)
  }

  breakOff(): void {
    this.#isBrokenOff = true
    this.#request?.destroy(new Error('broken off'))
  }

  #traced(transport: typeof http | typeof https) {
    return {
      ...transport,
      request: (options: https.RequestOptions) => {
        const request = transport.request(options)
        this.#request = request
        request.once('response', (answer) => {
          this.answer = answer
        })
        if (this.#isBrokenOff) request.destroy(new Error('broken off'))
        return request
      },
    }
  }
}
