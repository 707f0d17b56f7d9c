import { gzipSync } from 'node:zlib'
import { encode } from '@msgpack/msgpack'
import { describe, expect, it } from 'vitest'
import { ConfigError, DataError, Interrupted, messageOf, RemoteError } from '../../src/errors.ts'
import type { Logger } from '../../src/logger.ts'
import { sql } from '../../src/queries/sql.ts'
import { type Alter, startAlteringProxy, withFields } from './altering-proxy.ts'
import { collect, errorOf, openWarehouse, startFake } from './treasure-data-under-test.ts'

const many = 'UNNEST(sequence(1, 10000))'
const numbers = (rows: number) => `SELECT n, n * 1000003 FROM (
  SELECT block * 10000 + place AS n
  FROM UNNEST(sequence(0, ${Math.floor(rows / 10_000)})) AS blocks (block) CROSS JOIN ${many} AS places (place)
) AS numbered WHERE n <= ${rows} ORDER BY n`
const endless = `SELECT sum(a.n * b.n * c.n * d.n) FROM ${many} AS a (n)
  CROSS JOIN ${many} AS b (n) CROSS JOIN ${many} AS c (n) CROSS JOIN ${many} AS d (n)`

/** A warehouse that speaks to the fake through something that alters the answers. */
async function openAltered(alter: Alter, dropped?: readonly string[]) {
  const fake = await startFake()
  const apiServer = await startAlteringProxy(fake.url, alter, dropped)
  return { fake, warehouse: openWarehouse(fake, { apiServer, policy: { attempts: 4 } }) }
}

/** Answers results with these records. */
function resultOf(records: readonly (readonly unknown[])[], types: readonly string[]): Alter {
  return (call) => {
    const bytes = gzipSync(Buffer.concat(records.map((record) => encode(record, { useBigInt64: true }))))
    if (call.path.startsWith('/v3/job/result')) return { answer: bytes }
    if (!call.path.startsWith('/v3/job/show')) return undefined
    const schema = JSON.stringify(types.map((type, at) => [`c${at}`, type]))
    const facts = { num_records: records.length, result_size: bytes.byteLength }
    return withFields(call, { ...facts, hive_result_schema: schema })
  }
}

