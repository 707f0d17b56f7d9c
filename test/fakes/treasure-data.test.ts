import { gunzipSync, gzipSync } from 'node:zlib'
import { decodeMulti, encode } from '@msgpack/msgpack'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type FakeOptions, type FakeTreasureData, startFakeTreasureData } from './treasure-data/start.ts'

async function start(options: FakeOptions = {}): Promise<FakeTreasureData> {
  const fake = await startFakeTreasureData(options)
  onTestFinished(() => fake.close())
  return fake
}

function request(fake: FakeTreasureData, call: string, init: RequestInit = {}): Promise<Response> {
  const [method = '', path = ''] = call.split(' ')
  const headers = { authorization: `TD1 ${fake.apiKey}`, ...init.headers }
  return fetch(`${fake.url}/v3/${path}`, { method, ...init, headers })
}

/** @returns the body of a call that must succeed. */
async function call(fake: FakeTreasureData, what: string, body?: Record<string, string>): Promise<Answer> {
  const form = body === undefined ? {} : { body: new URLSearchParams(body) }
  const response = await request(fake, what, form)
  const text = await response.text()
  if (!response.ok) throw new Error(`${what}: ${response.status} ${text}`)
  return JSON.parse(text)
}

type Answer = Readonly<Record<string, unknown>>

async function refused(fake: FakeTreasureData, what: string, init?: RequestInit) {
  const response = await request(fake, what, init)
  return { status: response.status, body: await response.json() }
}

async function runQuery(fake: FakeTreasureData, query: string): Promise<string> {
  const { job_id } = await call(fake, 'POST job/issue/trino/mta', { query })
  for (let polls = 0; polls < 200; polls++) {
    const { status } = await call(fake, `GET job/status/${job_id}`)
    if (status !== 'queued' && status !== 'running') return String(job_id)
  }
  throw new Error(`job ${job_id} does not end`)
}

async function resultOf(fake: FakeTreasureData, query: string): Promise<unknown[]> {
  const job = await runQuery(fake, query)
  const shown = await call(fake, `GET job/show/${job}`)
  if (shown.status !== 'success') throw new Error(JSON.stringify(shown.debug))
  const response = await request(fake, `GET job/result/${job}?format=msgpack.gz`)
  return [...decodeMulti(gunzipSync(new Uint8Array(await response.arrayBuffer())), { useBigInt64: true })]
}

function part(records: readonly object[]): Uint8Array<ArrayBuffer> {
  const bytes = records.map((record) => encode(record, { useBigInt64: true }))
  return Uint8Array.from(gzipSync(Buffer.concat(bytes)))
}

async function makeTable(fake: FakeTreasureData, schema: string): Promise<void> {
  await call(fake, 'POST database/create/mta')
  await call(fake, 'POST table/create/mta/shapley/log', { schema })
}

async function upload(fake: FakeTreasureData, session: string, records: readonly object[]): Promise<void> {
  await call(fake, `POST bulk_import/create/${session}/mta/shapley`)
  await request(fake, `PUT bulk_import/upload_part/${session}/part-0`, { method: 'PUT', body: part(records) })
  await call(fake, `POST bulk_import/freeze/${session}`)
}

describe('the fake Treasure Data', () => {
  it('takes rows by bulk import and gives them to a query', async () => {
    const fake = await start()
    await makeTable(fake, '[["channel","string"],["share","double"],["cells","long"]]')
    await upload(fake, 'session', [
      { time: 5, channel: 'email "é"', share: 0.5, cells: 2n ** 62n },
      { time: 6, channel: null, share: 2, cells: -1 },
    ])
    const { job_id } = await call(fake, 'POST bulk_import/perform/session')
    const statuses = []
    for (let k = 0; k < 3; k++) statuses.push((await call(fake, `GET job/status/${job_id}`)).status)
    expect(statuses).toEqual(['queued', 'running', 'success'])
    expect(await call(fake, 'GET bulk_import/show/session')).toMatchObject({
      status: 'ready',
      upload_frozen: true,
      valid_records: 2,
      error_records: 0,
    })
    await call(fake, 'POST bulk_import/commit/session')
    expect(await fake.rows('mta', 'shapley')).toEqual([])
    expect((await call(fake, 'GET bulk_import/show/session')).status).toBe('committing')
    expect((await call(fake, 'GET bulk_import/show/session')).status).toBe('committed')
    expect(await resultOf(fake, 'SELECT * FROM mta.shapley ORDER BY time')).toEqual([
      ['email "é"', 0.5, 2n ** 62n, 5],
      [null, 2, -1, 6],
    ])
    await call(fake, 'POST bulk_import/delete/session')
  })
})
