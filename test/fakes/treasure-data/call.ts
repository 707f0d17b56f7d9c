import { createWriteStream } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { ApiError, type Reply } from './reply.ts'

/** One HTTP call as its route sees it. */
export interface Call {
  /** Parts of the path, decoded, that the route's pattern names. */
  readonly path: readonly string[]
  /** Query and body together; what is no text in a JSON body is JSON again. */
  readonly fields: ReadonlyMap<string, string>
  /** Of the body alone. */
  readonly form: ReadonlyMap<string, string>
  /** The file that a PUT was written to. */
  readonly upload: string
  readonly headers: IncomingMessage['headers']
  /** Notes what the call did, for tests that count. */
  effect(text: string): void
}

/** A call's pattern, such as `POST /v3/table/create/:database/:table`, and what answers it. */
export interface Route {
  readonly pattern: string
  answer(call: Call): Promise<Reply>
}

/** A route and the decoded parts of the path. */
export interface Match {
  readonly route: Route
  readonly path: readonly string[]
}

/**
 * @param pathname without query.
 * @throws {ApiError} 404 where no route has the path, 405 where another method has.
 */
export function findRoute(routes: readonly Route[], method: string, pathname: string): Match {
  const parts = pathname.replace(/\/$/, '').split('/').map(decodePart)
  const fitting = routes.flatMap((route) => {
    const [its, pattern = ''] = route.pattern.split(' ')
    const path = matchParts(pattern.split('/'), parts)
    return path === undefined ? [] : [{ route, path, method: its }]
  })
  const match = fitting.find((each) => each.method === method)
  if (match) return match
  if (fitting.length > 0) throw new ApiError(405, `Method not allowed: ${method} ${pathname}`)
  throw new ApiError(404, `Resource not found: ${pathname}`)
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new ApiError(400, `Bad request: invalid escape in ${part}`)
  }
}

function matchParts(pattern: readonly string[], parts: readonly string[]): readonly string[] | undefined {
  if (pattern.length !== parts.length) return undefined
  const isWanted = (word: string, at: number) =>
    word.startsWith(':') ? parts[at] !== '' : parts[at] === word
  return pattern.every(isWanted) ? parts.filter((_, at) => pattern[at]?.startsWith(':')) : undefined
}

/** Writes the body of a PUT to a file. @throws where the client breaks off. */
export async function readUpload(request: IncomingMessage, path: string): Promise<void> {
  await pipeline(request, createWriteStream(path))
}

/**
 * Reads the body of a POST, urlencoded, multipart or JSON.
 * @throws {ApiError} 400 where the body is none of them, 415 for another type.
 */
export async function readForm(request: IncomingMessage): Promise<ReadonlyMap<string, string>> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  return new Map(body.length > 0 ? await parseBody(request, body) : [])
}

async function parseBody(
  request: IncomingMessage,
  body: Buffer,
): Promise<Iterable<readonly [string, string]>> {
  const type = request.headers['content-type'] ?? 'application/x-www-form-urlencoded'
  try {
    if (/json/.test(type)) return jsonFields(JSON.parse(body.toString('utf8')))
    if (/urlencoded|multipart\/form-data/.test(type)) {
      const form = await new Response(Uint8Array.from(body), { headers: { 'content-type': type } }).formData()
      return [...form].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : []))
    }
  } catch (error) {
    throw new ApiError(400, `Bad request: can't read the ${type} body: ${String(error)}`)
  }
  throw new ApiError(415, `Unsupported media type: ${type}`)
}

function jsonFields(value: unknown): Iterable<readonly [string, string]> {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value)
    .filter(([, field]) => field !== null && field !== undefined)
    .map(([name, field]) => [name, typeof field === 'string' ? field : JSON.stringify(field)])
}
