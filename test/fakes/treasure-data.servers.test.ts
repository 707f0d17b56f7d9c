import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { decodeMulti } from '@msgpack/msgpack'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import {
  call,
  commit,
  makeTable,
  outcome,
  part,
  perform,
  request,
  resultOf,
  runQuery,
  start,
  uploadPart,
} from './treasure-data/plain-client.ts'

const numbers = `(VALUES ${Array.from({ length: 100 }, (_, at) => `(${at})`).join(', ')})`
const endless = `SELECT sum(a.n * b.n + c.n * d.n + e.n * f.n) FROM ${['a', 'b', 'c', 'd', 'e', 'f']
  .map((alias) => `${numbers} AS ${alias} (n)`)
  .join(' CROSS JOIN ')}`

describe('the fake Treasure Data', () => {
  it('lets in only the key it was started with', async () => {
    const fake = await start({ apiKey: '7/aaaa' })
    for (const authorization of ['TD1 7/aaab', 'Bearer 7/aaaa', '']) {
      const response = await request(fake, 'GET database/list', { headers: { authorization } })
      expect([response.status, await response.json()]).toEqual([
        401,
        {
          error: 'Authentication failed: the API key is not valid',
          text: 'Authentication failed: the API key is not valid',
          severity: 'error',
          status_code: 401,
        },
      ])
    }
    expect(await outcome(fake, 'GET database/list')).toBe('200 {"databases":[]}')
  })

  it.each([
    ['GET nowhere', '404 Resource not found: /v3/nowhere'],
    ['POST database/list', '405 Method not allowed: POST /v3/database/list'],
    ['GET database/show/mta2', "404 Resource not found: database 'mta2' does not exist"],
    ['GET table/show/mta/nothing', "404 Resource not found: table 'mta.nothing' does not exist"],
    ['GET table/show/%2Fmta/x%2Ey', "404 Resource not found: database '/mta' does not exist"],
    [
      'POST bulk_import/create/session/mta/nothing',
      "404 Resource not found: table 'mta.nothing' does not exist",
    ],
    ['POST job/issue/trino/mta2', "404 Resource not found: database 'mta2' does not exist"],
    ['GET job/status/5', "404 Resource not found: job '5' does not exist"],
    ['GET bulk_import/show/nope', "404 Resource not found: bulk import 'nope' does not exist"],
    ['GET system/server_status', '200 {"status":"ok"}'],
  ])('answers %s with %s', async (what, answer) => {
    const fake = await start()
    await call(fake, 'POST database/create/mta')
    expect(await outcome(fake, what)).toBe(answer)
  })

  it('reads urlencoded, multipart and JSON bodies, and the query', async () => {
    const fake = await start()
    await call(fake, 'POST database/create/mta')
    const query = "SELECT 'é & = %'"
    const form = new FormData()
    form.set('query', query)
    const json = {
      body: JSON.stringify({ query, priority: 1 }),
      headers: { 'content-type': 'application/json' },
    }
    await request(fake, 'POST job/issue/trino/mta', { body: new URLSearchParams({ query, priority: '1' }) })
    await request(fake, 'POST job/issue/presto/mta', { body: form })
    await request(fake, 'POST job/issue/hive/mta', json)
    await request(fake, `POST job/issue/trino/mta?query=${encodeURIComponent(query)}&priority=1`)
    expect(fake.jobs().map((job) => [job.request.type, job.request.query, job.request.priority])).toEqual([
      ['trino', query, 1],
      ['presto', query, 0],
      ['hive', query, 1],
      ['trino', query, 1],
    ])
  })

  it('logs every call with what it changed', async () => {
    const fake = await start()
    await makeTable(fake)
    await outcome(fake, 'POST table/create/mta/shapley/log')
    expect(fake.calls).toEqual([
      {
        number: 1,
        method: 'POST',
        path: '/v3/database/create/mta',
        status: 200,
        effect: 'database mta created',
        fault: undefined,
      },
      {
        number: 2,
        method: 'POST',
        path: '/v3/table/create/mta/shapley/log',
        status: 200,
        effect: 'table mta.shapley created',
        fault: undefined,
      },
      {
        number: 3,
        method: 'POST',
        path: '/v3/table/create/mta/shapley/log',
        status: 409,
        effect: undefined,
        fault: undefined,
      },
    ])
  })
})

