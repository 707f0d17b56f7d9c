import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { findRoute, type Match, type Route, readFields, readUpload } from './call.ts'
import { ApiError, errorReply, type Reply } from './reply.ts'

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
}

/** What answers calls. */
export interface Service {
  readonly routes: readonly Route[]
  readonly apiKey: string
  readonly spoolDir: string
  readonly calls: LoggedCall[]
}

/** @returns the listener of the HTTP server. */
export function serve(service: Service): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const { method = '', url = '' } = request
    const call: LoggedCall = {
      number: service.calls.length + 1,
      method,
      path: url,
      status: undefined,
      effect: undefined,
    }
    service.calls.push(call)
    answer(service, request, call)
      .then((reply) => send(response, reply, call))
      .catch(() => response.destroy())
  }
}

async function answer(service: Service, request: IncomingMessage, call: LoggedCall): Promise<Reply> {
  try {
    const url = new URL(call.path, 'http://fake')
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
  const fields = isUpload ? new Map(url.searchParams) : await readFields(request, url.searchParams)
  return route.answer({
    path,
    fields,
    upload,
    headers: request.headers,
    effect: (text) => {
      call.effect = call.effect === undefined ? text : `${call.effect}, ${text}`
    },
  })
}

async function send(
  response: ServerResponse,
  { status, headers, body }: Reply,
  call: LoggedCall,
): Promise<void> {
  call.status = status
  response.writeHead(status, { ...headers, 'content-length': body.bytes })
  for await (const chunk of body.read(0, body.bytes)) {
    if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve))
  }
  response.end()
}
