/// <reference path="./td-client.d.ts" />
import { type TDCallback, TDClient, type TDRequest } from 'td-client'
import type { HttpRequest } from '../../http/request.ts'

/** Starts one call on td-client. */
export type StartCall = (client: TDClient, callback: TDCallback) => void

/**
 * td-client knows path, method and body of a control call. It is sent by `openRequest` like any other: td-client
 * itself has no time limit, no signal, no proxies, and its failures have no status.
 * @returns the request, its path in place of an address.
 */
export function controlRequest(start: StartCall): HttpRequest {
  const client = new Recorder()
  start(client, () => undefined)
  const { path, options } = client.recorded()
  const accept = { accept: 'application/json' }
  if (options.body === undefined) return { method: options.method, url: path, headers: accept }
  return {
    method: options.method,
    url: path,
    headers: { ...accept, 'content-type': 'application/json' },
    body: JSON.stringify(options.body),
  }
}

/** Takes down the call in place of sending it. */
class Recorder extends TDClient {
  #call: { readonly path: string; readonly options: TDRequest } | undefined

  constructor() {
    super('', { host: '', protocol: 'https', headers: {} })
  }

  override _request(path: string, options: TDRequest): void {
    this.#call = { path, options }
  }

  recorded() {
    if (this.#call !== undefined) return this.#call
    throw new Error('td-client has sent nothing')
  }
}