describe('results of treasure data', () => {
  it.each(['truncated', 'stalled'] as const)(
    'go on at the byte where the download broke: %s',
    async (kind) => {
      const fake = await startFake()
      fake.faults.add({ path: /job\/result/, call: [1, 2, 3, 4, 5], fault: { kind } })
      const policy = { attempts: 2, silenceMs: 1000 }
      const warehouse = openWarehouse(fake, { policy })
      const rows = await collect(warehouse, numbers(20_000))
      expect(rows).toEqual(Array.from({ length: 20_000 }, (_, at) => [at + 1, (at + 1) * 1_000_003]))
      const downloads = fake.calls.filter(({ path }) => path.includes('/job/result/'))
      expect(downloads.map(({ status }) => status)).toEqual([200, 206, 206, 206, 206, 206])
    },
  )

  it('are complete even if the server ignores Range', async () => {
    let downloads = 0
    const breakFirst: Alter = ({ path }) =>
      path.includes('/job/result/') && ++downloads < 3 ? { breakAfter: 5000 * downloads } : undefined
    const { warehouse } = await openAltered(breakFirst, ['range', 'if-range'])
    const rows = await collect(warehouse, numbers(20_000))
    expect(rows).toEqual(Array.from({ length: 20_000 }, (_, at) => [at + 1, (at + 1) * 1_000_003]))
    expect(downloads).toBe(3)
  })

  it('that changed while they were read are an error', async () => {
    let downloads = 0
    const change: Alter = ({ path, headers }) => {
      if (!path.includes('/job/result/')) return undefined
      const etag = { headers: { ...headers, etag: `"${++downloads}"` } }
      return downloads === 1 ? { ...etag, breakAfter: 5000 } : etag
    }
    const { warehouse } = await openAltered(change)
    expect(await errorOf(collect(warehouse, numbers(20_000)))).toEqual(
      new RemoteError(
        'treasure-data: GET /v3/job/result/1001?format=msgpack.gz failed after 5 attempts: ' +
          'status 200: the result changed while it was read',
      ),
    )
  })

  it('whose length is not that of the job are read if the server insists', async () => {
    const { warehouse } = await openAltered((call) =>
      call.path.startsWith('/v3/job/show') ? withFields(call, { result_size: 7 }) : undefined,
    )
    expect(await collect(warehouse, 'SELECT 1')).toEqual([[1]])
  })

  it('whose number of rows is not that of the job are an error', async () => {
    const { warehouse } = await openAltered((call) =>
      call.path.startsWith('/v3/job/show') ? withFields(call, { num_records: 4 }) : undefined,
    )
    expect(await errorOf(collect(warehouse, numbers(3)))).toEqual(
      new RemoteError('treasure-data: the result of job 1001 has 3 rows, the job says 4: run it again'),
    )
  })

  it('that are not gzip are an error', async () => {
    const { warehouse } = await openAltered((call) =>
      call.path.includes('/job/result/') ? { answer: Buffer.from('x'.repeat(50)) } : undefined,
    )
    expect(await errorOf(collect(warehouse, numbers(3)))).toEqual(
      new RemoteError(
        "treasure-data: the result of job 1001 can't be read: incorrect header check; run it again",
      ),
    )
  })

  it('may be an empty body if there are no rows', async () => {
    const { warehouse } = await openAltered((call) => {
      if (call.path.includes('/job/result/')) return { answer: Buffer.alloc(0) }
      return call.path.startsWith('/v3/job/show') ? withFields(call, { result_size: 0 }) : undefined
    })
    expect(await collect(warehouse, 'SELECT 1 WHERE 1 = 0')).toEqual([])
  })

  it('become our values, however Treasure Data writes them', async () => {
    const types = [
      'decimal(10,2)',
      'decimal(38,0)',
      'timestamp',
      'timestamp(3) with time zone',
      'array(bigint)',
    ]
    const records = [
      ['2.50', '12', '2026-01-02 03:04:05', '2026-01-02 03:04:05.678 UTC', [1n, 2n ** 60n, null]],
      [2.5, 12n, null, '2026-01-02 03:04:05.678 Asia/Tokyo', { a: 'b' }],
    ]
    const { warehouse } = await openAltered(resultOf(records, types))
    expect(await collect(warehouse, 'SELECT 1')).toEqual([
      [2.5, 12, '2026-01-02T03:04:05.000Z', '2026-01-02T03:04:05.678Z', '[1,"1152921504606846976",null]'],
      [2.5, 12, null, '2026-01-02 03:04:05.678 Asia/Tokyo', '{"a":"b"}'],
    ])
  })

  it.each([
    ['bigint', 2n ** 53n],
    ['decimal(38,0)', '9007199254740992'],
  ])('refuse a %s beyond 2^53, by the name of its column', async (type, value) => {
    const { warehouse } = await openAltered(resultOf([[value]], [type]))
    expect(await errorOf(collect(warehouse, 'SELECT 1'))).toEqual(
      new DataError(
        "treasure-data: column c0 holds the integer 9007199254740992, which is beyond 2^53 and can't be a number: " +
          'cast it to varchar in the query',
      ),
    )
  })

  it('are read no further than needed', async () => {
    const fake = await startFake()
    for await (const batch of openWarehouse(fake).query(sql.raw(numbers(1_000_000)))) {
      expect(batch[0]).toEqual([1, 1_000_003])
      break
    }
  })
})

