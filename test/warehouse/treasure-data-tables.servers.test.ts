import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigError, DataError, Interrupted, RemoteError } from '../../src/errors.ts'
import {
  bulkImportName,
  fillingDomainKey,
  isOfRun,
  isTemporary,
  temporaryTable,
} from '../../src/warehouse/treasure-data/names.ts'
import type { TableWrite } from '../../src/warehouse/warehouse.ts'
import type { FakeTreasureData } from '../fakes/treasure-data/start.ts'
import { startAlteringProxy, withFields } from './altering-proxy.ts'
import { leftOvers } from './treasure-data-scenario.ts'
import { errorOf, nowSec, openWarehouse, startFake } from './treasure-data-under-test.ts'

const shapley = { database: 'mta', table: 'shapley' }
const daySec = 86_400

function write(changes: Partial<TableWrite> = {}): TableWrite {
  return {
    table: shapley,
    columns: [
      { name: 'share', type: 'double' },
      { name: 'run_id', type: 'varchar' },
    ],
    rows: [
      [0.5, 'r1'],
      [1, 'r1'],
    ],
    ifExists: 'overwrite',
    runId: 'r1',
    ...changes,
  }
}

async function call(fake: FakeTreasureData, what: string, body: Record<string, string> = {}): Promise<void> {
  const [method = '', path = ''] = what.split(' ')
  const headers = { authorization: `TD1 ${fake.apiKey}`, connection: 'close' }
  const answer = await fetch(`${fake.url}/v3/${path}`, { method, headers, body: new URLSearchParams(body) })
  if (!answer.ok) throw new Error(`${what}: ${await answer.text()}`)
}

