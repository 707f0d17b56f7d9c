import { describe, expect, it } from 'vitest'
import { DataError, RemoteError } from '../../src/errors.ts'
import { sql } from '../../src/queries/sql.ts'
import type { QueryWrite, TableWrite } from '../../src/warehouse/warehouse.ts'
import type { Fault } from '../fakes/treasure-data/faults.ts'
import type { LoggedCall } from '../fakes/treasure-data/serve.ts'
import type { FakeTreasureData } from '../fakes/treasure-data/start.ts'
import {
  callOfEachKind,
  killedAfter,
  lastRename,
  leftOvers,
  turningPoints,
} from './treasure-data-scenario.ts'
import { errorOf, nowSec, openWarehouse, startFake } from './treasure-data-under-test.ts'

const quick = { queued: { polls: 0 }, running: { polls: 0 }, committing: { polls: 0 } }
const SESSION_SEC = 1767312000

/** A table that is appended to from a query, and one that is written beside it. */
const made: QueryWrite = {
  table: { database: 'mta', table: 'attribution' },
  columns: [
    { name: 'channel', type: 'varchar' },
    { name: 'credit', type: 'double' },
    { name: 'run_id', type: 'varchar' },
    { name: 'session_time', type: 'timestamp' },
  ],
  lookup: {
    columns: [
      { name: 'name', type: 'varchar' },
      { name: 'credit', type: 'double' },
    ],
    rows: [
      ['email', 0.25],
      ['search', 0.5],
    ],
  },
  sql: (lookup) => sql`SELECT name, credit, 'r1', ${SESSION_SEC}e0 FROM ${lookup}`,
  expectedRows: 2,
  advice: 'do it again',
  ifExists: 'append',
  runId: 'r1',
}
const beside: TableWrite = {
  table: { database: 'mta', table: 'shapley' },
  columns: [{ name: 'run_id', type: 'varchar' }],
  rows: [['r1']],
  ifExists: 'overwrite',
  runId: 'r1',
}
const writes = [made, beside]

const session = { run_id: 'r1', session_time: '2026-01-02T00:00:00.000Z', time: SESSION_SEC }
const after = [
  { channel: 'email', credit: 0.25, ...session },
  { channel: 'email', credit: 7, run_id: 'r0', session_time: null, time: 5 },
  { channel: 'search', credit: 0.5, ...session },
]

async function prepare(fake: FakeTreasureData): Promise<void> {
  await fake.loadTable('mta', 'attribution', {
    columns: { channel: 'string', credit: 'double', run_id: 'string', time: 'long' },
    rows: [['email', 7, 'r0', 5]],
  })
  await fake.loadTable('mta', 'shapley', { columns: { old: 'string', time: 'long' }, rows: [['yes', 5]] })
}

async function rowsOf(fake: FakeTreasureData, table: string): Promise<readonly object[]> {
  const rows = (await fake.rows('mta', table)) ?? []
  return rows.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
}

async function expectAfter(fake: FakeTreasureData): Promise<void> {
  const sorted = after.toSorted((one, other) =>
    one.channel + one.credit < other.channel + other.credit ? -1 : 1,
  )
  expect(await rowsOf(fake, 'attribution')).toEqual(sorted)
  expect(await rowsOf(fake, 'shapley')).toEqual([{ run_id: 'r1', time: nowSec }])
  expect(await leftOvers(fake)).toEqual([])
}

async function runOnce(fake: FakeTreasureData): Promise<readonly LoggedCall[]> {
  const before = fake.calls.length
  await prepare(fake)
  await openWarehouse(fake).writeTables(writes)
  return fake.calls.slice(before)
}

const ways: readonly (readonly [string, Fault])[] = [
  ['with 500 before the effect', { kind: 'server-error' }],
  ['by a reset after the effect', { kind: 'reset', done: true }],
]

describe('a table made by a query on treasure data', () => {
  it.each(ways)(
    'gets by with a call of any kind that fails once %s',
    { timeout: 300_000 },
    async (way, fault) => {
      const fake = await startFake(quick)
      const turn = ways.findIndex(([name]) => name === way)
      for (const call of callOfEachKind(await runOnce(fake), turn)) {
        fake.faults.add({ ...call, fault })
        await runOnce(fake)
        await expectAfter(fake)
      }
    },
  )

  it('is whole when run again after a process was killed, whatever the call', {
    timeout: 600_000,
  }, async () => {
    const calls = await runOnce(await startFake(quick))
    const points = turningPoints(calls)
    expect(points.length).toBeGreaterThan(15)
    for (const last of points) {
      const fake = await startFake(quick)
      await prepare(fake)
      const error = await killedAfter(fake, last, (killed) => killed.writeTables(writes))
      expect(error instanceof RemoteError).toBe(last <= lastRename(calls))
      await openWarehouse(fake).writeTables(writes)
      await expectAfter(fake)
      await fake.close()
    }
  })

  it('waits until queries see the tables and what it joins with', async () => {
    const fake = await startFake({ ...quick, visible: { polls: 3 } })
    await runOnce(fake)
    await expectAfter(fake)
  })

  it('is stopped by the signal while its query runs, the job too, and nothing is left', async () => {
    const fake = await startFake({ ...quick, running: { polls: 2 } })
    await prepare(fake)
    const stop = new AbortController()
    const warehouse = openWarehouse(fake, {
      sleep: async (_, signal) => {
        if (fake.jobs().some(({ request }) => /^INSERT .*made/s.test(request.query)))
          stop.abort(new Error('told to stop'))
        signal?.throwIfAborted()
      },
    })
    expect(await errorOf(warehouse.writeTables(writes, stop.signal))).toEqual(new Error('told to stop'))
    expect(fake.jobs().at(-1)?.status).toBe('killed')
    expect(await leftOvers(fake)).toEqual([])
    expect(await rowsOf(fake, 'shapley')).toEqual([{ old: 'yes', time: 5 }])
  })

  it('is not written if its number of rows is not the expected one, and neither is the other table', async () => {
    const fake = await startFake(quick)
    await prepare(fake)
    expect(await errorOf(openWarehouse(fake).writeTables([{ ...made, expectedRows: 3 }, beside]))).toEqual(
      new DataError(
        'table mta.attribution: its query gave 2 rows instead of 3; nothing was written: do it again',
      ),
    )
    expect(await leftOvers(fake)).toEqual([])
    expect(await rowsOf(fake, 'shapley')).toEqual([{ old: 'yes', time: 5 }])
  })
})
