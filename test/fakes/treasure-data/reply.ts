import { createReadStream } from 'node:fs'

/** Bytes of a known number, in memory or in a file. */
export interface Body {
  readonly bytes: number
  /** Streams bytes from..to, `to` not included. */
  read(from: number, to: number): AsyncIterable<Uint8Array>
}

/** What a call is answered with. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Body
}

/** Ends a call with Treasure Data's body of an error: `{error, text, severity, details?}`. */
export class ApiError extends Error {
  readonly status: number
  readonly details: Readonly<Record<string, string>> | undefined

  constructor(status: number, message: string, details?: Readonly<Record<string, string>>) {
    super(message)
    this.status = status
    this.details = details
  }
}

/** @returns the answer to a call that failed. */
export function errorReply({ status, message, details }: ApiError): Reply {
  const fields = { error: message, text: message, severity: 'error', status_code: status }
  return jsonReply(details === undefined ? fields : { ...fields, details }, status)
}

export function jsonReply(value: unknown, status = 200): Reply {
  return bytesReply(Buffer.from(JSON.stringify(value)), 'application/json; charset=utf-8', status)
}

export function bytesReply(bytes: Uint8Array, type: string, status = 200): Reply {
  return { status, headers: { 'content-type': type }, body: bytesBody(bytes) }
}

/** @returns bytes that lie in memory. */
export function bytesBody(bytes: Uint8Array): Body {
  return {
    bytes: bytes.length,
    async *read(from, to) {
      if (to > from) yield bytes.subarray(from, to)
    },
  }
}

/** @returns the bytes first..last+1 of a file. */
export function fileBody(path: string, first: number, bytes: number): Body {
  return {
    bytes,
    async *read(from, to) {
      if (to > from) yield* createReadStream(path, { start: first + from, end: first + to - 1 })
    },
  }
}
