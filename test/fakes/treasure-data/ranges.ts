import type { IncomingMessage } from 'node:http'
import { bytesBody, fileBody, type Reply } from './reply.ts'

/**
 * Answers with a file: whole (200), or the part that `Range` asks for (206) where `If-Range` is absent or our ETag;
 * 416 where there is no such part.
 */
export function fileReply(
  file: { readonly path: string; readonly bytes: number; readonly type: string },
  etag: string,
  request: IncomingMessage['headers'],
): Reply {
  const headers = { 'content-type': file.type, etag, 'accept-ranges': 'bytes' }
  const ifRange = request['if-range']
  const asked = ifRange === undefined || ifRange === etag ? parseRange(request.range, file.bytes) : undefined
  if (asked === undefined) return { status: 200, headers, body: fileBody(file.path, 0, file.bytes) }
  if (asked === 'unsatisfiable') {
    const range = { 'content-range': `bytes */${file.bytes}` }
    return { status: 416, headers: { ...headers, ...range }, body: bytesBody(new Uint8Array(0)) }
  }
  const [first, last] = asked
  const range = { 'content-range': `bytes ${first}-${last}/${file.bytes}` }
  return {
    status: 206,
    headers: { ...headers, ...range },
    body: fileBody(file.path, first, last - first + 1),
  }
}

/** @returns first and last byte; undefined where the header is absent or none that a server must heed. */
function parseRange(
  header: string | undefined,
  bytes: number,
): readonly [number, number] | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return undefined
  const isSuffix = match[1] === ''
  const first = isSuffix ? Math.max(0, bytes - Number(match[2])) : Number(match[1])
  const last = isSuffix || match[2] === '' ? bytes - 1 : Math.min(Number(match[2]), bytes - 1)
  return first > last ? 'unsatisfiable' : [first, last]
}
