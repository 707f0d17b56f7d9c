import { gunzipSync, gzipSync } from 'node:zlib'
import { decodeMulti, encode } from '@msgpack/msgpack'
import { onTestFinished } from 'vitest'
import { type FakeOptions, type FakeTreasureData, startFakeTreasureData } from './start.ts'

/** The body of an answer that is JSON. */
export type Answer = Readonly<Record<string, unknown>>

/** Starts a fake that ends with the test. */
export async function start(options: FakeOptions = {}): Promise<FakeTreasureData> {
  const fake = await startFakeTreasureData(options)
  onTestFinished(() => fake.close())
  return fake
}

/** One HTTP call, as simple as can be: no retry, no check. @param what such as `GET table/list/mta` */
export function request(fake: FakeTreasureData, what: string, init: RequestInit = {}): Promise<Response> {
  const [method = '', path = ''] = what.split(' ')
  const headers = { authorization: `TD1 ${fake.apiKey}`, ...init.headers }
  return fetch(`${fake.url}/v3/${path}`, { method, ...init, headers })
}

/** @returns the body of a call that must succeed. */
export async function call(
  fake: FakeTreasureData,
  what: string,
  fields?: Readonly<Record<string, string>>,
): Promise<Answer> {
  const response = await request(
    fake,
    what,
    fields === undefined ? {} : { body: new URLSearchParams(fields) },
  )
  const text = await response.text()
  if (!response.ok) throw new Error(`${what}: ${response.status} ${text}`)
  return JSON.parse(text)
}

/** @returns `409 Table 'mta.shapley' already exists`, or `200 ` and the whole body. */
export async function outcome(
  fake: FakeTreasureData,
  what: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<string> {
  const init = what.startsWith('GET') ? {} : { body: new URLSearchParams(fields) }
  const response = await request(fake, what, init)
  const text = await response.text()
  return `${response.status} ${response.ok ? text : JSON.parse(text).error}`
}

/** Issues a query and polls until it is over. @returns the job's id. */
export async function runQuery(fake: FakeTreasureData, query: string): Promise<string> {
  const { job_id } = await call(fake, 'POST job/issue/trino/mta', { query })
  for (let polls = 0; polls < 200; polls++) {
    const { status } = await call(fake, `GET job/status/${job_id}`)
    if (status !== 'queued' && status !== 'running') return String(job_id)
  }
  throw new Error(`job ${job_id} does not end`)
}

/** @returns the rows of a query that must succeed, decoded from msgpack.gz. */
export async function resultOf(fake: FakeTreasureData, query: string): Promise<unknown[]> {
  const job = await runQuery(fake, query)
  const { status, debug } = await call(fake, `GET job/show/${job}`)
  if (status !== 'success') throw new Error(JSON.stringify(debug))
  const response = await request(fake, `GET job/result/${job}?format=msgpack.gz`)
  return [...decodeMulti(gunzipSync(await response.arrayBuffer()), { useBigInt64: true })]
}

/** @returns records as a part of a bulk import. */
export function part(records: readonly unknown[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    gzipSync(Buffer.concat(records.map((record) => encode(record, { useBigInt64: true })))),
  )
}

/** Uploads one part. */
export function uploadPart(
  fake: FakeTreasureData,
  session: string,
  name: string,
  body: Uint8Array<ArrayBuffer>,
): Promise<Response> {
  return request(fake, `PUT bulk_import/upload_part/${session}/${name}`, { body })
}

/** Makes the database `mta` with the table `shapley`. */
export async function makeTable(fake: FakeTreasureData, schema = '[["channel","string"]]'): Promise<void> {
  await call(fake, 'POST database/create/mta')
  await call(fake, 'POST table/create/mta/shapley/log', { schema })
}

/** Creates a session for a table, uploads its parts and performs it. */
export async function perform(
  fake: FakeTreasureData,
  session: string,
  parts: readonly Uint8Array<ArrayBuffer>[],
  table = 'shapley',
): Promise<Answer> {
  await call(fake, `POST bulk_import/create/${session}/mta/${table}`)
  for (const [at, body] of parts.entries()) await uploadPart(fake, session, `part-${at}`, body)
  await call(fake, `POST bulk_import/freeze/${session}`)
  await call(fake, `POST bulk_import/perform/${session}`)
  return show(fake, session, 'performing')
}

/** Commits a performed session. */
export async function commit(fake: FakeTreasureData, session: string): Promise<Answer> {
  await call(fake, `POST bulk_import/commit/${session}`)
  return show(fake, session, 'committing')
}

async function show(fake: FakeTreasureData, session: string, former: string): Promise<Answer> {
  for (let polls = 0; polls < 200; polls++) {
    const answer = await call(fake, `GET bulk_import/show/${session}`)
    if (answer.status !== former) return answer
  }
  throw new Error(`bulk import ${session} stays ${former}`)
}
