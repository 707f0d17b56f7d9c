import { request as httpRequest } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { Fault } from './treasure-data/faults.ts'
import {
  call,
  commit,
  makeTable,
  outcome,
  part,
  perform,
  request,
  runQuery,
  start,
  uploadPart,
} from './treasure-data/plain-client.ts'
import type { FakeTreasureData } from './treasure-data/start.ts'

const path = /^\/v3\/database\/create/

/** What came of one call over a connection of its own, byte by byte. */
interface Seen {
  readonly status: number | undefined
  readonly announced: number
  readonly body: string
  readonly chunks: number
  /** `end`, or the code of the error that the connection ended with, or `waiting` after a while without anything. */
  readonly ended: string
}

/** A client that hides nothing: fetch would not tell where a body broke off. */
function see(fake: FakeTreasureData, method: string, target: string): Promise<Seen> {
  return new Promise((resolve) => {
    let [body, chunks, announced] = ['', 0, Number.NaN]
    let status: number | undefined
    const headers = { authorization: `TD1 ${fake.apiKey}` }
    const sent = httpRequest(`${fake.url}/v3/${target}`, { method, headers, agent: false })
    const end = (ended: string) => {
      resolve({ status, announced, body, chunks, ended })
      sent.destroy()
    }
    sent.setTimeout(300, () => end('waiting'))
    sent.on('error', (error) => end('code' in error ? String(error.code) : error.message))
    sent.on('response', (response) => {
      status = response.statusCode
      announced = Number(response.headers['content-length'])
      response.on('data', (chunk) => {
        body += chunk
        chunks++
      })
      response.on('end', () => end('end'))
      response.on('error', (error) => end('code' in error ? String(error.code) : error.message))
    })
    sent.end()
  })
}

async function seeFault(fault: Fault): Promise<{ readonly seen: Seen; readonly fake: FakeTreasureData }> {
  const fake = await start()
  fake.faults.add({ path, call: 1, fault })
  return { seen: await see(fake, 'POST', 'database/create/mta'), fake }
}

const answer = '{"database":"mta"}'

