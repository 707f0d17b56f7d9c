import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ConfigError, DataError, messageOf, RemoteError } from '../../src/errors.ts'
import { sleep as pause } from '../../src/http/retries.ts'
import type { Logger } from '../../src/logger.ts'
import { sql } from '../../src/queries/sql.ts'
import {
  LEASE_SEC,
  ownerOf,
  type TemporaryKind,
  temporaryNames,
} from '../../src/warehouse/temporary-names.ts'
import type { IfExists, Row, TableWrite, Warehouse } from '../../src/warehouse/warehouse.ts'
import { startFaultProxy } from '../fakes/trino/fault-proxy.ts'
import { askForTrino, collect, emptySchema, openCatalog } from '../fakes/trino/trino-under-test.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import { lookAlikes } from './look-alikes.ts'

const { origin = '', skipped } = await askForTrino()

/** Comes with every Java. */
const KEY_TOOL = 'keytool'

const columns = [
  { name: 'channel', type: 'varchar' },
  { name: 'share', type: 'double' },
  { name: 'at', type: 'timestamp' },
  { name: 'run_id', type: 'varchar' },
] as const

function write(
  runId: string,
  rows: readonly Row[],
  ifExists: IfExists = 'overwrite',
  table = 'shapley',
): TableWrite {
  return { table: { database: 'mta', table }, columns, rows, ifExists, runId }
}

const one = (runId: string): Row => ['email', 0.5, '2026-01-02T03:04:05.678Z', runId]

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

/** A logger that keeps its messages. @param withDebug those for debugging, too. */
function keeping(withDebug = false): Logger & { readonly events: unknown[] } {
  const events: unknown[] = []
  const keep = (fields: object, event: string) => events.push([event, fields])
  return { events, debug: withDebug ? keep : () => {}, info: keep, warn: keep, error: keep }
}