describe('databases and tables of the fake', () => {
  it('are created once, listed, and deleted', async () => {
    const fake = await start()
    await makeTable(fake)
    expect(await outcome(fake, 'POST database/create/mta')).toBe("409 Database 'mta' already exists")
    expect(await outcome(fake, 'POST database/create/MTA')).toBe(
      "422 Validation failed: database name 'MTA' must be 3 to 128 characters of a-z, 0-9 and _",
    )
    expect(await call(fake, 'GET database/list')).toMatchObject({ databases: [{ name: 'mta', count: 1 }] })
    expect(await call(fake, 'GET database/show/mta')).toMatchObject({ name: 'mta' })
    expect(await call(fake, 'GET table/list/mta')).toMatchObject({
      database: 'mta',
      tables: [{ name: 'shapley', type: 'log', count: 0, schema: '[["channel","string","channel"]]' }],
    })
    expect(await outcome(fake, 'POST table/create/mta/other/item')).toBe(
      "422 Validation failed: Table type must be 'log'",
    )
    expect(await outcome(fake, 'POST table/delete/mta/shapley')).toBe(
      '200 {"database":"mta","table":"shapley","type":"log"}',
    )
    expect(await fake.rows('mta', 'shapley')).toBeUndefined()
    await call(fake, 'POST database/delete/mta')
    expect(await outcome(fake, 'GET table/list/mta')).toBe(
      "404 Resource not found: database 'mta' does not exist",
    )
  })

  it('are created by one call of an idempotent key, however often it is made', async () => {
    const fake = await start()
    await makeTable(fake)
    const create = (key: string) => outcome(fake, 'POST table/create/mta/one/log', { idempotent_key: key })
    const done = '200 {"database":"mta","table":"one","type":"log"}'
    expect([await create('k1'), await create('k1')]).toEqual([done, done])
    expect(await create('k2')).toBe("409 Table 'mta.one' already exists")
    expect(fake.calls.filter(({ effect }) => effect === 'table mta.one created')).toHaveLength(1)
  })

  it('take the name of another table only where overwrite says so', async () => {
    const fake = await start()
    await fake.loadTable('mta', 'old', { sql: "SELECT 'old' AS channel, 1 AS time" })
    await fake.loadTable('mta', 'new', { sql: "SELECT 'new' AS channel, 2 AS time" })
    expect(await outcome(fake, 'POST table/rename/mta/new/old')).toBe("409 Table 'mta.old' already exists")
    expect(await outcome(fake, 'POST table/rename/mta/new/old', { overwrite: 'false' })).toBe(
      "409 Table 'mta.old' already exists",
    )
    expect(await outcome(fake, 'POST table/rename/mta/new/old?overwrite=true')).toBe(
      "409 Table 'mta.old' already exists",
    )
    await call(fake, 'POST table/rename/mta/new/old', { overwrite: 'true' })
    expect(await fake.rows('mta', 'old')).toEqual([{ channel: 'new', time: 2 }])
    expect(await fake.rows('mta', 'new')).toBeUndefined()
    expect(fake.calls.at(-1)?.effect).toBe('table mta.new renamed to old, which it replaced')
    expect(await outcome(fake, 'POST table/rename/mta/new/old', { overwrite: 'true' })).toBe(
      "404 Resource not found: table 'mta.new' does not exist",
    )
  })

  it('are there and whole for a reader while others take their name', async () => {
    const fake = await start()
    await fake.loadTable('mta', 'shown', { sql: 'SELECT 0 AS version, 0 AS time FROM range(5000)' })
    let isOver = false
    const seen = new Set<string>()
    const reading = (async () => {
      while (!isOver) {
        const rows = await fake.rows('mta', 'shown')
        seen.add(`${rows?.length} rows of ${new Set(rows?.map((row) => row.version)).size} versions`)
      }
    })()
    for (let version = 1; version <= 20; version++) {
      await fake.loadTable('mta', 'next', { sql: `SELECT ${version} AS version, 0 AS time FROM range(5000)` })
      await call(fake, 'POST table/rename/mta/next/shown', { overwrite: 'true' })
    }
    isOver = true
    await reading
    expect([...seen]).toEqual(['5000 rows of 1 versions'])
  })

  it('swap their names', async () => {
    const fake = await start()
    await fake.loadTable('mta', 'one', { sql: 'SELECT 1 AS n, 0 AS time' })
    await fake.loadTable('mta', 'two', { sql: 'SELECT 2 AS n, 0 AS time' })
    await call(fake, 'POST table/swap/mta/one/two')
    expect(await fake.rows('mta', 'one')).toEqual([{ n: 2, time: 0 }])
    expect(await fake.rows('mta', 'two')).toEqual([{ n: 1, time: 0 }])
    expect(await outcome(fake, 'POST table/swap/mta/one/three')).toBe(
      "404 Resource not found: table 'mta.three' does not exist",
    )
  })

  it('keep their rows when they get another schema', async () => {
    const fake = await start()
    await fake.loadTable('mta', 'shapley', { sql: "SELECT '12' AS n, 'x' AS channel, 5 AS time" })
    await call(fake, 'POST table/update-schema/mta/shapley', { schema: '[["n","long"],["share","double"]]' })
    expect(await fake.rows('mta', 'shapley')).toEqual([{ n: 12, share: null, time: 5 }])
    await call(fake, 'POST table/append-schema/mta/shapley', { schema: '[["tags","array<string>"]]' })
    expect(await fake.rows('mta', 'shapley')).toEqual([{ n: 12, share: null, tags: null, time: 5 }])
    expect((await call(fake, 'GET table/show/mta/shapley')).schema).toBe(
      '[["n","long","n"],["share","double","share"],["tags","array<string>","tags"]]',
    )
  })

  it.each([
    ['[["time","long"]]', 'Schema: column time: time is implicit'],
    ['[["v","string"]]', 'Schema: column v: v is reserved'],
    ['[["a","varchar"]]', 'Schema: column a: unknown type varchar'],
    ['[["a b","long"]]', 'Schema: column a b: only lower case letters, digits and _ are allowed'],
    ['[["a","long"],["a","long"]]', 'Schema: column a: duplicate'],
    ['[[1]]', 'Schema is invalid: [1]'],
    ['a', 'Schema must be a JSON array, not a'],
  ])('refuse the schema %s', async (schema, complaint) => {
    const fake = await start()
    await makeTable(fake)
    const answer = await outcome(fake, 'POST table/update-schema/mta/shapley', { schema })
    expect(answer).toBe(`422 Validation failed: ${complaint}`)
  })
})

