import { describe, expect, it } from 'vitest'
import { DataError, RemoteError } from '../../src/errors.ts'
import { sql } from '../../src/queries/sql.ts'
import { queryNumbers } from '../../src/warehouse/query-numbers.ts'
import type {
  IfExists,
  QueryWrite,
  Row,
  TableName,
  TableWrite,
  Warehouse,
} from '../../src/warehouse/warehouse.ts'
import { quoteTable } from '../fakes/sql-text.ts'

/** A warehouse whose database `mta` has no output tables, and the same one as the next process would open it. */
export interface WarehouseUnderTest {
  readonly warehouse: Warehouse
  /** Closes the warehouse and opens it again. */
  readonly reopen: () => Promise<Warehouse>
}

/** In what warehouses differ that keep the contract. */
export interface WarehouseTraits {
  /** Columns that every table has besides those that were written. */
  readonly ownColumns?: readonly string[]
  /** Whether rows come back in the order in which they were written; true where left out. */
  readonly keepsOrder?: boolean
  /** Whether tables and columns can have any name; true where left out. */
  readonly anyName?: boolean
}

const shapley: TableName = { database: 'mta', table: 'shapley' }
const metrics: TableName = { database: 'mta', table: 'metrics' }

function write(runId: string, ifExists: IfExists, changes: Partial<TableWrite> = {}): TableWrite {
  return {
    table: shapley,
    columns: [
      { name: 'channel', type: 'varchar' },
      { name: 'share', type: 'double' },
      { name: 'conversions', type: 'bigint' },
      { name: 'at', type: 'timestamp' },
      { name: 'run_id', type: 'varchar' },
    ],
    rows: [
      ['b "quoted", é', 0.1, 9007199254740991, '2026-01-02T03:04:05.678Z', runId],
      ['a\nnew line', -1e-7, -1, '1969-12-31T23:59:59.999Z', runId],
      [null, null, null, null, runId],
      ['', 1 / 3, 0, '2026-01-02T00:00:00.000Z', runId],
      ['00012', 5e-324, 12, '2026-01-02T00:00:00.000Z', runId],
    ],
    ifExists,
    runId,
    ...changes,
  }
}

/** One row, so that tests of what stays can be read. */
function short(runId: string, ifExists: IfExists, channel = 'email'): TableWrite {
  return write(runId, ifExists, {
    columns: [
      { name: 'channel', type: 'varchar' },
      { name: 'run_id', type: 'varchar' },
    ],
    rows: [[channel, runId]],
  })
}

/** A query over a table of three touches and what each channel is worth. */
function made(runId: string, ifExists: IfExists, changes: Partial<QueryWrite> = {}): QueryWrite {
  return {
    table: shapley,
    columns: [
      { name: 'channel', type: 'varchar' },
      { name: 'credit', type: 'double' },
      { name: 'touches', type: 'bigint' },
      { name: 'at', type: 'timestamp' },
      { name: 'run_id', type: 'varchar' },
    ],
    lookup: {
      columns: [
        { name: 'name', type: 'varchar' },
        { name: 'credit', type: 'double' },
        { name: 'weight', type: 'bigint' },
      ],
      rows: [
        [`e"mail's 😀`, 1 / 3, 3],
        ['never touched', 1, 1],
        ['search', -1e-7, 9007199254740991],
      ],
    },
    sql: (
      lookup,
    ) => sql`SELECT credits.name, max(credits.credit), count(*), max(touches.at_sec), ${sql.literal(runId)}
FROM ${sql.table(touches)} AS touches
JOIN ${lookup} AS credits ON touches.channel = credits.name
GROUP BY credits.name, credits.weight`,
    expectedRows: 2,
    advice: 'do it again',
    ifExists,
    runId,
    ...changes,
  }
}

const touches: TableName = { database: 'mta', table: 'touches' }