describe('faults of the fake', () => {
  it.each<[Fault, Partial<Seen>, string | undefined]>([
    [{ kind: 'reset' }, { status: undefined, ended: 'ECONNRESET' }, undefined],
    [{ kind: 'reset', done: true }, { status: undefined, ended: 'ECONNRESET' }, 'database mta created'],
    [{ kind: 'silent' }, { status: undefined, ended: 'waiting' }, undefined],
    [{ kind: 'silent', done: true }, { status: undefined, ended: 'waiting' }, 'database mta created'],
    [{ kind: 'server-error' }, { status: 500, ended: 'end' }, undefined],
    [{ kind: 'server-error', done: true }, { status: 500, ended: 'end' }, 'database mta created'],
    [{ kind: 'bad-gateway' }, { status: 502, ended: 'end' }, undefined],
    [{ kind: 'bad-gateway', done: true }, { status: 502, ended: 'end' }, 'database mta created'],
    [{ kind: 'html-page' }, { status: 200, ended: 'end' }, undefined],
    [{ kind: 'expired-key' }, { status: 401, ended: 'end' }, undefined],
    [{ kind: 'too-many-requests' }, { status: 429, ended: 'end' }, undefined],
    [
      { kind: 'truncated' },
      { status: 200, announced: 18, body: answer.slice(0, 9), ended: 'ECONNRESET' },
      'database mta created',
    ],
    [
      { kind: 'stalled' },
      { status: 200, announced: 18, body: answer.slice(0, 9), ended: 'waiting' },
      'database mta created',
    ],
    [
      { kind: 'wrong-length' },
      { status: 200, announced: 9, body: answer.slice(0, 9), ended: 'end' },
      'database mta created',
    ],
    [
      { kind: 'trickle', pieces: 6, intervalMs: 5 },
      { status: 200, announced: 18, body: answer, chunks: 6, ended: 'end' },
      'database mta created',
    ],
  ])('%o', async (fault, expected, effect) => {
    const { seen, fake } = await seeFault(fault)
    expect(seen).toMatchObject(expected)
    expect(fake.calls).toMatchObject([{ number: 1, fault: fault.kind, status: expected.status, effect }])
    expect(fake.calls[0]?.effect).toBe(effect)
    const after = await outcome(fake, 'GET database/show/mta')
    expect(after.slice(0, 3)).toBe(effect === undefined ? '404' : '200')
  })

  it('say how long to wait with a 429, and send a page with a 502', async () => {
    const fake = await start()
    fake.faults.add({ call: 1, fault: { kind: 'too-many-requests', retryAfter: '7' } })
    fake.faults.add({ call: 2, fault: { kind: 'bad-gateway' } })
    const refused = await request(fake, 'GET database/list')
    expect([
      refused.status,
      refused.headers.get('retry-after'),
      JSON.parse(await refused.text()).error,
    ]).toEqual([429, '7', 'Too many requests'])
    const page = await request(fake, 'GET database/list')
    expect(page.headers.get('content-type')).toBe('text/html')
    expect(await page.text()).toContain('<h1>502 Bad Gateway</h1>')
  })

  it('meet the calls that their rule names, and no more once cleared', async () => {
    const fake = await start()
    await makeTable(fake)
    fake.faults.add({ method: 'GET', path: /list/, call: [2, 4], fault: { kind: 'server-error' } })
    fake.faults.add({ path: /show/, fault: { kind: 'expired-key' } })
    const statuses = []
    for (const what of ['GET database/list', 'GET table/list/mta', 'POST database/create/xyz']) {
      statuses.push(Number((await outcome(fake, what)).slice(0, 3)))
    }
    for (let k = 0; k < 2; k++) statuses.push(Number((await outcome(fake, 'GET database/list')).slice(0, 3)))
    for (let k = 0; k < 2; k++)
      statuses.push(Number((await outcome(fake, 'GET database/show/mta')).slice(0, 3)))
    fake.faults.clear()
    statuses.push(Number((await outcome(fake, 'GET database/show/mta')).slice(0, 3)))
    expect(statuses).toEqual([200, 500, 200, 200, 500, 401, 401, 200])
  })

  it('break uploads off before and after they are taken', async () => {
    const fake = await start()
    await makeTable(fake)
    await call(fake, 'POST bulk_import/create/session/mta/shapley')
    fake.faults.add({ method: 'PUT', call: 1, fault: { kind: 'reset' } })
    fake.faults.add({ method: 'PUT', call: 2, fault: { kind: 'reset', done: true } })
    const bytes = part([{ time: 1, channel: 'email' }])
    const parts = async () => (await call(fake, 'GET bulk_import/list_parts/session')).parts
    await expect(uploadPart(fake, 'session', 'part-0', bytes)).rejects.toThrow('fetch failed')
    expect(await parts()).toEqual([])
    await expect(uploadPart(fake, 'session', 'part-0', bytes)).rejects.toThrow('fetch failed')
    expect(await parts()).toEqual(['part-0'])
  })

  it('cut results short in the middle', async () => {
    const fake = await start()
    await call(fake, 'POST database/create/mta')
    const job = await runQuery(fake, 'SELECT 1 AS n')
    fake.faults.add({ path: /result/, call: 1, fault: { kind: 'truncated' } })
    fake.faults.add({ path: /result/, call: 2, fault: { kind: 'wrong-length' } })
    const target = `job/result/${job}?format=msgpack.gz`
    const [truncated, short, whole] = [
      await see(fake, 'GET', target),
      await see(fake, 'GET', target),
      await see(fake, 'GET', target),
    ]
    expect([truncated.ended, short.ended, whole.ended]).toEqual(['ECONNRESET', 'end', 'end'])
    expect(truncated.announced).toBe(whole.announced)
    expect(short.announced).toBe(Math.floor(whole.announced / 2))
  })

  it('end with the fake: a call that hangs does not keep it open', async () => {
    const fake = await start()
    fake.faults.add({ fault: { kind: 'silent' } })
    const hanging = see(fake, 'GET', 'database/list')
    await fake.close()
    expect((await hanging).status).toBeUndefined()
  })

  it('do nothing where a client breaks its upload off', async () => {
    const fake = await start()
    await makeTable(fake)
    await call(fake, 'POST bulk_import/create/session/mta/shapley')
    const headers = { authorization: `TD1 ${fake.apiKey}`, 'content-length': '1000' }
    const target = `${fake.url}/v3/bulk_import/upload_part/session/part-0`
    await new Promise((resolve) => {
      const sent = httpRequest(target, { method: 'PUT', headers })
      sent.on('error', resolve)
      sent.write('half', () => sent.destroy(new Error('gone')))
    })
    expect((await call(fake, 'GET bulk_import/list_parts/session')).parts).toEqual([])
    expect(fake.calls.some(({ effect }) => effect?.startsWith('part'))).toBe(false)
  })
})

