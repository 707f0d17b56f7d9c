import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConfigError, RemoteError } from '../../src/errors.ts'
import { sql } from '../../src/queries/sql.ts'
import { LEASE_SEC, readTemporaryName } from '../../src/warehouse/temporary-names.ts'
import type { Row, TableWrite, Warehouse } from '../../src/warehouse/warehouse.ts'
import { quoteTable } from '../fakes/sql-text.ts'
import { type Fault, type FaultProxy, type ProxiedCall, startFaultProxy } from '../fakes/trino/fault-proxy.ts'
import { askForTrino, collect, emptySchema, openCatalog } from '../fakes/trino/trino-under-test.ts'

const { origin = '', skipped } = await askForTrino()

const quick = { attempts: 4, firstPauseMs: 1, longestPauseMs: 5, silenceMs: 1500 }
const shapley = { database: 'mta', table: 'shapley' }
const metrics = { database: 'mta', table: 'metrics' }

function write(runId: string, ifExists: TableWrite['ifExists'], table = shapley): TableWrite {
  return {
    table,
    columns: [
      { name: 'channel', type: 'varchar' },
      { name: 'share', type: 'double' },
      { name: 'run_id', type: 'varchar' },
    ],
    rows: [
      ['email', 0.5, runId],
      ['search', 0.25, runId],
    ],
    ifExists,
    runId,
  }
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

const FAULTS: readonly (readonly [string, Fault])[] = [
  ['429 with Retry-After', { status: 429, headers: { 'retry-after': '0' }, body: 'slow down' }],
  ['502 with a page', { status: 502, body: '<html>\n<h1>Bad Gateway</h1></html>' }],
  ['503', { status: 503, body: '' }],
  ['504', { status: 504, body: 'Gateway Timeout' }],
  ['a reset before the effect', 'reset before the effect'],
  ['a reset after the effect', 'reset after the effect'],
  ['a truncated answer', 'truncated answer'],
  ['a stalled answer', 'stalled answer'],
]

/** Those that Trino never hears of, and those in which an answer of Trino gets lost. */
const KINDS = [
  ['before its effect', FAULTS.slice(0, 5).map(([, fault]) => fault)],
  ['after its effect', FAULTS.slice(5).map(([, fault]) => fault)],
] as const

/** @returns what fails each call the first time, and lets the next attempt pass; of stalls, which last, each eighth. */
function onceEach(faults: readonly Fault[]): (call: ProxiedCall) => Fault | undefined {
  const failed = new Set<string>()
  let calls = 0
  let stalls = 0
  return ({ method, path, body }) => {
    const key = `${method} ${path} ${body}`
    if (failed.delete(key) || method === 'DELETE') return undefined
    const fault = faults[calls++ % faults.length]
    if (fault === 'stalled answer' && stalls++ % 8 !== 0) return undefined
    failed.add(key)
    return fault
  }
}

describe.skipIf(skipped !== '')(`trino behind a bad network${skipped}`, () => {
  let proxy: FaultProxy
  let direct: Warehouse
  beforeAll(async () => {
    proxy = await startFaultProxy(origin)
    direct = openCatalog(origin, 'faults')
    await collect(direct, 'CREATE SCHEMA IF NOT EXISTS mta')
  })
  afterAll(async () => {
    await direct.close()
    await proxy.close()
  })
  const open = () => openCatalog(proxy.origin, 'faults', { policy: quick })

  it.each(KINDS)('writes the tables once each though every call fails once %s', async (_, faults) => {
    await emptySchema(direct, 'mta')
    await direct.writeTables([write('r0', 'append')])
    proxy.faultOf = onceEach(faults)
    const warehouse = open()
    await warehouse.writeTables([write('r1', 'append'), write('r1', 'overwrite', metrics)])
    proxy.faultOf = () => undefined
    await warehouse.close()
    expect(await tablesNow(direct)).toEqual([
      ['metrics', 'r1', 2],
      ['shapley', 'r0', 2],
      ['shapley', 'r1', 2],
    ])
  })

  it.each(FAULTS)('reads each row once though every call fails once by %s', async (_, fault) => {
    proxy.faultOf = onceEach([fault])
    const warehouse = open()
    const query = sql`SELECT x, rpad('', 100, 'x') FROM UNNEST(sequence(1, 10000)) AS a (x) CROSS JOIN UNNEST(sequence(1, 5)) AS b (y)`
    let sum = 0
    let rows = 0
    for await (const batch of warehouse.query(query)) {
      rows += batch.length
      for (const [x] of batch) sum += Number(x)
    }
    await warehouse.close()
    expect([rows, sum]).toEqual([50_000, (5 * 10_000 * 10_001) / 2])
  })

  it('starts no statement whose answer was lost before its first page was requested', async () => {
    await emptySchema(direct, 'mta')
    const headers = { 'x-trino-user': 'tester', 'x-trino-catalog': 'faults' }
    const body = 'CREATE TABLE mta.shapley (x bigint)'
    const handedIn = await fetch(`${origin}/v1/statement`, { method: 'POST', headers, body })
    expect(handedIn.status).toBe(200)
    const queries = await collect(
      direct,
      `SELECT state FROM system.runtime.queries WHERE query = '${body}' AND state <> 'FINISHED'`,
    )
    expect(queries).toEqual([])
    expect(await direct.describeTable(shapley)).toBeUndefined()
  })

  describe('that stays bad', () => {
    it.each([
      ['submitting a statement', 'POST', 'status 503: down for repair'],
      ['reading a page of a result', 'GET', 'status 503: down for repair'],
    ])('gives up %s after the attempts it has', async (doing, method, why) => {
      proxy.faultOf = (call) =>
        call.method === method ? { status: 503, body: 'down for\n <b>repair</b>' } : undefined
      const warehouse = open()
      const before = proxy.calls.length
      expect(await errorOf(collect(warehouse, 'SELECT 1'))).toEqual(
        new RemoteError(`trino ${proxy.origin}: ${doing} failed after 4 attempts: ${why}`),
      )
      const made = proxy.calls.slice(before).filter((call) => call.method === method)
      expect(made).toHaveLength(4)
      await warehouse.close()
    })

    it.each([400, 404, 410, 500])('does not try again what answers %s', async (status) => {
      proxy.faultOf = () => ({ status, body: 'no' })
      const warehouse = open()
      const before = proxy.calls.length
      expect(await errorOf(collect(warehouse, 'SELECT 1'))).toEqual(
        new RemoteError(`trino ${proxy.origin}: submitting a statement was refused: status ${status}: no`),
      )
      expect(proxy.calls.length - before).toBe(1)
      await warehouse.close()
    })

    it('says whom it refused', async () => {
      proxy.faultOf = () => ({ status: 401, body: 'Authentication required' })
      const warehouse = open()
      expect(await errorOf(collect(warehouse, 'SELECT 1'))).toEqual(
        new ConfigError(
          `trino ${proxy.origin}: submitting a statement failed with status 401: Authentication required: ` +
            'user tester of --warehouse (WAREHOUSE) was refused; TRINO_PASSWORD is not set',
        ),
      )
      await warehouse.close()
    })

    it('says that it is not Trino', async () => {
      proxy.faultOf = () => ({ status: 200, body: '<html>Welcome</html>' })
      const warehouse = open()
      expect(await errorOf(collect(warehouse, 'SELECT 1'))).toEqual(
        new RemoteError(
          `trino ${proxy.origin}: submitting a statement failed: status 200: not an answer from Trino: Welcome`,
        ),
      )
      await warehouse.close()
    })

    it('asks only three times if nobody listens', async () => {
      const gone = await startFaultProxy(origin)
      await gone.close()
      const warehouse = openCatalog(gone.origin, 'faults', { policy: quick })
      const port = gone.origin.replace('http://', '')
      expect(await errorOf(collect(warehouse, 'SELECT 1'))).toEqual(
        new RemoteError(
          `trino ${gone.origin}: submitting a statement failed after 3 attempts: no answer: connect ECONNREFUSED ${port}`,
        ),
      )
      await warehouse.close()
    })

    it('goes to no other server for a result', async () => {
      const page = { id: 'x', nextUri: 'http://elsewhere.example:8080/v1/statement/queued/x/1', stats: {} }
      proxy.faultOf = () => ({
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(page),
      })
      const warehouse = open()
      expect(await errorOf(collect(warehouse, 'SELECT 1'))).toEqual(
        new RemoteError(
          `trino ${proxy.origin}: the server says that the result is at http://elsewhere.example:8080, which is another ` +
            'server: behind a proxy Trino needs http-server.process-forwarded=true, and the proxy must send X-Forwarded-Proto and -Host',
        ),
      )
      await warehouse.close()
    })

    it('leaves the former tables, or restores them, where the network fails in a write-back', async () => {
      const both = [write('r1', 'append'), write('r1', 'overwrite', metrics)]
      const former = [
        ['metrics', 'r0', 2],
        ['shapley', 'r0', 2],
      ]
      const after = [
        ['metrics', 'r1', 2],
        ['shapley', 'r0', 2],
        ['shapley', 'r1', 2],
      ]
      const later = openCatalog(origin, 'faults', {
        wallClockSec: () => Date.now() / 1000 + 2 * LEASE_SEC,
        sleep: async () => {},
      })
      const statements = await statementsOf(both)
      const lastRename = statements.findLastIndex((text) => text.includes(' RENAME TO ')) + 1
      // What only reads leaves what the statement before it left.
      const changing = statements.flatMap((text, at) => (text.startsWith('SELECT') ? [] : [at + 1]))
      expect(changing.length).toBeGreaterThan(10)
      const isRename = (dies: number) => statements[dies - 1]?.includes(' RENAME TO ')
      // Ten statements of Trino each: every second place, and all in which tables take each other's place.
      for (const dies of changing.filter((place, at) => at % 2 === 0 || isRename(place))) {
        await freshTables()
        proxy.faultOf = endingAt(dies)
        const killed = openCatalog(proxy.origin, 'faults', {
          policy: { ...quick, attempts: 1, silenceMs: 30_000 },
        })
        const error = await errorOf(killed.writeTables(both))
        await killed.close()
        proxy.faultOf = () => undefined
        const left = (await tablesNow(direct)).filter(
          ([name]) => name !== LOCK && readTemporaryName(String(name)) === undefined,
        )
        for (const row of left) expect([...former, ...after]).toContainEqual(row)
        await later.writeTables(both)
        expect([dies, error === undefined, await tablesNow(direct)]).toEqual([dies, dies > lastRename, after])
      }
      await later.close()
    }, 600_000)

    async function freshTables(): Promise<void> {
      await emptySchema(direct, 'mta')
      for (const table of [shapley, metrics]) {
        const rows =
          "(VALUES (VARCHAR 'email', 0.5e0, VARCHAR 'r0'), ('search', 0.25e0, 'r0')) AS t (channel, share, run_id)"
        await collect(direct, `CREATE TABLE ${quoteTable(table)} AS SELECT * FROM ${rows}`)
      }
    }

    async function statementsOf(writes: readonly TableWrite[]): Promise<readonly string[]> {
      await freshTables()
      proxy.faultOf = () => undefined
      const before = proxy.calls.length
      const warehouse = open()
      await warehouse.writeTables(writes)
      await warehouse.close()
      return proxy.calls.slice(before).flatMap(({ method, body }) => (method === 'POST' ? [body] : []))
    }
  })
})

/** @returns a network that fails with a statement: its effect happens, but no answer arrives, then or later. */
function endingAt(statement: number): (call: ProxiedCall) => Fault | undefined {
  let handedIn = 0
  return ({ method }) => {
    if (method === 'POST') handedIn++
    if (handedIn < statement) return undefined
    if (handedIn > statement) return 'reset before the effect'
    return method === 'POST' ? undefined : 'reset after the effect'
  }
}

/** A table that has no rows, nor runs. */
const LOCK = 'td_mta_lock'

/** @returns table, run and number of rows of all that lies in the schema. */
async function tablesNow(warehouse: Warehouse): Promise<readonly Row[]> {
  const names = await collect(
    warehouse,
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'mta' ORDER BY table_name",
  )
  const all: Row[] = []
  for (const [name] of names) {
    const table = String(name)
    if (table === LOCK) {
      all.push([table])
      continue
    }
    const counts = await collect(
      warehouse,
      `SELECT '${table}', run_id, count(*) FROM ${quoteTable({ database: 'mta', table })} GROUP BY run_id ORDER BY run_id`,
    )
    all.push(...counts)
  }
  return all
}