describe('tables of treasure data', () => {
  it('have our types, and the time of the session or now in each row', async () => {
    const fake = await startFake()
    const columns = [
      { name: 'text', type: 'varchar' },
      { name: 'share', type: 'double' },
      { name: 'days', type: 'bigint' },
      { name: 'session_time', type: 'timestamp' },
    ] as const
    const rows = [
      ['a', 1, 2 ** 40, '2026-01-01T00:00:00.750Z'],
      [null, null, null, null],
    ]
    const warehouse = openWarehouse(fake)
    const [written] = await warehouse.writeTables([write({ columns, rows })])
    expect(written?.location).toBe(`mta.shapley in Treasure Data (${new URL(fake.url).host})`)
    expect(await warehouse.describeTable(shapley)).toEqual([
      { name: 'text', type: 'varchar' },
      { name: 'share', type: 'double' },
      { name: 'days', type: 'bigint' },
      { name: 'session_time', type: 'varchar' },
      { name: 'time', type: 'bigint' },
    ])
    expect(await fake.rows('mta', 'shapley')).toEqual([
      { text: 'a', share: 1, days: 2 ** 40, session_time: '2026-01-01T00:00:00.750Z', time: 1767225600 },
      { text: null, share: null, days: null, session_time: null, time: nowSec },
    ])
  })

  it('without rows are created with their columns, by no job and no upload', async () => {
    const fake = await startFake()
    await openWarehouse(fake).writeTables([write({ rows: [] })])
    expect(await fake.rows('mta', 'shapley')).toEqual([])
    expect(fake.jobs()).toEqual([])
    expect(
      fake.calls.map(({ method, path }) => `${method} ${path.split('/').slice(2, 4).join('/')}`),
    ).toEqual([
      'GET bulk_import/list',
      'GET table/list',
      'POST table/create',
      'POST table/update-schema',
      'POST table/rename',
    ])
  })

  it('are described with what queries call their columns and types', async () => {
    const fake = await startFake()
    await call(fake, 'POST table/create/mta/wide/log')
    const schema = [
      ['First Name', 'string', 'first_name'],
      ['tags', 'array<string>'],
      ['pairs', 'map<string,array<long>>'],
      ['count', 'int'],
      ['ratio', 'float'],
    ]
    await call(fake, 'POST table/update-schema/mta/wide', { schema: JSON.stringify(schema) })
    expect(await openWarehouse(fake).describeTable({ database: 'mta', table: 'wide' })).toEqual([
      { name: 'first_name', type: 'varchar' },
      { name: 'tags', type: 'array(varchar)' },
      { name: 'pairs', type: 'map(varchar,array(bigint))' },
      { name: 'count', type: 'bigint' },
      { name: 'ratio', type: 'double' },
      { name: 'time', type: 'bigint' },
    ])
  })

  it('keep, by append, rows of before there was a run id, in columns that fit what is written', async () => {
    const fake = await startFake()
    await fake.loadTable('mta', 'shapley', {
      columns: { share: 'long', note: 'string', time: 'long' },
      rows: [[3, 'by hand', 7]],
    })
    const warehouse = openWarehouse(fake)
    await warehouse.writeTables([write({ ifExists: 'append' })])
    await warehouse.writeTables([write({ ifExists: 'append', rows: [[0.25, 'r1']] })])
    expect(await fake.rows('mta', 'shapley')).toEqual([
      { share: 3, note: 'by hand', run_id: null, time: 7 },
      { share: 0.25, note: null, run_id: 'r1', time: nowSec },
    ])
    const [share] = (await warehouse.describeTable(shapley)) ?? []
    expect(share).toEqual({ name: 'share', type: 'double' })
  })

  it('are waited for until queries see them', async () => {
    const fake = await startFake({ visible: { polls: 3 } })
    await fake.loadTable('mta', 'shapley', { columns: { run_id: 'string', time: 'long' }, rows: [['r0', 7]] })
    await openWarehouse(fake).writeTables([write({ ifExists: 'append' })])
    expect(await fake.rows('mta', 'shapley')).toHaveLength(3)
  })

  it('that are never seen complete end in an error, and nothing is left', async () => {
    const fake = await startFake({ visible: { polls: 1000 } })
    const error = await errorOf(openWarehouse(fake).writeTables([write()]))
    expect(error).toEqual(
      new RemoteError(
        'treasure-data: after the upload mta.shapley has 0 rows instead of 2; nothing was written',
      ),
    )
    expect(await leftOvers(fake)).toEqual([])
    expect(await fake.rows('mta', 'shapley')).toBeUndefined()
  })

  it('with a rejected row are not written', async () => {
    const fake = await startFake()
    const apiServer = await startAlteringProxy(fake.url, (passing) =>
      passing.path.includes('/bulk_import/show')
        ? withFields(passing, { valid_records: 1, error_records: 1 })
        : undefined,
    )
    const error = await errorOf(openWarehouse(fake, { apiServer }).writeTables([write()]))
    const name = bulkImportName(temporaryTable(shapley, 'r1'))
    expect(error).toEqual(
      new RemoteError(
        `treasure-data: the bulk import ${name} took 1 of 2 rows and refused 1 (job 1001); nothing was written`,
      ),
    )
    expect(await leftOvers(fake)).toEqual([])
    expect(await fake.rows('mta', 'shapley')).toBeUndefined()
  })

  it('whose import job is killed are not written', async () => {
    const fake = await startFake()
    const sleep = async () => void fake.jobs()[0]?.kill()
    const error = await errorOf(openWarehouse(fake, { sleep }).writeTables([write()]))
    const name = bulkImportName(temporaryTable(shapley, 'r1'))
    expect(error).toEqual(
      new RemoteError(`treasure-data: job 1001 of the bulk import ${name} ended as killed`),
    )
    expect(await leftOvers(fake)).toEqual([])
  })

  it('are not written once the run is told to stop: its jobs are killed, its uploads removed', async () => {
    const fake = await startFake()
    const stop = new AbortController()
    const reason = new Interrupted('SIGTERM')
    const sleep = async (_: number, signal?: AbortSignal) => {
      stop.abort(reason)
      signal?.throwIfAborted()
    }
    expect(await errorOf(openWarehouse(fake, { sleep }).writeTables([write()], stop.signal))).toBe(reason)
    expect(fake.jobs().map(({ status }) => status)).toEqual(['killed'])
    expect(await leftOvers(fake)).toEqual([])
  })

  it('are sent in several parts if they have many rows', async () => {
    const fake = await startFake()
    const rows = Array.from({ length: 250_000 }, (_, at) => [at / 7, 'r1'])
    await openWarehouse(fake).writeTables([write({ rows })])
    const parts = fake.calls
      .filter(({ method }) => method === 'PUT')
      .map(({ path }) => path.split('/').at(-1))
    expect(parts).toEqual(['part_00000', 'part_00001', 'part_00002'])
    const written = await fake.rows('mta', 'shapley')
    expect(written?.map(({ share }) => share).toSorted((one, other) => Number(one) - Number(other))).toEqual(
      rows.map(([share]) => share),
    )
  })

  it('can have words of SQL as columns', async () => {
    const fake = await startFake()
    const columns = [
      { name: 'select', type: 'varchar' },
      { name: '2nd', type: 'double' },
      { name: 'run_id', type: 'varchar' },
    ] as const
    const warehouse = openWarehouse(fake)
    await warehouse.writeTables([write({ columns, rows: [['a', 1, 'r1']], ifExists: 'append' })])
    const rows = [['b', 2, 'r2']]
    await warehouse.writeTables([write({ columns, rows, ifExists: 'append', runId: 'r2' })])
    expect(await fake.rows('mta', 'shapley')).toMatchObject([
      { select: 'a', '2nd': 1 },
      { select: 'b', '2nd': 2 },
    ])
  })
})