describe('jobs of the fake', () => {
  it('have names and types of columns as Trino has them', async () => {
    const fake = await start()
    await makeTable(fake)
    const query =
      'SELECT count(*), 1 AS one, NULL, ARRAY[1, 2], ARRAY[1e0], max(channel) AS "the last" FROM mta.shapley'
    const job = await runQuery(fake, query)
    const shown = await call(fake, `GET job/show/${job}`)
    const columns: readonly string[][] = JSON.parse(String(shown.hive_result_schema))
    expect(columns.map(([name]) => name)).toEqual(['_col0', 'one', '_col2', '_col3', '_col4', 'the last'])
    expect(await resultOf(fake, query)).toEqual([[0, 1, null, [1, 2], [1], null]])
    const failed = await runQuery(fake, 'CREATE TABLE mta.counted AS SELECT count(*) FROM mta.shapley')
    expect(JSON.stringify(await call(fake, `GET job/show/${failed}`))).toContain(
      'Column name not specified at position 1',
    )
  })

  it('are queued, then run, then succeed, one poll each', async () => {
    const fake = await start()
    await call(fake, 'POST database/create/mta')
    const issued = await call(fake, 'POST job/issue/trino/mta', { query: 'SELECT 1 AS n' })
    expect(issued).toEqual({ job: '1001', job_id: '1001', database: 'mta' })
    expect(await outcome(fake, 'GET job/result/1001')).toBe(
      "404 Resource not found: job '1001' is queued and has no result",
    )
    const polled = []
    for (let polls = 0; polls < 4; polls++) polled.push((await call(fake, 'GET job/status/1001')).status)
    expect(polled).toEqual(['queued', 'running', 'success', 'success'])
    const shown = await call(fake, 'GET job/show/1001')
    expect(shown).toMatchObject({ type: 'trino', query: 'SELECT 1 AS n', num_records: 1 })
    expect(shown.hive_result_schema).toBe('[["n","integer"]]')
    expect(await call(fake, 'GET job/list')).toMatchObject({ count: 1, jobs: [{ job_id: '1001' }] })
  })

  it('take the time they are given', async () => {
    let now = 0
    const fake = await start({ queued: { ms: 1000 }, running: { ms: 2000 }, clock: () => now })
    await call(fake, 'POST database/create/mta')
    await call(fake, 'POST job/issue/trino/mta', { query: 'SELECT 1' })
    const told = []
    for (now of [0, 999, 1000, 2999, 3000]) told.push((await call(fake, 'GET job/status/1001')).status)
    expect(told).toEqual(['queued', 'queued', 'running', 'running', 'success'])
  })

  it('of one domain key are one job', async () => {
    const fake = await start()
    await call(fake, 'POST database/create/mta')
    const body = new URLSearchParams({ query: 'SELECT 1', domain_key: 'export-r1' })
    await request(fake, 'POST job/issue/trino/mta', { body })
    const again = await request(fake, 'POST job/issue/trino/mta', { body })
    expect([again.status, await again.json()]).toEqual([
      409,
      {
        error: "Domain key 'export-r1' has already been taken",
        text: "Domain key 'export-r1' has already been taken",
        severity: 'error',
        status_code: 409,
        details: { conflicts_with: '1001' },
      },
    ])
    expect(await call(fake, 'GET job/status_by_domain_key/export-r1')).toMatchObject({ job_id: '1001' })
    expect(await outcome(fake, 'GET job/status_by_domain_key/other')).toBe(
      "404 Resource not found: no job has the domain key 'other'",
    )
    expect(fake.jobs()).toHaveLength(1)
  })

  it('that fail tell why', async () => {
    const fake = await start()
    await call(fake, 'POST database/create/mta')
    const { status, debug } = await call(
      fake,
      `GET job/show/${await runQuery(fake, 'SELECT no_such_column')}`,
    )
    expect(status).toBe('error')
    expect(JSON.stringify(debug)).toContain('no_such_column')
    expect(await outcome(fake, 'GET job/result/1001')).toBe(
      "404 Resource not found: job '1001' is error and has no result",
    )
  })

  it('stop when they are killed', async () => {
    const fake = await start()
    await call(fake, 'POST database/create/mta')
    await call(fake, 'POST job/issue/trino/mta', { query: endless })
    for (let polls = 0; polls < 3; polls++) await call(fake, 'GET job/status/1001')
    expect(await call(fake, 'POST job/kill/1001')).toEqual({ job_id: '1001', former_status: 'running' })
    await fake.jobs()[0]?.ended
    expect((await call(fake, 'GET job/status/1001')).status).toBe('killed')
    expect(await call(fake, 'POST job/kill/1001')).toEqual({ job_id: '1001', former_status: 'killed' })
  })

  it.each([
    ['trino', {}, "422 Validation failed: Query can't be blank"],
    [
      'trino',
      { query: 'SELECT 1', priority: '3' },
      "422 Validation failed: priority must be -2 to 2, not '3'",
    ],
    ['bulkload', { query: 'x' }, "422 Validation failed: this fake runs no 'bulkload' jobs"],
    ['trino', { query: 'SELECT 1', result: 's3://x' }, "422 Validation failed: this fake has no 'result'"],
  ])('are not issued for what can not be: %s %o', async (type, fields, answer) => {
    const fake = await start()
    await call(fake, 'POST database/create/mta')
    expect(await outcome(fake, `POST job/issue/${type}/mta`, { ...fields })).toBe(answer)
  })
})