/** @param atSec unix seconds of `search`, a fraction too. */
function writeTouches(warehouse: Warehouse, atSec = 1767323045.678): Promise<unknown> {
  const columns = [
    { name: 'channel', type: 'varchar' },
    { name: 'at_sec', type: 'double' },
  ] as const
  const email = `e"mail's 😀`
  const rows = [
    [email, -0.001],
    [email, -1],
    ['search', atSec],
  ]
  return warehouse.writeTables([{ table: touches, columns, rows, ifExists: 'overwrite', runId: 'touches' }])
}

const madeRows = (runId: string): Row[] => [
  [`e"mail's 😀`, 1 / 3, 2, '1969-12-31T23:59:59.999Z', runId],
  ['search', -1e-7, 1, '2026-01-02T03:04:05.678Z', runId],
]

const readMade = `SELECT channel, credit, touches, "at", run_id FROM ${quoteTable(shapley)} ORDER BY run_id, channel`

async function tableNames(warehouse: Warehouse): Promise<unknown[]> {
  const sql =
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'mta' ORDER BY table_name"
  return (await collect(warehouse, sql)).map(([name]) => name)
}

async function collect(warehouse: Warehouse, text: string): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of warehouse.query(sql.raw(text))) rows.push(...batch)
  return rows
}

const channelsAndRuns = `SELECT channel, run_id FROM ${quoteTable(shapley)} ORDER BY run_id, channel`

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

