import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

/** A call on its way to the server, and the answer on its way back. */
export interface PassingCall {
  readonly method: string
  readonly path: string
  readonly body: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly answer: Buffer
}

/** What becomes of an answer. */
export interface Altered extends Partial<Pick<PassingCall, 'status' | 'headers' | 'answer'>> {
  /** Bytes of the body after which the connection breaks. */
  readonly breakAfter?: number
}

/** Changes an answer; undefined lets it pass as it is. */
export type Alter = (call: PassingCall) => Altered | undefined

/**
 * Starts a server before another one that answers what the other one wouldn't, closed when the test ends.
 * @param dropped names of request headers, in lower case, that it loses.
 * @returns its URL.
 */
export async function startAlteringProxy(
  url: string,
  alter: Alter,
  dropped: readonly string[] = [],
): Promise<string> {
  const server = createServer((request, response) => {
    forward(url, request, response, alter, dropped).catch(() => response.destroy())
  })
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return `http://127.0.0.1:${address.port}`
}

async function forward(
  url: string,
  request: IncomingMessage,
  response: ServerResponse,
  alter: Alter,
  dropped: readonly string[],
): Promise<void> {
  const { method = '', url: path = '' } = request
  const body = await buffer(request)
  const kept = Object.entries(request.headers).filter(
    ([name]) => !['host', 'connection', 'content-length', ...dropped].includes(name),
  )
  const headers = {
    ...Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
    connection: 'close',
  }
  const content = body.length > 0 ? { body: Uint8Array.from(body) } : {}
  const answer = await fetch(url + path, { method, headers, ...content })
  const call: PassingCall = {
    method,
    path,
    body: body.toString('latin1'),
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    answer: Buffer.from(await answer.arrayBuffer()),
  }
  const { breakAfter, ...altered } = { ...call, breakAfter: undefined, ...alter(call) }
  const length = { 'content-length': String(altered.answer.byteLength) }
  response.writeHead(altered.status, { ...altered.headers, ...length })
  if (breakAfter === undefined) response.end(altered.answer)
  else response.write(altered.answer.subarray(0, breakAfter), () => response.socket?.end())
}

/** @returns the answer with other values in its JSON. */
export function withFields(call: PassingCall, fields: object): { readonly answer: Buffer } {
  return { answer: Buffer.from(JSON.stringify({ ...JSON.parse(call.answer.toString()), ...fields })) }
}
