import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { findRoute, type Match, type Route, readForm, readUpload } from './call.ts'
import { type Fault, type Faults, isDone, replyInstead } from './faults.ts'
import { ApiError, errorReply, type Reply } from './reply.ts'
import { closed, send } from './send.ts'

/** A call as tests see it. */
export interface LoggedCall {
  /** From 1, in the order of arrival. */
  readonly number: number
  readonly method: string
  /** With the query. */
  readonly path: string
  /** Undefined while it runs, and where nothing was answered. */
  status: number | undefined
  /** What changed, such as `table mta.shapley created`; undefined where nothing did. */
  effect: string | undefined
  /** The kind of the fault that was switched on for this call. */
  readonly fault: Fault['kind'] | undefined
}

/** What answers calls. */
export interface Service {
  readonly routes: readonly Route[]
  readonly apiKey: string
  readonly spoolDir: string
  readonly calls: LoggedCall[]
  readonly faults: Faults
}

/** @returns the listener of the HTTP server. */
export function serve(service: Service): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const { method = '', url: path = '' } = request
    const fault = service.faults.next(method, path)
    const number = service.calls.length + 1
    const call: LoggedCall = {
      number,
      method,
      path,
      status: undefined,
      effect: undefined,
      fault: fault?.kind,
    }
    service.calls.push(call)
    handle(service, request, response, call, fault).catch(() => response.destroy())
  }
}

async function handle(
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
  call: LoggedCall,
  fault: Fault | undefined,
): Promise<void> {
  const reply = fault && !isDone(fault) ? await drained(request) : await answer(service, request, call)
  if (fault?.kind === 'reset') {
    request.socket.resetAndDestroy()
    return
  }
  if (fault?.kind === 'silent') return closed(response)
  const sent = (fault && replyInstead(fault)) ?? reply
  if (sent === undefined) throw new Error(`a fault of kind ${fault?.kind} must be done or answered`)
  call.status = sent.status
  await send(response, sent, fault)
}

/** A client gets no answer before it has sent its request, so that faults don't depend on time. */
async function drained(request: IncomingMessage): Promise<undefined> {
  for await (const chunk of request) void chunk
}

async function answer(service: Service, request: IncomingMessage, call: LoggedCall): Promise<Reply> {
  try {
    // Addresses of the API that end with a slash make paths that begin with two.
    const url = new URL(call.path.replace(/^\/+/, '/'), 'http://fake')
    if (request.headers.authorization !== `TD1 ${service.apiKey}`) {
      throw new ApiError(401, 'Authentication failed: the API key is not valid')
    }
    return await run(service, findRoute(service.routes, call.method, url.pathname), request, url, call)
  } catch (error) {
    if (!request.complete) request.resume()
    if (error instanceof ApiError) return errorReply(error)
    return errorReply(new ApiError(500, `Internal server error: ${String(error)}`))
  }
}

async function run(
  { spoolDir }: Service,
  { route, path }: Match,
  request: IncomingMessage,
  url: URL,
  call: LoggedCall,
): Promise<Reply> {
  const upload = join(spoolDir, `upload-${call.number}`)
  const isUpload = call.method === 'PUT'
  if (isUpload) await readUpload(request, upload)
  const form = isUpload ? new Map<string, string>() : await readForm(request)
  return route.answer({
    path,
    fields: new Map([...url.searchParams, ...form]),
    form,
    upload,
    headers: request.headers,
    effect: (text) => {
      call.effect = call.effect === undefined ? text : `${call.effect}, ${text}`
    },
  })
}