describe('results of the fake', () => {
  const everything = `SELECT CAST(9007199254740993 AS bigint) AS n, 5e0 AS d, 'a,"b"' AS s, true AS b, CAST(NULL AS varchar) AS x,
    CAST(2.50 AS decimal(10, 2)) AS m, TIMESTAMP '2026-01-02 03:04:05.678' AS t, DATE '2026-01-02' AS day`

  it('come in every format, bigints exact', async () => {
    const fake = await start()
    await call(fake, 'POST database/create/mta')
    const job = await runQuery(fake, everything)
    const get = async (format: string) =>
      (await request(fake, `GET job/result/${job}?format=${format}`)).text()
    expect(await get('json')).toBe(
      '[9007199254740993,5,"a,\\"b\\"",true,null,"2.50","2026-01-02 03:04:05.678","2026-01-02"]\n',
    )
    expect(await get('csv&header=true')).toBe(
      'n,d,s,b,x,m,t,day\n9007199254740993,5,"a,""b""",true,,2.50,2026-01-02 03:04:05.678,2026-01-02\n',
    )
    expect(await get('tsv')).toBe(
      '9007199254740993\t5\ta,"b"\ttrue\t\t2.50\t2026-01-02 03:04:05.678\t2026-01-02\n',
    )
    expect(await get('xml')).toContain("unknown result format 'xml'")
    const packed = await (await request(fake, `GET job/result/${job}?format=msgpack`)).arrayBuffer()
    const rows = [
      [9007199254740993n, 5, 'a,"b"', true, null, '2.50', '2026-01-02 03:04:05.678', '2026-01-02'],
    ]
    expect([...decodeMulti(new Uint8Array(packed), { useBigInt64: true })]).toEqual(rows)
    const zipped = await (await request(fake, `GET job/result/${job}?format=msgpack.gz`)).arrayBuffer()
    expect(gunzipSync(zipped)).toEqual(Buffer.from(packed))
    const shown = await call(fake, `GET job/show/${job}`)
    expect(shown).toMatchObject({ result_size: zipped.byteLength, num_records: 1 })
    expect(shown.hive_result_schema).toBe(
      '[["n","bigint"],["d","double"],["s","varchar"],["b","boolean"],["x","varchar"],["m","decimal(10,2)"],' +
        '["t","timestamp(3)"],["day","date"]]',
    )
  })

  it('keep any bigint, double and text', async () => {
    const fake = await start()
    await call(fake, 'POST database/create/mta')
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
    const row = fc.tuple(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), finite, fc.string({ unit: 'grapheme' }))
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), async (rows) => {
        const columns = { n: 'long', d: 'double', s: 'string', time: 'long' }
        const source = rows.map(([n, d, s], at) => [n, d, s.replaceAll('\0', ''), at] as const)
        await fake.loadTable('mta', 'anything', { columns, rows: source })
        const result = await resultOf(fake, 'SELECT n, d, s FROM anything ORDER BY time')
        const plain = source.map(([n, d, s]) => [
          n >= -(2n ** 31n) && n < 2n ** 31n ? Number(n) : n,
          d + 0,
          s,
        ])
        expect(result).toEqual(plain)
      }),
      { numRuns: 25 },
    )
  })

  it('can be read on from any byte', async () => {
    const fake = await start()
    await call(fake, 'POST database/create/mta')
    const job = await runQuery(fake, `SELECT n FROM ${numbers} AS t (n)`)
    const get = (headers: Record<string, string>) =>
      request(fake, `GET job/result/${job}?format=msgpack.gz`, { headers })
    const whole = await get({})
    const bytes = Buffer.from(await whole.arrayBuffer())
    const etag = whole.headers.get('etag') ?? ''
    expect(whole.headers.get('content-length')).toBe(String(bytes.length))
    const rest = await get({ range: 'bytes=10-', 'if-range': etag })
    expect([rest.status, rest.headers.get('content-range')]).toEqual([
      206,
      `bytes 10-${bytes.length - 1}/${bytes.length}`,
    ])
    expect(Buffer.from(await rest.arrayBuffer())).toEqual(bytes.subarray(10))
    const middle = await get({ range: 'bytes=3-5' })
    expect(Buffer.from(await middle.arrayBuffer())).toEqual(bytes.subarray(3, 6))
    const last = await get({ range: 'bytes=-4' })
    expect(Buffer.from(await last.arrayBuffer())).toEqual(bytes.subarray(-4))
    expect((await get({ range: 'bytes=10-', 'if-range': '"another"' })).status).toBe(200)
    const beyond = await get({ range: `bytes=${bytes.length}-` })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${bytes.length}`])
  })
})

describe('bulk imports of the fake', () => {
  it('take rows through all states and give them to a query', async () => {
    const fake = await start()
    await makeTable(fake, '[["channel","string"],["share","double"],["cells","long"]]')
    const records = [
      { time: 5, channel: 'email "é"', share: 0.5, cells: 2n ** 62n },
      { time: 6, channel: null, share: 2, cells: -1 },
    ]
    expect(await perform(fake, 'session', [part(records)])).toEqual({
      name: 'session',
      bulk_import: 'session',
      database: 'mta',
      table: 'shapley',
      status: 'ready',
      upload_frozen: true,
      job_id: '1001',
      valid_records: 2,
      error_records: 0,
      valid_parts: 1,
      error_parts: 0,
    })
    expect(await fake.rows('mta', 'shapley')).toEqual([])
    await call(fake, 'POST bulk_import/commit/session')
    expect(await fake.rows('mta', 'shapley')).toEqual([])
    const told = []
    for (let polls = 0; polls < 3; polls++)
      told.push((await call(fake, 'GET bulk_import/show/session')).status)
    expect(told).toEqual(['committing', 'committed', 'committed'])
    expect(await resultOf(fake, 'SELECT * FROM mta.shapley ORDER BY time')).toEqual([
      ['email "é"', 0.5, 2n ** 62n, 5],
      [null, 2, -1, 6],
    ])
    expect(fake.calls.filter(({ effect }) => effect === '2 rows committed to mta.shapley')).toHaveLength(1)
    await call(fake, 'POST bulk_import/delete/session')
    expect(await call(fake, 'GET bulk_import/list')).toEqual({ bulk_imports: [] })
  })

  it('keep one part of a name, the last', async () => {
    const fake = await start()
    await makeTable(fake)
    await call(fake, 'POST bulk_import/create/session/mta/shapley')
    for (const channel of ['first', 'second']) {
      await uploadPart(fake, 'session', 'part-0', part([{ time: 1, channel }]))
    }
    await uploadPart(fake, 'session', 'part-1', part([{ time: 2, channel: 'deleted' }]))
    await call(fake, 'POST bulk_import/delete_part/session/part-1')
    expect(await call(fake, 'GET bulk_import/list_parts/session')).toMatchObject({ parts: ['part-0'] })
    await call(fake, 'POST bulk_import/perform/session')
    for (let polls = 0; polls < 3; polls++) await call(fake, 'GET bulk_import/show/session')
    await commit(fake, 'session')
    expect(await fake.rows('mta', 'shapley')).toEqual([{ channel: 'second', time: 1 }])
  })

  it('tell records without an integer time, and parts that are broken', async () => {
    const fake = await start()
    await makeTable(fake)
    const errors = [{ channel: 'no time' }, { time: 1.5 }, { time: 'soon' }, ['no map'], { time: null }]
    const broken = part(Array.from({ length: 1000 }, (_, time) => ({ time, channel: `${Math.sin(time)}` })))
    const shown = await perform(fake, 'session', [
      part([...errors, { time: 1, channel: 'good' }]),
      broken.slice(0, 5000),
      Uint8Array.from(Buffer.from('no gzip')),
    ])
    expect(shown).toMatchObject({ error_records: 5, valid_parts: 1, error_parts: 2 })
    const told = await (await request(fake, 'GET bulk_import/error_records/session')).arrayBuffer()
    expect([...decodeMulti(gunzipSync(told))]).toEqual(errors)
    await commit(fake, 'session')
    expect(await fake.rows('mta', 'shapley')).toEqual([{ channel: 'good', time: 1 }])
  })

  it('add columns that the schema lacks, and make what does not fit NULL', async () => {
    const fake = await start()
    await makeTable(fake, '[["n","long"],["tags","array<string>"],["m","map<string,long>"]]')
    const records = [
      { time: 1, n: '12', share: 1, tags: ['a', 'b'], m: { x: 1 }, mixed: 1 },
      { time: 2, n: 'x', share: 0.5, tags: 'none', mixed: 'text' },
    ]
    await perform(fake, 'session', [part(records)])
    await commit(fake, 'session')
    const rows = await resultOf(fake, 'SELECT n, share, tags, m, mixed FROM shapley ORDER BY time')
    expect(rows).toEqual([
      [12, 1, ['a', 'b'], { x: 1 }, '1'],
      [null, 0.5, null, null, 'text'],
    ])
    expect((await call(fake, 'GET table/show/mta/shapley')).schema).toBe(
      '[["n","long","n"],["tags","array<string>","tags"],["m","map<string,long>","m"],' +
        '["share","double","share"],["mixed","string","mixed"]]',
    )
  })

  it('refuse what their state does not allow', async () => {
    const fake = await start()
    await makeTable(fake)
    expect(await outcome(fake, 'POST bulk_import/create/ab/mta/shapley')).toBe(
      "422 Validation failed: bulk import name 'ab' must be 3 to 255 characters of a-z, 0-9, _ and -",
    )
    await call(fake, 'POST bulk_import/create/session/mta/shapley')
    const uploaded = async (name: string) => {
      const response = await uploadPart(fake, 'session', name, part([{ time: 1 }]))
      return `${response.status} ${JSON.parse(await response.text()).error}`
    }
    expect(await outcome(fake, 'POST bulk_import/create/session/mta/shapley')).toBe(
      "409 Bulk import 'session' already exists",
    )
    expect(await uploaded('a.b.c')).toBe(
      "422 Validation failed: part name 'a.b.c' must have no / and at most one .",
    )
    expect(await outcome(fake, 'POST bulk_import/commit/session')).toBe(
      "409 Bulk import 'session' is uploading: can't commit",
    )
    await call(fake, 'POST bulk_import/freeze/session')
    expect(await uploaded('part-0')).toBe("409 Bulk import 'session' is frozen: can't upload")
    await call(fake, 'POST bulk_import/unfreeze/session')
    expect(await uploaded('part-0')).toBe('200 undefined')
    await call(fake, 'POST bulk_import/perform/session')
    for (let polls = 0; polls < 3; polls++) await call(fake, 'GET bulk_import/show/session')
    await commit(fake, 'session')
    expect(await outcome(fake, 'POST bulk_import/commit/session')).toBe(
      "409 Bulk import 'session' is committed: can't commit",
    )
    expect(await fake.rows('mta', 'shapley')).toHaveLength(1)
  })
})

describe('streaming imports of the fake', () => {
  it('take a part once for each id', async () => {
    const fake = await start()
    await makeTable(fake)
    const send = (path: string) =>
      request(fake, `PUT ${path}`, { body: part([{ time: 1, channel: 'email' }]) })
    await send('table/import_with_id/mta/shapley/id-1/msgpack.gz')
    await send('table/import_with_id/mta/shapley/id-1/msgpack.gz')
    expect(await fake.rows('mta', 'shapley')).toHaveLength(1)
    await send('table/import/mta/shapley/msgpack.gz')
    expect(await fake.rows('mta', 'shapley')).toHaveLength(2)
    expect((await send('table/import/mta/shapley/csv')).status).toBe(415)
  })
})

describe('what the fake shows late', () => {
  it('are rows, for so many queries of their table, whatever its name is by then', async () => {
    const fake = await start({ visible: { polls: 2 } })
    await makeTable(fake)
    await perform(fake, 'session', [part([{ time: 1, channel: 'email' }])])
    await commit(fake, 'session')
    await call(fake, 'POST table/rename/mta/shapley/renamed')
    const counts = []
    for (let queries = 0; queries < 3; queries++) {
      await resultOf(fake, "SELECT 'of another table'")
      expect(await fake.rows('mta', 'renamed')).toEqual([])
      counts.push(...(await resultOf(fake, 'SELECT count(*) FROM mta.renamed')))
    }
    expect(counts).toEqual([[0], [0], [1]])
    expect(await fake.rows('mta', 'renamed')).toEqual([{ channel: 'email', time: 1 }])
  })

  it('are schemas, which the API tells at once', async () => {
    let now = 0
    const fake = await start({ visible: { ms: 500 }, clock: () => now })
    await makeTable(fake)
    await call(fake, 'POST table/update-schema/mta/shapley', { schema: '[["share","double"]]' })
    expect((await call(fake, 'GET table/show/mta/shapley')).schema).toBe('[["share","double","share"]]')
    const describing = async () => (await resultOf(fake, 'DESCRIBE shapley')).map((row) => String(row))
    expect(await describing()).toEqual(['channel,varchar,,', 'time,bigint,,'])
    now = 500
    expect(await describing()).toEqual(['share,double,,', 'time,bigint,,'])
  })
})

describe('queries of the fake', () => {
  it('know TD_TIME_RANGE and TD_TIME_PARSE as Treasure Data does', async () => {
    const fake = await start()
    await call(fake, 'POST database/create/mta')
    const midnightInTokyo = Date.parse('2026-01-01T00:00:00+09:00') / 1000
    const times = [
      "TD_TIME_PARSE('2026-01-01', 'Asia/Tokyo')",
      "TD_TIME_PARSE('2026-01-01 00:00:00', 'Asia/Tokyo')",
      "TD_TIME_PARSE('2026-01-01T00:00:00+09:00')",
      "TD_TIME_PARSE('2025-12-31T15:00:00Z', 'America/Los_Angeles')",
      "TD_TIME_PARSE('2025-12-31 15:00')",
      "TD_TIME_PARSE('2025-12-31 15:00:00 UTC', 'Asia/Tokyo')",
      "TD_TIME_PARSE('2026-01-01 Asia/Tokyo')",
      "TD_TIME_PARSE('2026-01-01 JST')",
      `TD_TIME_PARSE('${midnightInTokyo}')`,
    ]
    expect(await resultOf(fake, `SELECT ${times.join(', ')}`)).toEqual([times.map(() => midnightInTokyo)])
    const seconds = [-1, 0, 1, 2].map((offset) => `(CAST(${midnightInTokyo + offset} AS bigint))`).join(', ')
    const chosen = async (range: string) => {
      const rows = await resultOf(fake, `SELECT time FROM (VALUES ${seconds}) AS t (time) WHERE ${range}`)
      return rows.flat().map((time) => Number(time) - midnightInTokyo)
    }
    expect(await chosen("TD_TIME_RANGE(time, '2026-01-01', '2026-01-02', 'Asia/Tokyo')")).toEqual([0, 1, 2])
    expect(await chosen("TD_TIME_RANGE(time, '2025-12-31 15:00:01', NULL)")).toEqual([1, 2])
    expect(await chosen("TD_TIME_RANGE(time, NULL, '2025-12-31T15:00:01Z')")).toEqual([-1, 0])
    expect(await chosen(`TD_TIME_RANGE(time, ${midnightInTokyo}, ${midnightInTokyo + 2})`)).toEqual([0, 1])
    expect(await chosen("TD_TIME_RANGE(time, '2026-01-01 JST')")).toEqual([0, 1, 2])
    expect(await chosen('td_time_range(time, NULL, NULL)')).toEqual([-1, 0, 1, 2])
  })

  it('are told of columns and tables as by Trino', async () => {
    const fake = await start()
    await makeTable(fake, '[["channel","string"],["share","double"],["tags","array<long>"]]')
    const described = [
      ['channel', 'varchar', '', ''],
      ['share', 'double', '', ''],
      ['tags', 'array(bigint)', '', ''],
      ['time', 'bigint', '', ''],
    ]
    for (const sql of [
      'DESCRIBE shapley',
      'SHOW COLUMNS FROM "mta"."shapley"',
      'desc "td-presto".mta.shapley;',
    ]) {
      expect(await resultOf(fake, sql)).toEqual(described)
    }
    const columns = `SELECT column_name, data_type FROM information_schema.columns
      WHERE table_schema = 'mta' AND table_name = 'shapley' ORDER BY ordinal_position`
    expect(await resultOf(fake, columns)).toEqual(described.map(([name, type]) => [name, type]))
    expect(await resultOf(fake, 'SHOW TABLES FROM mta')).toEqual([['shapley']])
    await expect(resultOf(fake, 'DESCRIBE mta.nothing')).rejects.toThrow(
      "Table 'td-presto.mta.nothing' does not exist",
    )
  })

  it('can write: CREATE TABLE AS, INSERT, DELETE and DROP, with time where it is missing', async () => {
    const fake = await start({ clock: () => 1_700_000_000_500 })
    await call(fake, 'POST database/create/mta')
    await resultOf(fake, "CREATE TABLE made AS SELECT 'a' AS run_id, 1 AS n, 0.5 AS share")
    await resultOf(fake, "INSERT INTO mta.made (run_id, n) VALUES ('b', 2), ('c', 3)")
    expect(await resultOf(fake, "DELETE FROM made WHERE run_id = 'b'")).toEqual([[1]])
    expect(await fake.rows('mta', 'made')).toEqual([
      { run_id: 'a', n: 1, share: 0.5, time: 1_700_000_000 },
      { run_id: 'c', n: 3, share: null, time: 1_700_000_000 },
    ])
    expect(await call(fake, 'GET table/show/mta/made')).toMatchObject({
      schema: '[["run_id","string","run_id"],["n","long","n"],["share","double","share"]]',
    })
    await resultOf(fake, 'DROP TABLE made')
    expect(await outcome(fake, 'GET table/show/mta/made')).toBe(
      "404 Resource not found: table 'mta.made' does not exist",
    )
    await expect(resultOf(fake, "COPY (SELECT 1) TO '/tmp/x'")).rejects.toThrow(
      "line 1:1: mismatched input 'COPY'",
    )
  })

  it('read CSV files that were loaded, ids as text', async () => {
    const fake = await start()
    const sql = "SELECT '00012' AS user_id, 1 AS conversion, TIMESTAMP '2026-01-01 00:00:00' AS time"
    await fake.loadTable('mta', 'touches', { sql })
    expect(await resultOf(fake, 'SELECT * FROM touches')).toEqual([['00012', 1, 1767225600]])
  })
})

describe('scripts/fake-treasure-data.mjs', () => {
  const run = (...words: string[]) => {
    const script = fileURLToPath(new URL('../../scripts/fake-treasure-data.mjs', import.meta.url))
    return spawn(process.execPath, [script, ...words])
  }

  it('starts a fake with a table from a CSV file, says how to use it, and ends when told', async () => {
    const csv = join(makeTemporaryDirectory(), 'touches.csv')
    await writeFile(csv, 'time,user_id,source,conversion\n1767225600,00012,email,0\n1767225601,00012,,1\n')
    const child = run('--port', '0', '--input', csv, '--db', 'shop', '--table', 'touches', '--log')
    const ended = once(child, 'close')
    onTestFinished(() => void child.kill('SIGKILL'))
    let said = ''
    for await (const chunk of child.stdout) {
      said += chunk
      if (said.includes('DATA_TABLE')) break
    }
    const exported = /TD_API_SERVER=(\S+) TD_API_KEY=(\S+) WAREHOUSE=td DB=shop DATA_TABLE=touches/.exec(said)
    const headers = { authorization: `TD1 ${exported?.[2]}` }
    const shown = await fetch(`${exported?.[1]}/v3/table/show/shop/touches`, { headers })
    expect(await shown.json()).toMatchObject({
      count: 2,
      schema:
        '[["user_id","string","user_id"],["source","string","source"],["conversion","long","conversion"]]',
    })
    child.kill('SIGTERM')
    expect(await text(child.stderr)).toBe('GET /v3/table/show/shop/touches 200\n')
    expect(await ended).toEqual([0, null])
  })

  it('says what is wrong with its options', async () => {
    const child = run('--port', '99999')
    const [ended, said] = [once(child, 'close'), await text(child.stderr)]
    expect(said.split('\n')[0]).toBe('--port is 99999, but must be from 0 to 65535')
    expect(await ended).toEqual([2, null])
  })
})