/** Writes a row: a client as it should not be. It neither retries nor looks whether it was understood. */
async function writeOnce(fake: FakeTreasureData): Promise<void> {
  await call(fake, 'POST database/create/mta')
  await call(fake, 'POST table/create/mta/shapley/log', { schema: '[["channel","string"]]' })
  await perform(fake, 'session', [part([{ time: 1, channel: 'email' }])])
  await commit(fake, 'session')
}

/** What a row written once looks like. */
const written = [{ channel: 'email', time: 1 }]

describe('a client that forgets to retry', () => {
  it.each<Fault>([
    { kind: 'too-many-requests' },
    { kind: 'expired-key' },
    { kind: 'server-error' },
    { kind: 'server-error', done: true },
    { kind: 'bad-gateway' },
    { kind: 'html-page' },
    { kind: 'reset' },
    { kind: 'reset', done: true },
    { kind: 'truncated' },
    { kind: 'wrong-length' },
  ])('fails at whatever call meets %o', async (fault) => {
    const clean = await start()
    await writeOnce(clean)
    expect(await clean.rows('mta', 'shapley')).toEqual(written)
    for (let number = 1; number <= clean.calls.length; number++) {
      const fake = await start()
      fake.faults.add({ call: number, fault })
      const ended = await writeOnce(fake).then(
        async () => `done with ${JSON.stringify(await fake.rows('mta', 'shapley'))}`,
        () => 'failed',
      )
      // The plain client throws the answers of an upload away.
      const isUpload = fake.calls[number - 1]?.method === 'PUT'
      const lost = isUpload && fake.calls[number - 1]?.effect === undefined && fault.kind !== 'reset'
      const kept = isUpload && !lost && !fault.kind.startsWith('reset')
      expect(`call ${number}: ${ended}`).toBe(
        `call ${number}: ${lost ? 'done with []' : kept ? `done with ${JSON.stringify(written)}` : 'failed'}`,
      )
      await fake.close()
    }
  })
})

describe('a client that retries', () => {
  it('without a domain key runs a job twice, and with one once', async () => {
    const fake = await start()
    await call(fake, 'POST database/create/mta')
    fake.faults.add({ path: /issue/, call: [1, 3], fault: { kind: 'reset', done: true } })
    const issue = (fields: Record<string, string>) =>
      outcome(fake, 'POST job/issue/trino/mta', { query: 'SELECT 1', ...fields })
    await expect(issue({})).rejects.toThrow('fetch failed')
    await issue({})
    expect(fake.calls.flatMap(({ effect }) => effect ?? [])).toEqual([
      'database mta created',
      'job 1001 issued',
      'job 1002 issued',
    ])
    await expect(issue({ domain_key: 'once' })).rejects.toThrow('fetch failed')
    expect(await issue({ domain_key: 'once' })).toBe("409 Domain key 'once' has already been taken")
    expect(fake.jobs()).toHaveLength(3)
  })
})