/** What every warehouse promises; run by the tests of each. */
export function warehouseContract(
  name: string,
  open: () => Promise<WarehouseUnderTest>,
  traits: WarehouseTraits = {},
): void {
  const { ownColumns = [], keepsOrder = true, anyName = true } = traits
  const columnNames = async (warehouse: Warehouse) =>
    (await warehouse.describeTable(shapley))
      ?.map((column) => column.name)
      .filter((column) => !ownColumns.includes(column))
  const ordered = (rows: readonly Row[]) =>
    keepsOrder ? rows : rows.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
  describe(`${name} keeps the contract of a warehouse`, () => {
    const opened = async (work: (under: WarehouseUnderTest) => Promise<void>) => {
      const under = await open()
      try {
        await work(under)
      } finally {
        await under.warehouse.close()
      }
    }

    describe('queries', () => {
      it('return values in the order of the select list, integers and decimals as numbers', () =>
        opened(async ({ warehouse }) => {
          const sql =
            "SELECT 'x', 1, CAST(9007199254740991 AS bigint), 0.25e0, CAST(2.5 AS decimal(10, 2)), true, NULL"
          expect(await collect(warehouse, sql)).toEqual([['x', 1, 9007199254740991, 0.25, 2.5, true, null]])
        }))

      it('return sums of integers as numbers', () =>
        opened(async ({ warehouse }) => {
          const sql = 'SELECT sum(n), count(*) FROM (VALUES (CAST(4000000000 AS bigint)), (5)) AS t (n)'
          expect(await collect(warehouse, sql)).toEqual([[4000000005, 2]])
        }))

      it('return columns of numbers, NULL as 0', () =>
        opened(async ({ warehouse }) => {
          const query = sql.raw(
            'SELECT CAST(n AS double) AS n, CAST(m AS double) AS m, k FROM (VALUES (1, 0.5, 7), (2, NULL, 8)) AS t (n, m, k) ORDER BY n',
          )
          const columns: number[][] = [[], [], []]
          for await (const batch of queryNumbers(warehouse, query))
            batch.forEach((column, at) => {
              columns[at]?.push(...column)
            })
          expect(columns).toEqual([
            [1, 2],
            [0.5, 0],
            [7, 8],
          ])
        }))

      it('return nothing if there are no rows', () =>
        opened(async ({ warehouse }) => {
          expect(await collect(warehouse, 'SELECT 1 WHERE 1 = 0')).toEqual([])
        }))

      it('refuse integers that a number cannot represent', () =>
        opened(async ({ warehouse }) => {
          const error = await errorOf(collect(warehouse, 'SELECT CAST(9007199254740993 AS bigint) AS cells'))
          expect(error).toBeInstanceOf(DataError)
          expect(String(error)).toContain('9007199254740993')
        }))

      it('that fail are reported with their SQL', () =>
        opened(async ({ warehouse }) => {
          const error = await errorOf(collect(warehouse, 'SELECT no_such_column'))
          expect(error).toBeInstanceOf(RemoteError)
          expect(String(error)).toContain('no_such_column')
          expect(String(error)).toContain('in the query:\nSELECT no_such_column')
        }))

      it.each([
        ['a sequence of more than 10,000 entries', 'SELECT cardinality(sequence(1, 10001))'],
        ['a shift by a bigint', 'SELECT bitwise_left_shift(CAST(1 AS bigint), CAST(3 AS bigint))'],
        ['a number in the place of text', "SELECT concat('a', 1)"],
        ['a number in the place of text to match', "SELECT regexp_like(1, 'a')"],
        ['text in the place of a number', 'SELECT abs(CAST(1 AS varchar))'],
      ])('refuse %s, as Trino does', (_, sql) =>
        opened(async ({ warehouse }) => {
          expect(await errorOf(collect(warehouse, sql))).toBeInstanceOf(RemoteError)
        }),
      )

      it('of one warehouse can be read side by side', () =>
        opened(async ({ warehouse }) => {
          const answers = ['1', '2', '3'].map((one) => collect(warehouse, `SELECT ${one}`))
          expect(await Promise.all(answers)).toEqual([[[1]], [[2]], [[3]]])
        }))

      it('stop with the reason of the signal, before they begin and while they run', () =>
        opened(async ({ warehouse }) => {
          const stop = new AbortController()
          const numbers = `(VALUES ${Array.from({ length: 100 }, (_, at) => `(${at})`).join(', ')})`
          const tables = ['a', 'b', 'c', 'd', 'e', 'f'].map((alias) => `${numbers} AS ${alias} (n)`)
          const endless = `SELECT sum(a.n * b.n + c.n * d.n + e.n * f.n) FROM ${tables.join(' CROSS JOIN ')}`
          const read = async () => {
            for await (const batch of warehouse.query(sql.raw(endless), stop.signal)) void batch
          }
          setTimeout(() => stop.abort(new Error('told to stop')), 50)
          await expect(read()).rejects.toThrow('told to stop')
          await expect(read()).rejects.toThrow('told to stop')
        }))
    })

    describe('tables', () => {
      it('that do not exist have no description', () =>
        opened(async ({ warehouse }) => {
          expect(await warehouse.describeTable(shapley)).toBeUndefined()
          expect(await warehouse.describeTable({ database: 'nowhere', table: 'x' })).toBeUndefined()
        }))

      it('come back as they were written, in order, in the next process too', () =>
        opened(async ({ warehouse, reopen }) => {
          const one = write('r1', 'overwrite')
          const [written] = await warehouse.writeTables([one])
          expect(written).toMatchObject({ table: shapley, rows: 5, skipped: false })
          const again = await reopen()
          expect(await columnNames(again)).toEqual(['channel', 'share', 'conversions', 'at', 'run_id'])
          const sql = `SELECT channel, share, conversions, "at", run_id FROM ${quoteTable(shapley)}`
          const rows = await collect(again, sql)
          const expected = one.rows.map((row) => row.map((value) => (value === undefined ? null : value)))
          expect(ordered(rows)).toEqual(ordered(expected))
          await again.close()
        }))

      it('are replaced by overwrite, columns and all', () =>
        opened(async ({ warehouse, reopen }) => {
          await warehouse.writeTables([write('r1', 'overwrite')])
          await warehouse.writeTables([short('r2', 'overwrite')])
          const again = await reopen()
          expect(await columnNames(again)).toEqual(['channel', 'run_id'])
          expect(await collect(again, channelsAndRuns)).toEqual([['email', 'r2']])
          await again.close()
        }))

      it('get, by append, the rows of other runs once each', () =>
        opened(async ({ warehouse, reopen }) => {
          await warehouse.writeTables([short('r1', 'append', 'first')])
          await warehouse.writeTables([short('r2', 'append', 'second')])
          const again = await reopen()
          await again.writeTables([short('r1', 'append', 'first again')])
          expect(await collect(again, channelsAndRuns)).toEqual([
            ['first again', 'r1'],
            ['second', 'r2'],
          ])
          await again.close()
        }))

      it('get, by append, the rows of all the runs that write at once', () =>
        opened(async ({ warehouse }) => {
          const ids = ['r1', 'r2', 'r3']
          await Promise.all(ids.map((runId) => warehouse.writeTables([short(runId, 'append')])))
          expect(await collect(warehouse, channelsAndRuns)).toEqual(ids.map((runId) => ['email', runId]))
        }))

      it('get, by append, columns that are new, and keep those that are gone', () =>
        opened(async ({ warehouse, reopen }) => {
          await warehouse.writeTables([short('r1', 'append')])
          const again = await reopen()
          const columns = [
            { name: 'run_id', type: 'varchar' },
            { name: 'social', type: 'double' },
          ] as const
          await again.writeTables([write('r2', 'append', { columns, rows: [['r2', 0.5]] })])
          const sql = `SELECT channel, run_id, social FROM ${quoteTable(shapley)} ORDER BY run_id`
          expect(await collect(again, sql)).toEqual([
            ['email', 'r1', null],
            [null, 'r2', 0.5],
          ])
          await again.close()
        }))

      it('that exist are left alone by ignore, which is reported', () =>
        opened(async ({ warehouse, reopen }) => {
          const [first] = await warehouse.writeTables([short('r1', 'ignore')])
          const again = await reopen()
          const [second] = await again.writeTables([short('r2', 'ignore')])
          expect([first?.skipped, first?.rows, second?.skipped, second?.rows]).toEqual([false, 1, true, 0])
          expect(await collect(again, channelsAndRuns)).toEqual([['email', 'r1']])
          await again.close()
        }))

      it('that exist are refused by error, and then no table is written', () =>
        opened(async ({ warehouse, reopen }) => {
          await warehouse.writeTables([short('r1', 'error')])
          const again = await reopen()
          const both = [{ ...short('r2', 'error'), table: metrics }, short('r2', 'error')]
          expect(await errorOf(again.writeTables(both))).toBeInstanceOf(DataError)
          expect(await again.describeTable(metrics)).toBeUndefined()
          expect(await collect(again, channelsAndRuns)).toEqual([['email', 'r1']])
          await again.close()
        }))

      it('are the same when a run writes them twice', () =>
        opened(async ({ warehouse }) => {
          for (const ifExists of ['overwrite', 'append', 'append'] as const) {
            await warehouse.writeTables([write('r1', ifExists)])
            expect(await collect(warehouse, `SELECT count(*) FROM ${quoteTable(shapley)}`)).toEqual([[5]])
          }
        }))

      it('can be empty', () =>
        opened(async ({ warehouse, reopen }) => {
          await warehouse.writeTables([write('r1', 'overwrite', { rows: [] })])
          const again = await reopen()
          expect(await columnNames(again)).toHaveLength(5)
          expect(await collect(again, `SELECT * FROM ${quoteTable(shapley)}`)).toEqual([])
          await again.close()
        }))

      it.each([
        [
          'channel',
          5,
          'table mta.shapley row 2 column channel: 5 is not a varchar (must be text); nothing was written',
        ],
        [
          'share',
          Number.NaN,
          'table mta.shapley row 2 column share: NaN is not a double (must be a finite number); nothing was written',
        ],
        [
          'conversions',
          1.5,
          'table mta.shapley row 2 column conversions: 1.5 is not a bigint (must be a whole number below 2^53); nothing was written',
        ],
        [
          'at',
          'soon',
          'table mta.shapley row 2 column at: "soon" is not a timestamp (must be ISO 8601); nothing was written',
        ],
      ])('take no value that does not fit its column: %s', (column, value, message) =>
        opened(async ({ warehouse }) => {
          const one = write('r1', 'overwrite')
          const at = one.columns.findIndex((each) => each.name === column)
          const rows = one.rows.map((row, k) => (k === 1 ? row.with(at, value) : row))
          const error = await errorOf(warehouse.writeTables([short('r1', 'overwrite'), { ...one, rows }]))
          expect(error).toEqual(new DataError(message))
          expect(await warehouse.describeTable(shapley)).toBeUndefined()
        }),
      )

      it('are not written once the signal says stop', () =>
        opened(async ({ warehouse }) => {
          const stop = AbortSignal.abort(new Error('told to stop'))
          await expect(warehouse.writeTables([short('r1', 'overwrite')], stop)).rejects.toThrow(
            'told to stop',
          )
          expect(await warehouse.describeTable(shapley)).toBeUndefined()
        }))

      it.runIf(anyName)('and columns can have any name', () =>
        opened(async ({ warehouse, reopen }) => {
          const table = { database: 'mta', table: 'Shapley of "May"; DROP' }
          const columns = [
            { name: 'select', type: 'varchar' },
            { name: 'a "b" c', type: 'varchar' },
            { name: 'run_id', type: 'varchar' },
          ] as const
          await warehouse.writeTables([
            { table, columns, rows: [['x', 'y', 'r1']], ifExists: 'append', runId: 'r1' },
          ])
          const again = await reopen()
          expect(await collect(again, `SELECT * FROM ${quoteTable(table)}`)).toEqual([['x', 'y', 'r1']])
          await again.close()
        }),
      )
    })

    describe('tables whose rows come from a query', () => {
      const withTouches = (work: (under: WarehouseUnderTest) => Promise<void>) =>
        opened(async (under) => {
          await writeTouches(under.warehouse)
          await work(under)
        })

      it('come back as they are, in the next process too, and nothing else remains', () =>
        withTouches(async ({ warehouse, reopen }) => {
          const [written] = await warehouse.writeTables([made('r1', 'overwrite')])
          expect(written).toMatchObject({ table: shapley, rows: 2, skipped: false })
          const again = await reopen()
          expect(await columnNames(again)).toEqual(['channel', 'credit', 'touches', 'at', 'run_id'])
          expect(await collect(again, readMade)).toEqual(madeRows('r1'))
          expect(await tableNames(again)).toEqual(expect.arrayContaining(['shapley']))
          expect(
            (await tableNames(again)).filter((name) => name !== 'touches' && name !== 'touchpoints'),
          ).toEqual(['shapley'])
          await again.close()
        }))

      it('are made from tables that an earlier process wrote', () =>
        withTouches(async ({ reopen }) => {
          const again = await reopen()
          await again.writeTables([made('r1', 'overwrite')])
          expect(await collect(again, readMade)).toEqual(madeRows('r1'))
          await again.close()
        }))

      it('have the types of tables whose rows are written', () =>
        withTouches(async ({ warehouse }) => {
          const one = made('r1', 'overwrite')
          const { columns, ifExists, runId } = one
          await warehouse.writeTables([
            one,
            { table: metrics, columns, ifExists, runId, rows: madeRows('r1') },
          ])
          expect(await warehouse.describeTable(shapley)).toEqual(await warehouse.describeTable(metrics))
          expect(await collect(warehouse, readMade.replace('shapley', 'metrics'))).toEqual(madeRows('r1'))
        }))

      it('replace a table by overwrite, columns and all', () =>
        withTouches(async ({ warehouse }) => {
          await warehouse.writeTables([write('r0', 'overwrite')])
          await warehouse.writeTables([made('r1', 'overwrite')])
          expect(await columnNames(warehouse)).toEqual(['channel', 'credit', 'touches', 'at', 'run_id'])
          expect(await collect(warehouse, readMade)).toEqual(madeRows('r1'))
        }))

      it('are appended to those of other runs, and replace those of their own', () =>
        withTouches(async ({ warehouse, reopen }) => {
          await warehouse.writeTables([short('r0', 'append')])
          await warehouse.writeTables([made('r1', 'append')])
          const again = await reopen()
          await again.writeTables([made('r1', 'append')])
          await again.writeTables([made('r2', 'append')])
          expect(await collect(again, readMade)).toEqual([
            ['email', null, null, null, 'r0'],
            ...madeRows('r1'),
            ...madeRows('r2'),
          ])
          await again.close()
        }))

      it('leave a table alone by ignore, and no query is run', () =>
        withTouches(async ({ warehouse }) => {
          await warehouse.writeTables([short('r0', 'overwrite')])
          const [written] = await warehouse.writeTables([made('r1', 'ignore', { sql: () => sql`no SQL` })])
          expect(written).toMatchObject({ rows: 0, skipped: true })
          expect(await collect(warehouse, channelsAndRuns)).toEqual([['email', 'r0']])
        }))

      it('are refused by error if the table exists, and written if it does not', () =>
        withTouches(async ({ warehouse }) => {
          await warehouse.writeTables([made('r1', 'error')])
          expect(await collect(warehouse, readMade)).toEqual(madeRows('r1'))
          expect(await errorOf(warehouse.writeTables([made('r2', 'error')]))).toBeInstanceOf(DataError)
          expect(await collect(warehouse, readMade)).toEqual(madeRows('r1'))
        }))

      it.each([1, 3])(
        'are not written where they are not as many as expected: 2 instead of %i',
        (expectedRows) =>
          withTouches(async ({ warehouse }) => {
            await warehouse.writeTables([short('r0', 'overwrite')])
            const writes = [
              { ...short('r1', 'overwrite'), table: metrics },
              made('r1', 'append', { expectedRows }),
            ]
            expect(await errorOf(warehouse.writeTables(writes))).toEqual(
              new DataError(
                `table mta.shapley: its query gave 2 rows instead of ${expectedRows}; nothing was written: do it again`,
              ),
            )
            expect(await collect(warehouse, channelsAndRuns)).toEqual([['email', 'r0']])
            expect(await warehouse.describeTable(metrics)).toBeUndefined()
            expect((await tableNames(warehouse)).filter((name) => name !== 'touchpoints')).toEqual([
              'shapley',
              'touches',
            ])
          }),
      )

      it('are not written if the query fails, which does not affect the next attempt', () =>
        withTouches(async ({ warehouse }) => {
          const made1 = made('r1', 'overwrite', {
            sql: (lookup) => sql`SELECT no_such_column FROM ${lookup}`,
          })
          const error = await errorOf(warehouse.writeTables([made1]))
          expect(error).toBeInstanceOf(RemoteError)
          expect(String(error)).toContain('no_such_column')
          expect((await tableNames(warehouse)).filter((name) => name !== 'touchpoints')).toEqual(['touches'])
          await warehouse.writeTables([made('r1', 'overwrite')])
          expect(await collect(warehouse, readMade)).toEqual(madeRows('r1'))
        }))

      it('take no value to join with that does not fit its column', () =>
        withTouches(async ({ warehouse }) => {
          const { lookup } = made('r1', 'overwrite')
          const rows = [...lookup.rows, ['push', Number.POSITIVE_INFINITY, 1]]
          const wrong = made('r1', 'overwrite', { lookup: { ...lookup, rows } })
          expect(await errorOf(warehouse.writeTables([wrong]))).toEqual(
            new DataError(
              'what the query of table mta.shapley joins with, row 4 column credit: Infinity is not a double ' +
                '(must be a finite number); nothing was written',
            ),
          )
          expect(await warehouse.describeTable(shapley)).toBeUndefined()
        }))
    })

    it('closes twice without complaint', () =>
      opened(async ({ warehouse }) => {
        await warehouse.close()
        await warehouse.close()
      }))
  })
}
