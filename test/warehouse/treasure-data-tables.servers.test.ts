import { describe, expect, it } from 'vitest'
import { ConfigError, DataError, Interrupted, messageOf, RemoteError } from '../../src/errors.ts'
import { LEASE_SEC, ownerOf, temporaryNames } from '../../src/warehouse/temporary-names.ts'
import { bulkImportName, fillingDomainKey } from '../../src/warehouse/treasure-data/names.ts'
import type { TableWrite } from '../../src/warehouse/warehouse.ts'
import type { FakeTreasureData } from '../fakes/treasure-data/start.ts'
import { startAlteringProxy, withFields } from './altering-proxy.ts'
import { lookAlikes } from './look-alikes.ts'
import { leftOvers } from './treasure-data-scenario.ts'
import { errorOf, nowSec, openWarehouse, startFake } from './treasure-data-under-test.ts'

const shapley = { database: 'mta', table: 'shapley' }
const metrics = { database: 'mta', table: 'metrics' }
const longAgoSec = nowSec - LEASE_SEC - 1

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
      'POST table/create',
      'POST bulk_import/create',
      'GET bulk_import/show',
      'POST table/rename',
      'GET bulk_import/show',
      'POST bulk_import/delete',
      'POST table/delete',
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
    expect(error).toBeInstanceOf(RemoteError)
    expect(messageOf(error)).toMatch(
      /^treasure-data: the bulk import td_mta_\w+ took 1 of 2 rows and refused 1 \(job 1001\); nothing was written$/,
    )
    expect(await leftOvers(fake)).toEqual([])
    expect(await fake.rows('mta', 'shapley')).toBeUndefined()
  })

  it('whose import job is killed are not written', async () => {
    const fake = await startFake()
    const sleep = async () => void fake.jobs()[0]?.kill()
    const error = await errorOf(openWarehouse(fake, { sleep }).writeTables([write()]))
    expect(error).toBeInstanceOf(RemoteError)
    expect(messageOf(error)).toMatch(
      /^treasure-data: job 1001 of the bulk import td_mta_\w+ ended as killed$/,
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
        'a-z, 0-9 and _ are allowed, 3 to 128 characters',
    ],
    [
      'a database',
      { table: { database: 'my', table: 'shapley' } },
      `table my.shapley: "my" can't be the name of a database on Treasure Data: ` +
        'a-z, 0-9 and _ are allowed, 3 to 128 characters',
    ],
    [
      'a column',
      { columns: [{ name: 'E-Mail', type: 'double' }], rows: [] },
      `table mta.shapley: "E-Mail" can't be the name of a column on Treasure Data: ` +
        'a-z, 0-9 and _ are allowed, 1 to 128 characters',
    ],
    [
      'a table, if long',
      { table: { database: 'mta', table: 's'.repeat(129) } },
      `table mta.${'s'.repeat(129)}: "${'s'.repeat(129)}" can't be the name of a table on Treasure Data: ` +
        'a-z, 0-9 and _ are allowed, 3 to 128 characters',
    ],
    [
      'v',
      { columns: [{ name: 'v', type: 'varchar' }], rows: [] },
      'table mta.shapley: the column "v" is Treasure Data\'s own; use another name',
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
})

describe('what dead runs left at treasure data', () => {
  /** @returns the temporary table of a process. */
  const ownOf = (process: string, table = shapley, madeAtSec = longAgoSec) =>
    temporaryNames(ownerOf(process), madeAtSec)(table, 'tmp')

  /** Leaves a temporary table and its bulk import, as a process does that is killed. */
  async function leave(
    fake: FakeTreasureData,
    temporary = ownOf('dead'),
  ): Promise<readonly [string, string]> {
    const name = bulkImportName(temporary)
    await call(fake, `POST table/create/mta/${temporary.table}/log`)
    await call(fake, `POST bulk_import/create/${name}/mta/${temporary.table}`)
    return [temporary.table, name]
  }

  it('is removed if it is of the tables that are written, and nothing else is', async () => {
    const fake = await startFake()
    await leave(fake)
    const living = await leave(fake, ownOf('living', shapley, nowSec - LEASE_SEC))
    const ofOthers = await leave(fake, ownOf('dead', metrics))
    await openWarehouse(fake).writeTables([write()])
    expect((await leftOvers(fake)).toSorted()).toEqual([...living, ...ofOthers].toSorted())
  })

  it('is kept as long as its process renews its lease', async () => {
    const fake = await startFake()
    const kept = await leave(fake)
    const lease = temporaryNames(ownerOf('dead'), nowSec - 600)(metrics, 'lease')
    await call(fake, `POST table/create/mta/${lease.table}/log`)
    await openWarehouse(fake).writeTables([write()])
    expect((await leftOvers(fake)).toSorted()).toEqual([...kept, lease.table].toSorted())
  })

  it('is not what looks like it, and is of somebody else', async () => {
    const fake = await startFake()
    const foreign = lookAlikes('shapley')
    for (const table of foreign) await call(fake, `POST table/create/mta/${table}/log`)
    await call(fake, `POST bulk_import/create/td_mta_mine/mta/${foreign[0]}`)
    await openWarehouse(fake).writeTables([write()])
    expect((await leftOvers(fake)).toSorted()).toEqual([...foreign, 'td_mta_mine'].toSorted())
  })

  it('is removed without its table too', async () => {
    const fake = await startFake()
    const [table] = await leave(fake)
    await call(fake, `POST table/delete/mta/${table}`)
    await openWarehouse(fake).writeTables([write()])
    expect(await leftOvers(fake)).toEqual([])
  })

  it('is not looked for in other databases', async () => {
    const fake = await startFake()
    await leave(fake)
    await fake.loadTable('other', 'anything', { columns: { user_id: 'string' }, rows: [] })
    await openWarehouse(fake).writeTables([write({ table: { database: 'other', table: 'shapley' } })])
    expect(await leftOvers(fake)).toHaveLength(2)
  })

  it('does not go on: the job of an import is killed', async () => {
    const fake = await startFake({ running: { polls: 100 } })
    const [, name] = await leave(fake)
    await call(fake, `POST bulk_import/perform/${name}`)
    await openWarehouse(fake).writeTables([write()])
    expect(fake.jobs()[0]?.status).toBe('killed')
    expect(await leftOvers(fake)).toEqual([])
  })

  /** Starts the job with which a process copies former rows, and which takes for ever. */
  async function copyForEver(fake: FakeTreasureData, temporary = ownOf('dead')): Promise<void> {
    await call(fake, `POST table/create/mta/${temporary.table}/log`)
    const sum = 'SELECT sum(a.n * b.n * c.n * d.n) FROM'
    const many = 'UNNEST(sequence(1, 10000))'
    await call(fake, 'POST job/issue/trino/mta', {
      query: `${sum} ${many} AS a (n) CROSS JOIN ${many} AS b (n) CROSS JOIN ${many} AS c (n) CROSS JOIN ${many} AS d (n)`,
      domain_key: fillingDomainKey(temporary, 'copy', 1),
    })
  }

  it('does not go on: the job that copies former rows is killed, and another one copies them', async () => {
    const fake = await startFake()
    await fake.loadTable('mta', 'shapley', { columns: { run_id: 'string', time: 'long' }, rows: [['r0', 7]] })
    await copyForEver(fake)
    await openWarehouse(fake).writeTables([write({ ifExists: 'append' })])
    expect(fake.jobs()[0]?.status).toBe('killed')
    expect(await leftOvers(fake)).toEqual([])
    expect(await fake.rows('mta', 'shapley')).toHaveLength(3)
  })

  it('goes on where its process lives, also one of the same run', async () => {
    const fake = await startFake()
    await copyForEver(fake, ownOf('living', shapley, nowSec - 600))
    await openWarehouse(fake).writeTables([write()])
    expect(fake.jobs()[0]?.status).not.toBe('killed')
    expect(await leftOvers(fake)).toHaveLength(1)
    fake.jobs()[0]?.kill()
  })

  it('is reported in the log', async () => {
    const fake = await startFake()
    const [table, bulkImport] = await leave(fake)
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

describe('two runs at treasure data at once', () => {
  const former = { columns: { run_id: 'string', time: 'long' }, rows: [['r0', 7]] } as const

  /**
   * Appends a run's rows to `shapley` again and again, each time with another write at another one of its pauses.
   * @param prepare is called with a fresh fake. @param check with what came of it.
   */
  async function atEachPause(
    prepare: (fake: FakeTreasureData) => Promise<void>,
    other: TableWrite,
    check: (fake: FakeTreasureData) => Promise<void>,
  ): Promise<void> {
    let hasWritten = true
    for (let at = 1; hasWritten; at++) {
      const fake = await startFake()
      await prepare(fake)
      hasWritten = false
      let pauses = 0
      const sleep = async () => {
        if (++pauses !== at) return
        hasWritten = true
        await openWarehouse(fake).writeTables([other])
      }
      await openWarehouse(fake, { sleep }).writeTables([write({ ifExists: 'append' })])
      expect(fake.jobs().filter(({ status }) => status !== 'success')).toEqual([])
      expect((await leftOvers(fake)).filter((name) => !['metrics', 'shapley_eu'].includes(name))).toEqual([])
      if (hasWritten) await check(fake)
      else expect(at).toBeGreaterThan(3)
      await fake.close()
    }
  }

  const sharesOf = async (fake: FakeTreasureData, table: string) =>
    ((await fake.rows('mta', table)) ?? []).map(({ share, run_id }) => `${run_id} ${share}`).sort()

  const half = { ifExists: 'append', rows: [[0.25, 'r1']] } as const

  it('of one id leave each other alone, though they write the same table', async () => {
    const expected = ['r0 null', 'r1 0.5', 'r1 1']
    await atEachPause(
      (fake) => fake.loadTable('mta', 'shapley', former),
      write(half),
      async (fake) => expect(await sharesOf(fake, 'shapley')).toEqual(expected),
    )
  })

  it('of one id leave each other alone where they write different tables', async () => {
    await atEachPause(
      (fake) => fake.loadTable('mta', 'shapley', former),
      write({ ...half, table: metrics }),
      async (fake) => {
        expect(await sharesOf(fake, 'shapley')).toEqual(['r0 null', 'r1 0.5', 'r1 1'])
        expect(await sharesOf(fake, 'metrics')).toEqual(['r1 0.25'])
      },
    )
  })

  it('of two projects leave each other alone, jobs, bulk imports and temporary tables', async () => {
    await atEachPause(
      (fake) => fake.loadTable('mta', 'shapley', former),
      write({ ...half, table: { database: 'mta', table: 'shapley_eu' }, runId: 'eu', rows: [[0.25, 'eu']] }),
      async (fake) => {
        expect(await sharesOf(fake, 'shapley')).toEqual(['r0 null', 'r1 0.5', 'r1 1'])
        expect(await sharesOf(fake, 'shapley_eu')).toEqual(['eu 0.25'])
        expect(fake.calls.filter(({ path }) => path.includes('/job/kill/'))).toEqual([])
      },
    )
  })

  it.each([
    ['that was there', true],
    ['that was not there', false],
  ])('of different ids both have their rows in a table %s', async (_, isThere) => {
    await atEachPause(
      async (fake) => {
        if (isThere) await fake.loadTable('mta', 'shapley', former)
      },
      write({ ...half, runId: 'r2', rows: [[0.25, 'r2']] }),
      async (fake) => {
        const expected = ['r1 0.5', 'r1 1', 'r2 0.25']
        expect(await sharesOf(fake, 'shapley')).toEqual(isThere ? ['r0 null', ...expected] : expected)
      },
    )
  })

  it('do not release the lock of each other, though the answer of the first got lost', async () => {
    const fake = await startFake()
    const releasing = /\/bulk_import\/delete\/(td_mta_lock_\w+)/
    fake.faults.add({ path: releasing, call: 1, fault: { kind: 'reset', done: true } })
    const { table } = temporaryNames(ownerOf('next'), nowSec)(shapley, 'lock')
    let taken: string | undefined
    const sleep = async () => {
      const [, lock] = fake.calls.map(({ path }) => releasing.exec(path)).find((found) => found) ?? []
      if (lock === undefined || taken !== undefined) return
      taken = lock
      await call(fake, `POST table/create/mta/${table}/log`)
      await call(fake, `POST bulk_import/create/${lock}/mta/${table}`)
    }
    await openWarehouse(fake, { sleep }).writeTables([write()])
    expect(await leftOvers(fake)).toEqual([table, taken])
  })

  it('are not held up by one that died with the lock: what it left goes, the lock before its table', async () => {
    const fake = await startFake()
    await openWarehouse(fake).writeTables([write()])
    const [, lock] = fake.calls.map(({ path }) => /(td_mta_lock_\w+)/.exec(path)).find((found) => found) ?? []
    const { table } = temporaryNames(ownerOf('dead'), longAgoSec)(shapley, 'lock')
    await call(fake, `POST table/create/mta/${table}/log`)
    await call(fake, `POST bulk_import/create/${lock}/mta/${table}`)
    const before = fake.calls.length
    await openWarehouse(fake).writeTables([write()])
    const removals = fake.calls
      .slice(before)
      .flatMap(({ path }) => /delete\/(?:mta\/)?(\w+)/.exec(path)?.[1] ?? [])
    expect(removals.filter((name) => name === lock || name === table)).toEqual([lock, table, lock])
    expect(await leftOvers(fake)).toEqual([])
  })

  it('are as many as they like: six lose no row, and each writes at most twice', async () => {
    const fake = await startFake({ queued: { polls: 0 }, running: { polls: 0 }, committing: { polls: 0 } })
    const ids = Array.from({ length: 6 }, (_, at) => `r${at}`)
    await Promise.all(
      ids.map(async (runId) => {
        const one = { ...half, runId, rows: [[0.25, runId]] } as const
        const sleep = async (ms: number) =>
          void (await new Promise((resolve) => setTimeout(resolve, ms / 20)))
        await openWarehouse(fake, { sleep }).writeTables([write(one)])
      }),
    )
    const expected = ids.map((runId) => `${runId} 0.25`)
    expect(await sharesOf(fake, 'shapley')).toEqual(expected)
    const performed = fake.calls.filter(({ path }) => path.includes('/bulk_import/perform/')).length
    expect(performed).toBeLessThanOrEqual(2 * ids.length)
    expect(await leftOvers(fake)).toEqual([])
  })
})
