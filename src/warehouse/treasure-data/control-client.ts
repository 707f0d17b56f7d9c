/// <reference path="./td-client.d.ts" />
import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { type TDCallback, TDClient } from 'td-client'
import { version } from '../../version.ts'
import { CallFailure, connectionFailure, detailOf } from './call-failure.ts'
import type { Endpoint } from './endpoint.ts'

/** Starts one call on td-client. */
export type StartCall = (client: TDClient, callback: TDCallback) => void

/**
 * td-client as it should be: promises; a deadline and a signal that both break the connection off; status, body and
 * Retry-After in the failure; an answer that is no JSON is a failure too. One attempt, no retry. Control calls only:
 * td-client spoils binary bodies and holds everything in memory.
 * @param timeoutMs from the start to the last byte of the answer.
 * @throws {CallFailure}, or the signal's reason.
 */
export async function sendControlCall(
  endpoint: Endpoint,
  timeoutMs: number,
  start: StartCall,
  signal?: AbortSignal,
): Promise<unknown> {
  signal?.throwIfAborted()
  const client = new TracedClient(endpoint)
  const deadline = AbortSignal.timeout(timeoutMs)
  const stop = signal ? AbortSignal.any([signal, deadline]) : deadline
  const { error, body } = await new Promise<{ error: Error | null; body: unknown }>((resolve) => {
    stop.addEventListener('abort', () => {
      client.breakOff()
      resolve({ error: new Error(`no complete answer within ${timeoutMs / 1000} s`), body: undefined })
    })
    start(client, (error, body) => resolve({ error, body }))
  })
  signal?.throwIfAborted()
  return readBody(client.answer, error, body)
}

function readBody(answer: IncomingMessage | undefined, error: Error | null, body: unknown): unknown {
  const status = answer?.statusCode
  if (error && (body === undefined || status === undefined)) throw connectionFailure(error, undefined)
  if (error || typeof body !== 'object' || body === null) {
    const isOk = status !== undefined && status < 300
    const broken = `the answer is no JSON: ${detailOf(body)}`
    const detail = isOk ? broken : detailOf(body)
    const retryAfter = answer?.headers['retry-after']
    throw new CallFailure({ status, detail, body, retryAfter })
  }
  return body
}

/** Hands in its own `http.request`, by which alone the status, the headers and the connection can be reached. */
class TracedClient extends TDClient {
  #request: ClientRequest | undefined
  #isBrokenOff = false
  answer: IncomingMessage | undefined

  constructor(endpoint: Endpoint) {
    const { host, protocol } = new URL(endpoint.origin)
    const headers = { 'User-Agent': `td-mta/${version}` }
    super(endpoint.apiKey, { host, protocol: protocol.replace(':', ''), headers })
  }

  override _request(path: string, options: object, callback: TDCallback): void {
    const httpModules = { 'http:': this.#traced(http), 'https:': this.#traced(https) }
    // No proxy of the environment: the calls beside td-client know none either.
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