describe('names at treasure data', () => {
  const refused: readonly (readonly [string, Partial<TableWrite>, string])[] = [
    [
      'a table',
      { table: { database: 'mta', table: 'Shapley of "May"' } },
      `table mta.Shapley of "May": "Shapley of "May"" can't be the name of a table on Treasure Data: ` +
        'a-z, 0-9 and _ are allowed, 3 to 255 characters',
    ],
    [
      'a database',
      { table: { database: 'my', table: 'shapley' } },
      `table my.shapley: "my" can't be the name of a database on Treasure Data: ` +
        'a-z, 0-9 and _ are allowed, 3 to 255 characters',
    ],
    [
      'a column',
      { columns: [{ name: 'E-Mail', type: 'double' }], rows: [] },
      `table mta.shapley: "E-Mail" can't be the name of a column on Treasure Data: ` +
        'a-z, 0-9 and _ are allowed, 1 to 255 characters',
    ],
    [
      'time',
      { columns: [{ name: 'time', type: 'bigint' }], rows: [] },
      'table mta.shapley: the column "time" is Treasure Data\'s own; use another name',
    ],
  ]

  it.each(refused)('that are not allowed are refused before any work: %s', async (_, changes, message) => {
    const fake = await startFake()
    const error = await errorOf(openWarehouse(fake).writeTables([write(), write(changes)]))
    expect(error).toEqual(new ConfigError(message))
    expect(fake.calls).toEqual([])
  })

  it('of two tables must differ', async () => {
    const fake = await startFake()
    const error = await errorOf(openWarehouse(fake).writeTables([write(), write()]))
    expect(error).toEqual(
      new ConfigError('table mta.shapley would be written twice: give each output table a name of its own'),
    )
  })

  it('of missing databases are reported', async () => {
    const fake = await startFake()
    const table = { database: 'nowhere', table: 'shapley' }
    expect(await errorOf(openWarehouse(fake).writeTables([write({ table })]))).toEqual(
      new ConfigError(
        '--db (DB): there is no database nowhere on Treasure Data: create it, or name another one',
      ),
    )
  })

  const tableName = fc.stringMatching(/^[a-z0-9_]{3,255}$/)
  const runId = fc.stringMatching(/^[\w.:+-]{1,200}$/)

  it('of temporary tables are allowed, recognised as ours, and differ by table and run', () => {
    fc.assert(
      fc.property(tableName, runId, runId, (table, run, other) => {
        const temporary = temporaryTable({ database: 'mta', table }, run)
        expect(temporary.table).toMatch(/^[a-z0-9_]{3,255}$/)
        expect(bulkImportName(temporary)).toMatch(/^[a-z0-9_]{3,255}$/)
        expect(fillingDomainKey(temporary, 12).length).toBeLessThan(50)
        expect(isTemporary(temporary.table)).toBe(true)
        expect(isOfRun(temporary.table, run)).toBe(true)
        const another = temporaryTable({ database: 'mta', table }, other)
        expect(another.table === temporary.table).toBe(run === other)
      }),
    )
  })

  it('of other tables are never taken for temporary ones', () => {
    fc.assert(
      fc.property(tableName, (table) => {
        fc.pre(!/_[0-9a-f]{8}$/.test(table))
        expect(isTemporary(table)).toBe(false)
        expect(isTemporary(`${table}_tmp_r1`)).toBe(false)
        expect(isTemporary(`${table}_tmp_r1_0123abcd`)).toBe(false)
      }),
    )
  })

  it('of temporary tables hold the run id as far as names can', () => {
    expect(temporaryTable(shapley, 'r1').table).toMatch(/^shapley_tmp_r1_[0-9a-f]{8}$/)
    expect(temporaryTable(shapley, '20260102t030405z-ab12cd').table).toMatch(
      /^shapley_tmp_20260102t030405z_ab12cd_[0-9a-f]{6}_[0-9a-f]{8}$/,
    )
  })
})

