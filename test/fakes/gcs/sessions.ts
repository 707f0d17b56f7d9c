import { crc32c } from '@node-rs/crc32'

/** A request, or an answer, held whole. */
export interface Exchange {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** A resumable upload: what is stored of it, and the answer that ended it. */
interface Session {
  persistedBytes: number
  crc: number
  end: Answer | undefined
  /** Settles when the call before is done: calls of one upload go one after the other. */
  idle: Promise<unknown>
}

/** Resumable uploads by their ids. */
export type Sessions = Map<string, Session>

export function createSessions(): Sessions {
  return new Map()
}

/**
 * Does what the service does and fake-gcs-server 1.56 does not:
 * - a question how much an upload has (the fake completes the object with what there is),
 * - a part of which some is stored already (the fake stores that twice),
 * - asking a completed or cancelled upload (the fake answers 404),
 * - a CRC32C declared with the last part (the fake doesn't look),
 * - ifGenerationMatch on delete (the fake ignores it).
 * https://cloud.google.com/storage/docs/performing-resumable-uploads
 */
export async function answerFor(
  exchange: Exchange,
  sessions: Sessions,
  forward: (exchange: Exchange) => Promise<Answer>,
): Promise<Answer> {
  const url = new URL(exchange.url, 'http://fake')
  const id = url.searchParams.get('upload_id')
  const generation = url.searchParams.get('ifGenerationMatch')
  if (id !== null && exchange.method === 'PUT') {
    const session = sessions.get(id)
    if (session === undefined) return errorAnswer(410, 'gone')
    const answer = session.idle.then(() => answerPart(exchange, session, forward))
    session.idle = answer.catch(() => {})
    return await answer
  }
  if (id !== null && exchange.method === 'DELETE') {
    sessions.delete(id)
    return { status: 499, headers: {}, body: Buffer.alloc(0) }
  }
  if (exchange.method === 'DELETE' && generation !== null) {
    const answer = deletes.then(() => deleteGeneration(exchange, url.pathname, generation, forward))
    deletes = answer.catch(() => {})
    return await answer
  }
  const answer = await forward(exchange)
  const made = /upload_id=(\w+)/.exec(String(answer.headers.location))?.[1]
  if (made !== undefined)
    sessions.set(made, { persistedBytes: 0, crc: 0, end: undefined, idle: Promise.resolve() })
  return answer
}

/** Conditional deletes go one after the other: the service checks and deletes in one step. */
let deletes: Promise<unknown> = Promise.resolve()

async function deleteGeneration(
  exchange: Exchange,
  path: string,
  generation: string,
  forward: (exchange: Exchange) => Promise<Answer>,
): Promise<Answer> {
  const found = await forward({ ...exchange, method: 'GET', url: path })
  if (found.status !== 200) return found
  const isOther = JSON.parse(found.body.toString()).generation !== generation
  return isOther ? errorAnswer(412, 'conditionNotMet') : await forward(exchange)
}

async function answerPart(
  exchange: Exchange,
  session: Session,
  forward: (exchange: Exchange) => Promise<Answer>,
): Promise<Answer> {
  if (session.end !== undefined) return session.end
  const [, from, end, total = '*'] =
    /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(String(exchange.headers['content-range'])) ?? []
  const stored = session.persistedBytes
  if (from === undefined && total !== String(stored)) return incomplete(stored)
  if (Number(from) > stored) return errorAnswer(400, 'invalid')
  const body = exchange.body.subarray(stored - Number(from ?? stored))
  if (body.length === 0 && total === '*') return incomplete(stored)
  const crc = crc32c(body, session.crc)
  const declared = /crc32c=(\S+)/.exec(String(exchange.headers['x-goog-hash']))?.[1]
  if (declared !== undefined && declared !== encode(crc)) {
    const told = `Provided CRC32C "${declared}" doesn't match calculated CRC32C "${encode(crc)}".`
    session.end = errorAnswer(400, 'invalid', told)
    return session.end
  }
  const range = from === undefined || body.length === 0 ? `*/${total}` : `${stored}-${end}/${total}`
  const answer = await forward({
    ...exchange,
    body,
    headers: { ...exchange.headers, 'content-range': `bytes ${range}` },
  })
  if (answer.status === 308) Object.assign(session, { persistedBytes: stored + body.length, crc })
  else session.end = answer
  return answer
}

function incomplete(persistedBytes: number): Answer {
  const headers = persistedBytes === 0 ? {} : { range: `bytes=0-${persistedBytes - 1}` }
  return { status: 308, headers, body: Buffer.alloc(0) }
}

function encode(crc: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc >>> 0)
  return bytes.toString('base64')
}

function errorAnswer(code: number, reason: string, message = reason): Answer {
  const error = { code, message, errors: [{ domain: 'global', reason, message }] }
  const body = Buffer.from(JSON.stringify({ error }))
  return { status: code, headers: { 'content-type': 'application/json; charset=UTF-8' }, body }
}
