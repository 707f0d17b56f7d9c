import { expect } from 'vitest'
import { LEASE_SEC } from '../../src/warehouse/temporary-names.ts'
import type { TableWrite, Warehouse } from '../../src/warehouse/warehouse.ts'
import type { LoggedCall } from '../fakes/treasure-data/serve.ts'
import type { FakeTreasureData } from '../fakes/treasure-data/start.ts'
import { collect, errorOf, nowSec, openWarehouse } from './treasure-data-under-test.ts'

/** One job of the whole adapter: a query, then one table that is replaced and one that is appended to. */
export const writes: readonly TableWrite[] = [
  {
    table: { database: 'mta', table: 'shapley' },
    columns: [
      { name: 'days', type: 'bigint' },
      { name: 'email', type: 'double' },
      { name: 'run_id', type: 'varchar' },
    ],
    rows: [
      [0, 0.5, 'r1'],
      [1, 0.25, 'r1'],
      [2, null, 'r1'],
    ],
    ifExists: 'overwrite',
    runId: 'r1',
  },
  {
    table: { database: 'mta', table: 'attribution' },
    columns: [
      { name: 'channel', type: 'varchar' },
      { name: 'run_id', type: 'varchar' },
      { name: 'session_time', type: 'timestamp' },
    ],
    rows: [
      ['email', 'r1', '2026-01-02T00:00:00.000Z'],
      ['social', 'r1', '2026-01-02T00:00:00.000Z'],
    ],
    ifExists: 'append',
    runId: 'r1',
  },
]

const shapleyBefore = [{ old: 'yes', time: 5 }]
const attributionBefore = [{ channel: 'email', run_id: 'r0', kept: 7, time: 5 }]
const shapleyAfter = [
  { days: 0, email: 0.5, run_id: 'r1', time: nowSec },
  { days: 1, email: 0.25, run_id: 'r1', time: nowSec },
  { days: 2, email: null, run_id: 'r1', time: nowSec },
]
const session = { session_time: '2026-01-02T00:00:00.000Z', time: 1767312000 }
const attributionAfter = [
  { channel: 'email', run_id: 'r0', kept: 7, session_time: null, time: 5 },
  { channel: 'email', run_id: 'r1', kept: null, ...session },
  { channel: 'social', run_id: 'r1', kept: null, ...session },
]

/** One call of a run. */
interface KindOfCall {
  readonly method: string
  /** Of the paths of its kind. */
  readonly path: RegExp
  /** Which one of its kind. */
  readonly call: number
}

/**
 * @param turn 0, 1, 2, ... @returns one call of each kind that a run makes: in turn, each of those that are alike, as
 *   those for one table and for another.
 */
export function callOfEachKind(calls: readonly LoggedCall[], turn: number): readonly KindOfCall[] {
  const numbers = new Map<string, number>()
  for (const { method, path } of calls) {
    const kind = `${method} ${/^\/v3\/\w+\/\w+/.exec(path)?.[0]}`
    numbers.set(kind, (numbers.get(kind) ?? 0) + 1)
  }
  return [...numbers].map(([kind, alike]) => {
    const [method = '', path = ''] = kind.split(' ')
    return { method, path: new RegExp(`^${path}(\\W|$)`), call: 1 + (turn % alike) }
  })
}

/**
 * @returns the numbers of the calls of a run after which Treasure Data's tables, sessions and jobs are others than before.
 *   Whichever call a process is killed at, it leaves what it would leave at one of these.
 */
export function turningPoints(calls: readonly LoggedCall[]): readonly number[] {
  return calls.flatMap(({ effect, path }, at) =>
    effect !== undefined || /job\/status\//.test(path) ? [at + 1] : [],
  )
}

/** @returns the number of the call after which all tables are in place: what fails then fails nothing. */
export function lastRename(calls: readonly LoggedCall[]): number {
  return calls.findLastIndex(({ path }) => path.includes('/table/rename/')) + 1
}

/** So long ago that a process that has been silent since is dead. */
export const longAgoSec = nowSec - LEASE_SEC - 1