describe('jobs of treasure data', () => {
  it('run by priority and pool, under a key that identifies them', async () => {
    const bodies: string[] = []
    const fake = await startFake()
    const apiServer = await startAlteringProxy(fake.url, ({ path, body }) => {
      if (path.startsWith('/v3/job/issue')) bodies.push(body)
      return undefined
    })
    const warehouse = openWarehouse(fake, {
      apiServer,
      priority: -2,
      poolName: 'night',
      uniqueSuffix: () => 'ab12',
    })
    await collect(warehouse, 'SELECT 1')
    await collect(warehouse, 'SELECT 1')
    const fields = { priority: -2, pool_name: 'night', query: 'SELECT 1' }
    expect(bodies.map((body) => JSON.parse(body))).toEqual([
      { domain_key: 'td-mta-1767323045-ab12ab12-1', ...fields },
      { domain_key: 'td-mta-1767323045-ab12ab12-2', ...fields },
    ])
  })

  it('are found again by their key if the server does not say which job has it', async () => {
    let issues = 0
    const { fake, warehouse } = await openAltered((call) => {
      if (!call.path.startsWith('/v3/job/issue')) return undefined
      return ++issues === 1 ? { status: 503 } : { answer: Buffer.from('{"error":"conflict"}') }
    })
    expect(await collect(warehouse, 'SELECT 5')).toEqual([[5]])
    expect(fake.jobs()).toHaveLength(1)
    expect(fake.calls.filter(({ path }) => path.includes('status_by_domain_key'))).toHaveLength(1)
  })

  it('are polled less and less often, every 30 s in the end', async () => {
    const fake = await startFake({ running: { polls: 14 } })
    const waitsMs: number[] = []
    await collect(openWarehouse(fake, { sleep: async (ms) => void waitsMs.push(ms) }), 'SELECT 1')
    expect(waitsMs.slice(0, 3)).toEqual([1000, 1500, 2250])
    expect(waitsMs.slice(-3)).toEqual([30_000, 30_000, 30_000])
  })

  it('that fail are reported with their number, place, own error and SQL', async () => {
    const fake = await startFake()
    const error = await errorOf(collect(openWarehouse(fake), 'SELECT nothing FROM touchpoints'))
    expect(error).toBeInstanceOf(RemoteError)
    expect(String(error)).toContain(
      'treasure-data: job 1001 (https://console.treasuredata.com/app/jobs/1001) failed: ',
    )
    expect(String(error)).toMatch(/"?nothing"? .*[\s\S]*\nin the query:\nSELECT nothing FROM touchpoints$/)
  })

  it('that somebody kills are an error', async () => {
    const fake = await startFake()
    const sleep = async () => void fake.jobs()[0]?.kill()
    expect(String(await errorOf(collect(openWarehouse(fake, { sleep }), endless)))).toContain(
      'treasure-data: job 1001 (https://console.treasuredata.com/app/jobs/1001) was killed at Treasure Data',
    )
  })

  it('are killed at Treasure Data when the run is told to stop', async () => {
    const fake = await startFake()
    const stop = new AbortController()
    const reason = new Interrupted('SIGTERM')
    const sleep = async (_: number, signal?: AbortSignal) => {
      stop.abort(reason)
      signal?.throwIfAborted()
    }
    expect(await errorOf(collect(openWarehouse(fake, { sleep }), endless, stop.signal))).toBe(reason)
    expect(fake.jobs().map(({ status }) => status)).toEqual(['killed'])
  })

  it('are killed if the run is told to stop before it knows of them', async () => {
    const fake = await startFake()
    const stop = new AbortController()
    const reason = new Interrupted('SIGTERM')
    fake.faults.add({ path: /job\/issue/, call: 1, fault: { kind: 'silent', done: true } })
    const policy = { silenceMs: 3000 }
    const reading = errorOf(collect(openWarehouse(fake, { policy }), endless, stop.signal))
    while (fake.jobs().length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    stop.abort(reason)
    expect(await reading).toBe(reason)
    expect(fake.jobs().map(({ status }) => status)).toEqual(['killed'])
  })

  it('go on while the API fails for ten minutes, and their result is read then', async () => {
    const fake = await startFake()
    let waitedMs = 0
    const sleep = async (ms: number) => {
      waitedMs += ms
      if (waitedMs > 600_000) fake.faults.clear()
    }
    const warehouse = openWarehouse(fake, { sleep })
    await collect(warehouse, 'SELECT 0')
    for (const path of [/job\/status\/1002/, /job\/show\/1003/, /job\/result\/1004/]) {
      waitedMs = 0
      fake.faults.add({ path, fault: { kind: 'bad-gateway' } })
      expect(await collect(warehouse, 'SELECT 1')).toEqual([[1]])
      expect(waitedMs).toBeGreaterThan(600_000)
    }
    expect(fake.calls.filter(({ path }) => path.includes('/job/kill/'))).toEqual([])
  })

  it('are killed if their state can no longer be read', async () => {
    const fake = await startFake()
    fake.faults.add({ path: /job\/status/, fault: { kind: 'bad-gateway' } })
    const error = await errorOf(collect(openWarehouse(fake), endless))
    expect(error).toBeInstanceOf(RemoteError)
    expect(messageOf(error)).toMatch(
      /^treasure-data: GET \/v3\/job\/status\/1001 failed after \d+ attempts: status 502: 502 Bad Gateway; the limit of all pauses is reached, after 8\d\d(\.\d)? s of waiting$/,
    )
    expect(fake.jobs().map(({ status }) => status)).toEqual(['killed'])
  })

  it('need an existing database', async () => {
    const fake = await startFake()
    const error = await errorOf(collect(openWarehouse(fake, { database: 'nowhere' }), 'SELECT 1'))
    expect(error).toEqual(
      new RemoteError(
        'treasure-data: POST /v3/job/issue/trino/nowhere was refused: ' +
          "status 404: Resource not found: database 'nowhere' does not exist",
      ),
    )
  })

  it('read only a time range, by TD_TIME_RANGE', async () => {
    const fake = await startFake()
    const rows = [1, 2, 3, 4].map((time) => [time])
    await fake.loadTable('mta', 'hits', { columns: { time: 'long' }, rows })
    const warehouse = openWarehouse(fake)
    const read = async (from?: number, to?: number) => {
      const condition = warehouse.timeRangeCondition?.(sql`"time"`, from, to)?.render()
      return (await collect(warehouse, `SELECT time FROM hits WHERE ${condition} ORDER BY time`)).flat()
    }
    expect(warehouse.timeRangeCondition?.(sql`"time"`, 2, undefined).render()).toBe(
      'TD_TIME_RANGE("time", 2, NULL)',
    )
    expect(await read(2, 4)).toEqual([2, 3])
    expect(await read(3, undefined)).toEqual([3, 4])
    expect(await read(undefined, 3)).toEqual([1, 2])
  })
})

describe('credentials of treasure data', () => {
  const { TD_API_KEY: apiKey } = { TD_API_KEY: '1/0123456789abcdef0123456789abcdef01234567' }

  it.each([
    [
      undefined,
      undefined,
      'TD_API_KEY is not set: --warehouse (WAREHOUSE) td needs a master API key of Treasure Data in that variable',
    ],
    [
      '1/abc\ndef',
      undefined,
      'TD_API_KEY has a space, a line break or another character that no key contains: copy it again',
    ],
    [
      apiKey,
      'https://console.treasuredata.com',
      'TD_API_SERVER is "https://console.treasuredata.com", which is not an API host: use one of ' +
        'api.treasuredata.com (us01), api.treasuredata.co.jp (jp01), api.eu01.treasuredata.com, ' +
        'api.ap02.treasuredata.com, api.ap03.treasuredata.com',
    ],
    [
      apiKey,
      'https://me:secret@api.treasuredata.com/v3',
      'TD_API_SERVER is "https://...@api.treasuredata.com/v3": a host or https://HOST without a path is needed, ' +
        'one of api.treasuredata.com (us01), api.treasuredata.co.jp (jp01), api.eu01.treasuredata.com, ' +
        'api.ap02.treasuredata.com, api.ap03.treasuredata.com',
    ],
  ])('are checked before any work: %j, %j', async (key, apiServer, message) => {
    const fake = await startFake()
    expect(() => openWarehouse(fake, { apiKey: key, apiServer })).toThrow(new ConfigError(message))
  })

  it('that are refused are a matter of configuration', async () => {
    const fake = await startFake()
    const error = await errorOf(collect(openWarehouse(fake, { apiKey: '1/wrong' }), 'SELECT 1'))
    expect(error).toEqual(
      new ConfigError(
        `treasure-data: ${fake.url} refuses the key of TD_API_KEY (POST /v3/job/issue/trino/mta, ` +
          'status 401: Authentication failed: the API key is not valid): ' +
          'check the key, and TD_API_SERVER, since every site has its own keys',
      ),
    )
  })

  it('may expire while a job is written', async () => {
    const fake = await startFake()
    fake.faults.add({ path: /job\/show/, fault: { kind: 'expired-key' } })
    expect(await errorOf(collect(openWarehouse(fake), 'SELECT 1'))).toBeInstanceOf(ConfigError)
  })

  it('for a server that is not an API are reported as such', async () => {
    const { warehouse, fake } = await openAltered(() => ({
      status: 404,
      answer: Buffer.from('<html><body>Not found</body></html>'),
    }))
    const error = await errorOf(collect(warehouse, 'SELECT 1'))
    expect(error).toBeInstanceOf(ConfigError)
    expect(String(error)).toMatch(
      /^ConfigError: TD_API_SERVER: http:\/\/127\.0\.0\.1:\d+ is not a Treasure Data API \(POST \/v3\/job\/issue\/trino\/mta, status 404: Not found\): check the host, such as api\.treasuredata\.com or api\.eu01\.treasuredata\.com$/,
    )
    const describing = errorOf(openWarehouse(fake, { apiServer: 'no-such-host.invalid' }).describeTable(hits))
    expect(String(await describing)).toMatch(
      /^ConfigError: TD_API_SERVER: https:\/\/no-such-host\.invalid is not a Treasure Data API \(GET /,
    )
  })

  it('appear in no log and no error, even if the server repeats them', async () => {
    const lines: string[] = []
    const write = (fields: object, event: string) => void lines.push(JSON.stringify({ ...fields, event }))
    const logger: Logger = { debug: write, info: write, warn: write, error: write }
    const fake = await startFake()
    const text = `the key ${fake.apiKey} (TD1 ${fake.apiKey}) is throttled`
    const apiServer = await startAlteringProxy(fake.url, ({ path }) => {
      if (!path.startsWith('/v3/job/status')) return undefined
      return {
        status: 500,
        answer: Buffer.from(JSON.stringify({ error: text, details: { key: fake.apiKey } })),
      }
    })
    const error = await errorOf(collect(openWarehouse(fake, { apiServer, logger }), 'SELECT 1'))
    const told: unknown[] = []
    for (let each: unknown = error; each instanceof Error; each = each.cause) {
      told.push(each.message, each.stack, JSON.stringify({ ...each }))
    }
    expect(String(error)).toContain('the key [TD_API_KEY] (TD1 [TD_API_KEY]) is throttled')
    expect(lines.length).toBeGreaterThan(7)
    for (const each of [...lines, ...told]) {
      expect(each).not.toContain(fake.apiKey.split('/')[1])
    }
  })
})

const hits = { database: 'mta', table: 'hits' }