describe('what dead runs left at treasure data', () => {
  const ownOf = (runId: string) => temporaryTable(shapley, runId)

  /** Leaves a temporary table and its bulk import, as a process does that is killed. */
  async function leave(fake: FakeTreasureData, runId: string): Promise<readonly [string, string]> {
    const temporary = ownOf(runId)
    const name = bulkImportName(temporary)
    await call(fake, `POST table/create/mta/${temporary.table}/log`)
    await call(fake, `POST bulk_import/create/${name}/mta/${temporary.table}`)
    return [temporary.table, name]
  }

  it('is removed if it is of the same run or a day old, and nothing else is', async () => {
    let clockSec = nowSec - 2 * daySec
    const fake = await startFake({ clock: () => clockSec * 1000 })
    await leave(fake, 'old')
    await call(fake, 'POST table/create/mta/shapley_tmp_mine/log')
    await call(fake, 'POST bulk_import/create/td_mta_mine/mta/shapley_tmp_mine')
    clockSec = nowSec - daySec + 60
    const young = await leave(fake, 'young')
    await leave(fake, 'r1')
    await openWarehouse(fake).writeTables([write()])
    const remaining = ['shapley_tmp_mine', 'td_mta_mine', ...young]
    expect((await leftOvers(fake)).toSorted()).toEqual(remaining.toSorted())
  })

  it('is removed without its table too', async () => {
    const fake = await startFake()
    const [table] = await leave(fake, 'orphan')
    await call(fake, `POST table/delete/mta/${table}`)
    await openWarehouse(fake).writeTables([write()])
    expect(await leftOvers(fake)).toEqual([])
  })

  it('is not looked for in other databases', async () => {
    const fake = await startFake()
    await leave(fake, 'old')
    await fake.loadTable('other', 'anything', { columns: { user_id: 'string' }, rows: [] })
    const table = { database: 'other', table: 'shapley' }
    await openWarehouse(fake, { wallClockSec: () => nowSec + 3 * daySec }).writeTables([write({ table })])
    expect(await leftOvers(fake)).toHaveLength(2)
  })

  it('does not go on: the job of an import is killed', async () => {
    const fake = await startFake({ running: { polls: 100 } })
    const [, name] = await leave(fake, 'r1')
    await call(fake, `POST bulk_import/perform/${name}`)
    await openWarehouse(fake).writeTables([write()])
    expect(fake.jobs()[0]?.status).toBe('killed')
    expect(await leftOvers(fake)).toEqual([])
  })

  it('does not go on: the job that copies former rows is killed, and another one copies them', async () => {
    const fake = await startFake()
    await fake.loadTable('mta', 'shapley', { columns: { run_id: 'string', time: 'long' }, rows: [['r0', 7]] })
    const temporary = ownOf('r1')
    await call(fake, `POST table/create/mta/${temporary.table}/log`)
    const sum = 'SELECT sum(a.n * b.n * c.n) FROM'
    const many = 'UNNEST(sequence(1, 100000))'
    await call(fake, 'POST job/issue/trino/mta', {
      query: `${sum} ${many} AS a (n) CROSS JOIN ${many} AS b (n) CROSS JOIN ${many} AS c (n)`,
      domain_key: fillingDomainKey(temporary, 1),
    })
    await openWarehouse(fake).writeTables([write({ ifExists: 'append' })])
    expect(fake.jobs()[0]?.status).toBe('killed')
    const keys = fake.jobs().map(({ request }) => request.domainKey)
    expect(keys).toContain(fillingDomainKey(temporary, 2))
    expect(await fake.rows('mta', 'shapley')).toHaveLength(3)
  })

  it('is reported in the log', async () => {
    const fake = await startFake()
    const [table, bulkImport] = await leave(fake, 'r1')
    const events: unknown[] = []
    const log = (fields: object, event: string) => void events.push({ ...fields, event })
    const logger = { debug() {}, info: log, warn: log, error: log }
    await openWarehouse(fake, { logger }).writeTables([write({ rows: [] })])
    expect(events).toEqual([
      { bulkImport, event: 'removed a bulk import that a dead run had left' },
      { table: `mta.${table}`, event: 'removed a table that a dead run had left' },
      expect.objectContaining({ table: shapley, rows: 0, skipped: false, event: 'table written' }),
    ])
  })

  it('does not hold up a table that is refused', async () => {
    const fake = await startFake()
    await fake.loadTable('mta', 'shapley', { columns: { run_id: 'string' }, rows: [] })
    expect(await errorOf(openWarehouse(fake).writeTables([write({ ifExists: 'error' })]))).toEqual(
      new DataError(
        'table mta.shapley exists and --if-exists (IF_EXISTS) is error; nothing was written: ' +
          'choose overwrite, append or ignore, or another table',
      ),
    )
  })
})
