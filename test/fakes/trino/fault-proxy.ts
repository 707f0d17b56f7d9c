import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { TLSSocket } from 'node:tls'

/** One call as it came, before it is answered. */
export interface ProxiedCall {
  readonly method: string
  readonly path: string
  readonly body: string
  readonly headers: IncomingMessage['headers']
}

/** What goes wrong with a call: an answer of the proxy's own, or one of Trino's that doesn't arrive as it should. */
export type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: string }
  | 'reset before the effect'
  | 'reset after the effect'
  | 'truncated answer'
  | 'stalled answer'

export interface FaultProxy {
  readonly origin: string
  readonly calls: readonly ProxiedCall[]
  /** Says for each call what goes wrong with it; nothing at first. */
  faultOf: (call: ProxiedCall) => Fault | undefined
  close(): Promise<void>
}

/**
 * Stands before a Trino server and fails what it is told to.
 * @param tls a key store in PKCS12: the proxy then speaks https, and Trino is told so.
 */
export async function startFaultProxy(
  target: string,
  tls?: { readonly pfx: Uint8Array; readonly passphrase: string },
): Promise<FaultProxy> {
  const calls: ProxiedCall[] = []
  const listener = async (incoming: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(incoming)
    const { method = 'GET', url: path = '/', headers } = incoming
    const call = { method, path, body: body.toString(), headers }
    calls.push(call)
    await answer(new URL(path, target), call, proxy.faultOf(call), response, tls !== undefined)
  }
  const server =
    tls === undefined
      ? createServer(listener)
      : createTlsServer({ ...tls, pfx: Buffer.from(tls.pfx) }, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxy: FaultProxy = {
    origin: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    faultOf: () => undefined,
    close: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
  return proxy
}

async function answer(
  url: URL,
  call: ProxiedCall,
  fault: Fault | undefined,
  response: ServerResponse,
  isTls: boolean,
): Promise<void> {
  if (fault === 'reset before the effect') {
    reset(response)
    return
  }
  if (typeof fault === 'object') {
    response.writeHead(fault.status, fault.headers).end(fault.body)
    return
  }
  const { status, headers, body } = await forward(url, call, isTls)
  if (fault === 'reset after the effect') {
    reset(response)
    return
  }
  response.writeHead(status, { ...headers, 'content-length': String(body.length) })
  if (fault === undefined) {
    response.end(body)
    return
  }
  response.write(body.subarray(0, body.length / 2))
  if (fault === 'truncated answer') setImmediate(() => response.socket?.destroy())
}

function reset({ socket }: ServerResponse): void {
  if (socket instanceof TLSSocket) socket.destroy()
  else socket?.resetAndDestroy()
}

interface Forwarded {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: Buffer
}

function forward(url: URL, { method, headers, body }: ProxiedCall, isTls: boolean): Promise<Forwarded> {
  const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': headers.host ?? '' }
  return new Promise((resolve, reject) => {
    const { authorization: _, ...kept } = headers
    const call = request(
      url,
      { method, headers: { ...kept, ...(isTls ? forwarded : {}) } },
      async (answer) => {
        const type = answer.headers['content-type']
        const encoding = answer.headers['content-encoding']
        resolve({
          status: answer.statusCode ?? 0,
          headers: {
            ...(type ? { 'content-type': type } : {}),
            ...(encoding ? { 'content-encoding': encoding } : {}),
          },
          body: await buffer(answer),
        })
      },
    )
    call.on('error', reject)
    call.end(body)
  })
}
