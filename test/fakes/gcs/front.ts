import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http'
import { type Answer, answerFor, type Exchange } from './conditional-deletes.ts'

/** What a network can do to one call. */
export type Fault =
  | 'none'
  /** Answers so, without effect. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** Answers with this status at once, while the request's body is still being sent. */
  | { readonly early: number }
  /** Takes nothing of the request's body and gives no answer. */
  | 'unread'
  /** Cuts the connection before the effect. */
  | 'reset before'
  /** Cuts it after the effect: the answer is lost. */
  | 'reset after'
  /** Gives half of the answer's bytes, then cuts the connection. */
  | 'truncate'
  /** Changes the last byte of the answer. */
  | 'corrupt answer'
  /** Changes the last byte of content in the request. */
  | 'corrupt request'
  /** Gives half of the answer's bytes, then nothing. */
  | 'stall'
  /** Has no effect and gives no answer. */
  | 'silence'
  /** Has its effect and gives no answer. */
  | 'silence after'

/** A proxy before fake-gcs-server that does what networks do, and what the service does and the fake does not. */
export interface Front {
  readonly url: string
  /** `METHOD path`, names decoded, in the order they came, since the last look. */
  takeRequests(): readonly string[]
  /** The Authorization headers of all requests since the last look. */
  takeAuthorizations(): readonly (string | undefined)[]
  /** The next calls whose `METHOD path?query` matches get the faults, one each; after the last one all is well. */
  fail(call: RegExp, ...faults: readonly Fault[]): void
  /** Done once, when the next matching call was answered upstream and before its answer goes on. */
  between(call: RegExp, work: () => Promise<void>): void
  /** Faults that met no call. */
  pending(): number
  stop(): Promise<void>
}

/** @param upstream address of fake-gcs-server. */
export async function startFront(upstream: string): Promise<Front> {
  const faults: { readonly call: RegExp; readonly fault: Fault }[] = []
  const works: { readonly call: RegExp; readonly work: () => Promise<void> }[] = []
  const seen: string[] = []
  const authorizations: (string | undefined)[] = []
  const take = <T extends { readonly call: RegExp }>(waiting: T[], line: string): T | undefined => {
    const at = waiting.findIndex(({ call }) => call.test(line))
    return at < 0 ? undefined : waiting.splice(at, 1)[0]
  }
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const line = `${incoming.method} ${decodeURIComponent(incoming.url ?? '')}`
    authorizations.push(incoming.headers.authorization)
    seen.push(line.replace(/\?.*/, ''))
    const fault = take(faults, line)?.fault
    if (typeof fault === 'object' && 'early' in fault) {
      return give(outgoing, { status: fault.early, headers: {}, body: Buffer.alloc(0) })
    }
    if (fault === 'unread') return
    const exchange = await readExchange(incoming)
    const respond = async (changed: Exchange) => {
      const answer = await answerFor(changed, (sent) => forward(upstream, sent))
      await take(works, line)?.work()
      return answer
    }
    await meet(fault, exchange, outgoing, respond)
  }
  const server = createServer((incoming, outgoing) => {
    // A caller that went away is its own affair; anything else is told as a failure that no retry hides.
    serve(incoming, outgoing).catch((error: unknown) => {
      if (!outgoing.destroyed) give(outgoing, { status: 418, headers: {}, body: Buffer.from(String(error)) })
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    takeRequests: () => seen.splice(0),
    takeAuthorizations: () => authorizations.splice(0),
    fail: (call, ...all) => void faults.push(...all.map((fault) => ({ call, fault }))),
    between: (call, work) => void works.push({ call, work }),
    pending: () => faults.splice(0).length + works.splice(0).length,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function meet(
  fault: Exclude<Fault, 'unread' | { readonly early: number }> | undefined,
  exchange: Exchange,
  outgoing: ServerResponse,
  respond: (exchange: Exchange) => Promise<Answer>,
): Promise<void> {
  if (fault === 'silence') return
  if (fault === 'reset before') return void outgoing.socket?.resetAndDestroy()
  if (typeof fault === 'object') {
    return give(outgoing, { headers: {}, ...fault, body: Buffer.from(fault.body ?? '') })
  }
  const changed = fault === 'corrupt request' ? withChangedContent(exchange) : exchange
  const answer = await respond(changed)
  if (fault === 'silence after') return
  if (fault === 'reset after') return void outgoing.socket?.resetAndDestroy()
  if (fault === 'truncate' || fault === 'stall') {
    outgoing.writeHead(answer.status, headersOf(answer))
    return void outgoing.write(answer.body.subarray(0, answer.body.length / 2), () => {
      if (fault === 'truncate') outgoing.socket?.destroy()
    })
  }
  give(outgoing, fault === 'corrupt answer' ? { ...answer, body: withChangedByte(answer.body, 1) } : answer)
}

function give(outgoing: ServerResponse, answer: Answer): void {
  // Of what a HEAD asks for, the length is that of the object.
  outgoing.writeHead(answer.status, outgoing.req.method === 'HEAD' ? answer.headers : headersOf(answer))
  outgoing.end(answer.body)
}

function headersOf({ headers, body }: Answer) {
  const { 'transfer-encoding': _, ...others } = headers
  return { ...others, 'content-length': String(body.length) }
}

/** The content of a multipart request is followed by the last boundary. */
function withChangedContent(exchange: Exchange): Exchange {
  const boundary = /boundary=(\S+)/.exec(String(exchange.headers['content-type']))?.[1]
  const fromEnd = boundary === undefined ? 1 : `\r\n--${boundary}--`.length + 1
  return { ...exchange, body: withChangedByte(exchange.body, fromEnd) }
}

function withChangedByte(body: Buffer, fromEnd: number): Buffer {
  const changed = Buffer.from(body)
  const at = changed.length - fromEnd
  changed[at] = (changed[at] ?? 0) ^ 1
  return changed
}

async function readExchange(incoming: IncomingMessage): Promise<Exchange> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const { method = '', url = '', headers } = incoming
  return { method, url, headers, body: Buffer.concat(chunks) }
}

async function forward(upstream: string, { method, url, headers, body }: Exchange): Promise<Answer> {
  const { 'transfer-encoding': _, ...others } = headers
  const length = method === 'GET' ? {} : { 'content-length': String(body.length) }
  const sent = sendRequest(`${upstream}${url}`, { method, headers: { ...others, ...length } })
  sent.end(body)
  const [incoming] = (await once(sent, 'response')) as [IncomingMessage]
  const { body: answered } = await readExchange(incoming)
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: answered }
}