describe.skipIf(skipped !== '')(`trino${skipped}`, () => {
  let warehouse: Warehouse
  beforeAll(async () => {
    warehouse = openCatalog(origin, 'tables')
    await collect(warehouse, 'CREATE SCHEMA IF NOT EXISTS mta')
  })
  beforeEach(() => emptySchema(warehouse, 'mta'))
  afterAll(() => warehouse.close())

  const tables = async () =>
    (await collect(warehouse, 'SHOW TABLES FROM mta')).map(([name]) => String(name)).sort()

  describe('queries', () => {
    /** @returns states of the queries that hold a text, the newest first. */
    const statesOf = (text: string) =>
      collect(
        warehouse,
        `SELECT state, error_code FROM system.runtime.queries WHERE query LIKE '%${text}%' AND query NOT LIKE '%runtime%' ` +
          'ORDER BY created DESC',
      )
    const endless = (mark: string) =>
      `SELECT '${mark}', count(*) FROM UNNEST(sequence(1, 10000)) a (x), UNNEST(sequence(1, 10000)) b (x), UNNEST(sequence(1, 10000)) c (x)`

    it('end at the server when the loop is left, and others go on', async () => {
      const query = sql`SELECT 'left early', x FROM UNNEST(sequence(1, 10000)) a (x), UNNEST(sequence(1, 10000)) b (y)`
      for await (const batch of warehouse.query(query)) {
        expect(batch[0]?.[0]).toBe('left early')
        break
      }
      expect(await statesOf('left early')).toEqual([['FAILED', 'USER_CANCELED']])
      expect(await collect(warehouse, 'SELECT 1')).toEqual([[1]])
    })

    it('end at the server when the signal says stop', async () => {
      const stop = new AbortController()
      const read = async () => {
        for await (const batch of warehouse.query(sql.raw(endless('stopped')), stop.signal)) void batch
      }
      const reading = errorOf(read())
      while ((await statesOf('stopped'))[0]?.[0] !== 'RUNNING') void 0
      stop.abort(new Error('told to stop'))
      expect(await reading).toEqual(new Error('told to stop'))
      expect(await statesOf('stopped')).toEqual([['FAILED', 'USER_CANCELED']])
    })

    it('that fail while they run are reported with their SQL, and pass no partial result for a complete one', async () => {
      const sql = 'SELECT 10 / (9999 - x) FROM UNNEST(sequence(1, 10000)) AS s (x)'
      expect(await errorOf(collect(warehouse, sql))).toEqual(
        new RemoteError(`trino: DIVISION_BY_ZERO: Division by zero\nin the query:\n${sql}`),
      )
    })

    it('that fail show two thousand characters', async () => {
      const sql = `SELECT nope, '${'x'.repeat(5000)}'`
      expect(await errorOf(collect(warehouse, sql))).toEqual(
        new RemoteError(
          "trino: COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved\n" +
            `in the query:\n${sql.slice(0, 2000)} ...`,
        ),
      )
    })

    it('of an unknown catalog name the option', async () => {
      const other = openCatalog(origin, 'tables', {
        warehouse: `trino:${origin.replace('://', '://tester@')}/nowhere`,
      })
      expect(await errorOf(other.describeTable({ database: 'mta', table: 'x' }))).toEqual(
        new ConfigError(
          `--warehouse (WAREHOUSE) is "${other.name}": line 1:36: Catalog 'nowhere' does not exist; ` +
            'use one that SHOW CATALOGS lists',
        ),
      )
      await other.close()
    })

    it('return times in UTC, to the microsecond', async () => {
      const sql =
        "SELECT TIMESTAMP '2026-01-02 03:04:05.123456', TIMESTAMP '2026-01-02 00:00:00 +09:00', DATE '2026-01-02', " +
        "from_iso8601_timestamp('2026-01-02T03:04:05')"
      expect(await collect(warehouse, sql)).toEqual([
        ['2026-01-02T03:04:05.123456Z', '2026-01-01T15:00:00.000Z', '2026-01-02', '2026-01-02T03:04:05.000Z'],
      ])
    })

    it('refuse integers that a number cannot represent, with their exact value and the column', async () => {
      const sql = 'SELECT 1 AS x, CAST(-9007199254740993 AS bigint) AS cells'
      expect(await errorOf(collect(warehouse, sql))).toEqual(
        new DataError(
          "trino: column cells holds the integer -9007199254740993, which is beyond 2^53 and can't be a number: " +
            'cast it to varchar in the query',
        ),
      )
    })
  })

  describe('write-back', () => {
    it('names table and server', async () => {
      expect(await warehouse.writeTables([write('r1', [one('r1')])])).toEqual([
        {
          table: { database: 'mta', table: 'shapley' },
          rows: 1,
          skipped: false,
          location: `"mta"."shapley" in ${warehouse.name}`,
        },
      ])
      expect(await tables()).toEqual(['shapley'])
    })

    it('creates the schema if there is none', async () => {
      await collect(warehouse, 'DROP SCHEMA IF EXISTS fresh CASCADE')
      await warehouse.writeTables([{ ...write('r1', []), table: { database: 'fresh', table: 'shapley' } }])
      expect(await warehouse.describeTable({ database: 'fresh', table: 'shapley' })).toHaveLength(4)
    })

    it('writes a hundred thousand rows of odd texts in statements that Trino takes', async () => {
      const odd = [`it's`, '"', '\\', '\n', '😀', '\u0000', "''", '', 'é'.repeat(50)]
      const rows = Array.from(
        { length: 100_000 },
        (_, at): Row => [odd[at % odd.length] ?? '', at / 3, null, 'r1'],
      )
      await warehouse.writeTables([write('r1', rows)])
      let wrong = 0
      let sum = 0
      for await (const batch of warehouse.query(sql`SELECT channel, share FROM mta.shapley`)) {
        for (const [channel, share] of batch) {
          sum += 1
          if (channel !== odd[Math.round(Number(share) * 3) % odd.length]) wrong++
        }
      }
      expect([sum, wrong]).toEqual([100_000, 0])
    })

    it('keeps, by append, the types of columns that are not ours, and gives ours the types that this run writes', async () => {
      await collect(
        warehouse,
        "CREATE TABLE mta.shapley AS SELECT CAST('a' AS varchar(1)) AS channel, 1 AS share, " +
          "TIMESTAMP '2026-01-02 03:04:05.123456' AS at, CAST('r0' AS varchar) AS run_id, DECIMAL '1.50' AS extra",
      )
      await warehouse.writeTables([write('r1', [['email', 0.5, null, 'r1']], 'append')])
      expect(await warehouse.describeTable({ database: 'mta', table: 'shapley' })).toEqual([
        { name: 'channel', type: 'varchar' },
        { name: 'share', type: 'double' },
        { name: 'at', type: 'timestamp(6)' },
        { name: 'run_id', type: 'varchar' },
        { name: 'extra', type: 'decimal(3,2)' },
      ])
      expect(await collect(warehouse, 'SELECT * FROM mta.shapley ORDER BY run_id')).toEqual([
        ['a', 1, '2026-01-02T03:04:05.123456Z', 'r0', 1.5],
        ['email', 0.5, null, 'r1', null],
      ])
    })

    it('keeps, by append, rows without a run', async () => {
      await warehouse.writeTables([write('r1', [['former', null, null, null], one('r1')])])
      await warehouse.writeTables([write('r1', [one('r1')], 'append')])
      expect(await collect(warehouse, 'SELECT channel, run_id FROM mta.shapley ORDER BY channel')).toEqual([
        ['email', 'r1'],
        ['former', null],
      ])
    })

    it('uses microseconds for timestamps if the connector has nothing else', async () => {
      const proxy = await startFaultProxy(origin)
      const error = {
        errorName: 'NOT_SUPPORTED',
        message: 'Timestamp precision (3) not supported. Use "timestamp(6)" instead.',
      }
      proxy.faultOf = ({ method, body }) =>
        method === 'POST' && /^CREATE TABLE .* timestamp\(3\)/.test(body)
          ? {
              status: 200,
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify({ id: 'x', stats: {}, error }),
            }
          : undefined
      const choosy = openCatalog(proxy.origin, 'tables')
      await choosy.writeTables([write('r1', [one('r1')])])
      await choosy.close()
      await proxy.close()
      expect((await warehouse.describeTable({ database: 'mta', table: 'shapley' }))?.[2]?.type).toBe(
        'timestamp(6)',
      )
      expect(await collect(warehouse, 'SELECT at FROM mta.shapley')).toEqual([['2026-01-02T03:04:05.678Z']])
    })

    it('shows a reader the former table, the new one or none, and never half of one', async () => {
      await warehouse.writeTables([write('r0', [one('r0'), one('r0')])])
      const reader = openCatalog(origin, 'tables')
      let stop = false
      const answers = new Set<string>()
      const failures = new Set<string>()
      const reading = (async () => {
        while (!stop) {
          const rows = await collect(
            reader,
            'SELECT count(*), min(run_id) = max(run_id) FROM mta.shapley',
          ).catch(messageOf)
          if (typeof rows === 'string') failures.add(rows.split('\n')[0] ?? '')
          else answers.add(JSON.stringify(rows))
        }
      })()
      for (let run = 1; run <= 10; run++) {
        await warehouse.writeTables([write(`r${run}`, [one(`r${run}`), one(`r${run}`)])])
      }
      stop = true
      await reading
      await reader.close()
      // Without rows or with an error of its own is how the memory connector reads a table that goes meanwhile.
      expect([...answers].filter((answer) => answer !== '[[0,null]]')).toEqual(['[[2,true]]'])
      for (const failure of failures) expect(failure).toMatch(/^trino: [A-Z_]+: /)
    })

    it('refuses the input as an output, in any case', async () => {
      const input = { database: 'MTA', table: 'Shapley' }
      const reading = openCatalog(origin, 'tables', { inputTable: input })
      expect(await errorOf(reading.writeTables([write('r1', [])]))).toEqual(
        new ConfigError(
          "table mta.shapley is the input, --table (DATA_TABLE), so it can't be an output as well: give the output another name",
        ),
      )
      await reading.close()
    })

    it('refuses a table that exists under error, in the words of the option', async () => {
      await warehouse.writeTables([write('r1', [])])
      expect(await errorOf(warehouse.writeTables([write('r2', [], 'error')]))).toEqual(
        new DataError(
          'table mta.shapley exists and --if-exists (IF_EXISTS) is error; nothing was written: ' +
            'choose overwrite, append or ignore, or another table',
        ),
      )
    })

    it('reports the answer of a connector that creates no tables', async () => {
      const system = openCatalog(origin, 'tables', {
        warehouse: `trino:${origin.replace('://', '://tester@')}/system`,
      })
      const error = await errorOf(
        system.writeTables([{ ...write('r1', []), table: { database: 'runtime', table: 'x' } }]),
      )
      expect(error).toBeInstanceOf(ConfigError)
      expect(messageOf(error).replace(/x_tmp_[0-9a-f_]+/, 'x_tmp')).toBe(
        `--warehouse (WAREHOUSE) ${system.name} can't take the output tables; ` +
          'trino: NOT_SUPPORTED: This connector does not support creating tables\nin the query:\n' +
          'CREATE TABLE "runtime"."x_tmp" ("channel" varchar, "share" double, "at" timestamp(3), "run_id" varchar)\n' +
          'Catalog system must let user tester create, fill, rename and drop tables in the schema of --db (DB): ' +
          'name a catalog and a user that can, or write to duckdb:FILE',
      )
      await system.close()
    })

    it('reports the refusal of a user who may only read', async () => {
      const reader = openCatalog(origin, 'tables', {
        warehouse: `trino:${origin.replace('://', '://reader@')}/tables`,
      })
      await warehouse.writeTables([write('r1', [one('r1')])])
      expect(await collect(reader, 'SELECT channel FROM mta.shapley')).toEqual([['email']])
      const error = await errorOf(reader.writeTables([write('r2', [])]))
      expect(error).toBeInstanceOf(ConfigError)
      expect(messageOf(error)).toContain('PERMISSION_DENIED: Access Denied: Cannot create table')
      expect(await tables()).toEqual(['shapley'])
      await reader.close()
    })

    it('leaves no temporary table if a later one cannot be written', async () => {
      await warehouse.writeTables([write('r0', [one('r0')])])
      const nowhere = {
        ...write('r1', []),
        columns: [...columns, { name: 'CHANNEL', type: 'varchar' } as const],
      }
      const error = await errorOf(
        warehouse.writeTables([
          write('r1', [one('r1')]),
          { ...nowhere, table: { database: 'mta', table: 'metrics' } },
        ]),
      )
      expect(messageOf(error)).toContain('DUPLICATE_COLUMN_NAME')
      expect(await tables()).toEqual(['shapley'])
      expect(await collect(warehouse, 'SELECT run_id FROM mta.shapley')).toEqual([['r0']])
    })
  })

  describe('what a run that died left', () => {
    const nowSec = Math.floor(Date.now() / 1000)
    const longAgoSec = nowSec - 2 * LEASE_SEC

    /** Leaves a table as a process does that dies. @returns its name. */
    async function leave(
      kind: TemporaryKind,
      rows = 'SELECT 1 AS x',
      madeAtSec = longAgoSec,
      target = 'shapley',
    ): Promise<string> {
      const owner = ownerOf(`${kind} ${madeAtSec}`)
      const { table } = temporaryNames(owner, madeAtSec)({ database: 'mta', table: target }, kind)
      await collect(warehouse, `CREATE TABLE mta.${table} AS ${rows}`)
      return table
    }

    it('is removed by the next run of any id that writes the table, but not what a living one made, or of another table', async () => {
      for (const kind of ['tmp', 'lookup', 'lease', 'former'] as const) await leave(kind)
      const living = await leave('tmp', 'SELECT 1 AS x', nowSec - 60)
      const other = await leave('tmp', 'SELECT 1 AS x', longAgoSec, 'shapley_channel')
      await warehouse.writeTables([write('r1', [one('r1')])])
      expect(await tables()).toEqual(['shapley', other, living].sort())
    })

    it('is not what looks like it, and is of somebody else', async () => {
      const foreign = lookAlikes('shapley')
      for (const table of foreign) await collect(warehouse, `CREATE TABLE mta.${table} AS SELECT 1 AS x`)
      await warehouse.writeTables([write('r1', [one('r1')], 'append')])
      expect(await tables()).toEqual([...foreign, 'shapley'].sort())
      expect(await collect(warehouse, 'SELECT run_id FROM mta.shapley')).toEqual([['r1']])
    })

    it('between the two renames is put right by the next run, of any id: the former table is back', async () => {
      const logger = keeping()
      const columns = "SELECT VARCHAR 'email' AS channel, 0.5e0 AS share, VARCHAR 'r0' AS run_id"
      await leave('former', columns.replace('email', 'older'), longAgoSec)
      const from = await leave('former', columns, nowSec - 90)
      const next = openCatalog(origin, 'tables', { logger })
      await next.writeTables([write('r2', [one('r2')], 'append')])
      await next.close()
      const rows = await collect(warehouse, 'SELECT channel, run_id FROM mta.shapley ORDER BY run_id')
      expect(rows).toEqual([
        ['email', 'r0'],
        ['email', 'r2'],
      ])
      expect(await tables()).toEqual(['shapley'])
      expect(logger.events[0]).toEqual([
        'restored a table that a run had left under another name',
        { table: { database: 'mta', table: 'shapley' }, from },
      ])
    })

    it('is waited for where it may be a living run between its two renames', async () => {
      const columns = "SELECT VARCHAR 'email' AS channel, VARCHAR 'r0' AS run_id"
      const former = await leave('former', columns, nowSec - 30)
      const pausesMs: number[] = []
      const sleep = async (ms: number) => {
        pausesMs.push(ms)
        await collect(warehouse, `ALTER TABLE mta.${former} RENAME TO shapley`)
      }
      const waiting = openCatalog(origin, 'tables', { sleep, wallClockSec: () => nowSec })
      await waiting.writeTables([write('r1', [one('r1')], 'append')])
      await waiting.close()
      expect(pausesMs).toEqual([1000])
      const rows = await collect(warehouse, 'SELECT run_id FROM mta.shapley ORDER BY run_id')
      expect(rows).toEqual([['r0'], ['r1']])
    })
  })

  it('lets runs of one id write the same tables at once: each ends well, and the tables are whole', async () => {
    await warehouse.writeTables([write('r1', [one('r1')])])
    const runs = [1, 2, 3].map(async (run) => {
      const own = openCatalog(origin, 'tables')
      for (let round = 0; round < 3; round++) {
        const rows = Array.from({ length: run }, () => one('r1'))
        await own.writeTables([write('r1', rows), write('r1', rows, 'overwrite', 'metrics')])
      }
      await own.close()
      return run
    })
    expect(await Promise.all(runs)).toEqual([1, 2, 3])
    expect(await tables()).toEqual(['metrics', 'shapley'])
    for (const table of ['metrics', 'shapley']) {
      const [[rows] = []] = await collect(warehouse, `SELECT count(*) FROM mta.${table}`)
      expect([1, 2, 3]).toContain(rows)
    }
  })

  it.each([
    ['that it appends to', true],
    ['that was not there', false],
  ])('keeps what another run has appended meanwhile to a table %s', async (_, isThere) => {
    if (isThere) await warehouse.writeTables([write('r0', [one('r0')])])
    const proxy = await startFaultProxy(origin)
    let writing: Promise<unknown> | undefined
    let hasWritten = false
    proxy.faultOf = ({ method, body }) => {
      if (method !== 'POST' || !body.startsWith('SELECT count(*) FROM "mta"."shapley_tmp_')) return undefined
      writing ??= warehouse.writeTables([write('r2', [one('r2')], 'append')]).then(() => {
        hasWritten = true
      })
      return hasWritten ? undefined : { status: 503, body: 'wait' }
    }
    const policy = { attempts: 10_000, firstPauseMs: 10, longestPauseMs: 10 }
    const overtaken = openCatalog(proxy.origin, 'tables', { policy })
    await overtaken.writeTables([write('r1', [one('r1')], 'append')])
    await overtaken.close()
    await writing
    await proxy.close()
    const rows = await collect(warehouse, 'SELECT run_id FROM mta.shapley ORDER BY run_id')
    expect(rows).toEqual(isThere ? [['r0'], ['r1'], ['r2']] : [['r1'], ['r2']])
    expect(await tables()).toEqual(['shapley'])
  })

  it('keeps the rows of all runs that append at once, however many', async () => {
    const ids = ['r1', 'r2', 'r3', 'r4', 'r5']
    await Promise.all(
      ids.map(async (runId) => {
        const own = openCatalog(origin, 'tables', { sleep: (_, signal) => pause(50, signal) })
        await own.writeTables([write(runId, [one(runId)], 'append')])
        await own.close()
      }),
    )
    const rows = await collect(warehouse, 'SELECT run_id FROM mta.shapley ORDER BY run_id')
    expect(rows.flat()).toEqual(ids)
    expect(await tables()).toEqual(['shapley'])
  })

  it('takes no table of somebody else for its lock', async () => {
    await collect(warehouse, 'CREATE TABLE mta.td_mta_lock (something bigint)')
    expect(await errorOf(warehouse.writeTables([write('r1', [one('r1')])]))).toEqual(
      new RemoteError(
        `trino ${origin}: table "mta"."td_mta_lock" is not td-mta's, which takes a table of that name for a lock ` +
          'while it writes: give it another name',
      ),
    )
    await collect(warehouse, 'DROP TABLE mta.td_mta_lock')
    expect(await tables()).toEqual([])
  })

  describe('over https', () => {
    /** A key of its own, and the certificate that vouches for it. */
    const makeKeys = () => {
      const directory = makeTemporaryDirectory()
      const store = join(directory, 'keys.p12')
      const keytool = (...args: readonly string[]) =>
        execFileSync(KEY_TOOL, [...args, '-keystore', store, '-storepass', 'changeit', '-alias', 'proxy'], {
          stdio: 'ignore',
        })
      keytool(
        '-genkeypair',
        '-keyalg',
        'RSA',
        '-dname',
        'CN=proxy',
        '-ext',
        'san=ip:127.0.0.1',
        '-storetype',
        'PKCS12',
      )
      const file = join(directory, 'ca.pem')
      keytool('-exportcert', '-rfc', '-file', file)
      return { tls: { pfx: readFileSync(store), passphrase: 'changeit' }, file }
    }
    const password = 's3cret pässword'

    it('sends the password with every call, and shows it nowhere', async () => {
      const { tls, file } = makeKeys()
      const proxy = await startFaultProxy(origin, tls)
      const logger = keeping(true)
      const secure = openCatalog(proxy.origin, 'tables', {
        environment: { TRINO_PASSWORD: password, TRINO_CA_FILE: file },
        logger,
        policy: { attempts: 2, firstPauseMs: 1, longestPauseMs: 1, silenceMs: 5000 },
      })
      await secure.writeTables([write('r1', [one('r1')])])
      expect(await collect(secure, 'SELECT channel FROM mta.shapley')).toEqual([['email']])
      const basic = `Basic ${Buffer.from(`tester:${password}`).toString('base64')}`
      expect(new Set(proxy.calls.map(({ headers }) => headers.authorization))).toEqual(new Set([basic]))
      proxy.faultOf = ({ method }) => (method === 'POST' ? 'reset before the effect' : undefined)
      const lost = await errorOf(collect(secure, 'SELECT 1'))
      proxy.faultOf = () => ({ status: 401, body: 'no' })
      const refused = await errorOf(collect(secure, 'SELECT 1'))
      expect([lost, refused].map((error) => error?.constructor)).toEqual([RemoteError, ConfigError])
      const shown = JSON.stringify([logger.events, everythingOf(lost), everythingOf(refused), secure.name])
      for (const secret of [password, basic, basic.slice(6)]) expect(shown).not.toContain(secret)
      await secure.close()
      await proxy.close()
    })

    it('goes to no server whose certificate nobody vouches for, unless asked to', async () => {
      const { tls } = makeKeys()
      const proxy = await startFaultProxy(origin, tls)
      const wary = openCatalog(proxy.origin, 'tables')
      expect(await errorOf(collect(wary, 'SELECT 1'))).toEqual(
        new ConfigError(
          `trino ${proxy.origin}: submitting a statement failed: no answer: self-signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT): ` +
            "name the certificates that signed the server's in TRINO_CA_FILE, " +
            'and check that https in --warehouse (WAREHOUSE) is right',
        ),
      )
      await wary.close()
      const logger = keeping()
      const bold = openCatalog(proxy.origin, 'tables', {
        environment: { TRINO_INSECURE_TLS: 'true' },
        logger,
      })
      expect(await collect(bold, 'SELECT 1')).toEqual([[1]])
      expect(logger.events).toEqual([
        ['certificate is not checked: TRINO_INSECURE_TLS is on', { server: proxy.origin }],
      ])
      await bold.close()
      await proxy.close()
    })
  })
})

/** @returns an error with all that hangs on it, causes and hidden fields too. */
function everythingOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const fields = Object.getOwnPropertyNames(error).map((name) => [
    name,
    Object.getOwnPropertyDescriptor(error, name)?.value,
  ])
  return fields.map(([name, value]) => [name, value instanceof Error ? everythingOf(value) : value])
}