/**
 * Works, long ago, until the answer to a call gets lost, and is cut off from then on.
 * @returns how the work failed.
 */
export async function killedAfter(
  fake: FakeTreasureData,
  call: number,
  work: (killed: Warehouse) => Promise<unknown>,
): Promise<unknown> {
  const never = Array.from({ length: 300 }, (_, at) => call + 1 + at)
  fake.faults.add({ call, fault: { kind: 'reset', done: true } })
  fake.faults.add({ call: never, fault: { kind: 'reset' } })
  const error = await errorOf(
    work(openWarehouse(fake, { policy: { attempts: 1 }, wallClockSec: () => longAgoSec })),
  )
  fake.faults.clear()
  return error
}

/** Puts the tables as they were before the job. */
export async function prepareTables(fake: FakeTreasureData): Promise<void> {
  await fake.loadTable('mta', 'shapley', { columns: { old: 'string', time: 'long' }, rows: [['yes', 5]] })
  await fake.loadTable('mta', 'attribution', {
    columns: { channel: 'string', run_id: 'string', kept: 'long', time: 'long' },
    rows: [['email', 'r0', 7, 5]],
  })
}

export async function runScenario(warehouse: Warehouse): Promise<void> {
  expect(await collect(warehouse, 'SELECT old FROM mta.shapley')).toEqual([['yes']])
  await warehouse.writeTables(writes)
}

/** @returns the rows of a table in a fixed order, as a reader sees them now. */
async function rowsOf(fake: FakeTreasureData, table: string): Promise<readonly object[] | undefined> {
  const rows = await fake.rows('mta', table)
  return rows?.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
}

export async function expectAfter(fake: FakeTreasureData): Promise<void> {
  expect(await rowsOf(fake, 'shapley')).toEqual(sorted(shapleyAfter))
  expect(await rowsOf(fake, 'attribution')).toEqual(sorted(attributionAfter))
}

export async function expectBefore(fake: FakeTreasureData): Promise<void> {
  expect(await rowsOf(fake, 'shapley')).toEqual(shapleyBefore)
  expect(await rowsOf(fake, 'attribution')).toEqual(attributionBefore)
}

function sorted(rows: readonly object[]): readonly object[] {
  return rows.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
}

/**
 * Reads the tables again and again while work is done.
 * @param work is given a pause, which lets the reader read both tables.
 * @returns how often a table was read. @throws where a reader sees neither the former table nor the new one.
 */
export async function whileRead(
  fake: FakeTreasureData,
  work: (pause: () => Promise<void>) => Promise<void>,
): Promise<number> {
  const allowed = {
    shapley: [shapleyBefore, shapleyAfter].map(comparable),
    attribution: [attributionBefore, attributionAfter].map(comparable),
  }
  let isDone = false
  let reads = 0
  const readBoth = async () => {
    for (const [table, states] of Object.entries(allowed)) {
      expect(states).toContain(comparable(await fake.rows('mta', table)))
      reads++
    }
  }
  const readOn = async () => {
    while (!isDone) await readBoth()
  }
  const working = work(readBoth).finally(() => {
    isDone = true
  })
  await Promise.all([working, readOn()])
  return reads
}

function comparable(rows: readonly object[] | undefined): string {
  return (rows ?? [])
    .map((row) => JSON.stringify(Object.entries(row).sort()))
    .sort()
    .join('\n')
}

/** @returns what is there besides the tables of the job: nothing may be left. */
export async function leftOvers(fake: FakeTreasureData): Promise<readonly string[]> {
  fake.faults.clear()
  const names = [...(await namesOf(fake, 'table/list/mta')), ...(await namesOf(fake, 'bulk_import/list'))]
  return names.filter((name) => !['touchpoints', 'shapley', 'attribution'].includes(name))
}

async function namesOf(fake: FakeTreasureData, path: string): Promise<readonly string[]> {
  const headers = { authorization: `TD1 ${fake.apiKey}`, connection: 'close' }
  const answer = await (await fetch(`${fake.url}/v3/${path}`, { headers })).text()
  return [...answer.matchAll(/"name":"(\w+)"/g)].map(([, name = '']) => name)
}
