import { describe, expect, it } from 'vitest'
import { RemoteError } from '../../src/errors.ts'
import type { Fault } from '../fakes/treasure-data/faults.ts'
import type { FakeTreasureData } from '../fakes/treasure-data/start.ts'
import {
  callOfEachKind,
  expectAfter,
  expectBefore,
  killedAfter,
  lastRename,
  leftOvers,
  longAgoSec,
  prepareTables,
  runScenario,
  turningPoints,
  whileRead,
  writes,
} from './treasure-data-scenario.ts'
import { collect, errorOf, nowSec, openWarehouse, startFake } from './treasure-data-under-test.ts'

/** Short where answers stall, so that the tests are not held up; long enough for a busy machine elsewhere. */
const silenceMs = { stalled: 400, other: 10_000 }

const ways: readonly (readonly [string, Fault])[] = [
  ['with 429', { kind: 'too-many-requests', retryAfter: '3' }],
  ['with 500', { kind: 'server-error' }],
  ['with 500 after the effect', { kind: 'server-error', done: true }],
  ["with a proxy's 502", { kind: 'bad-gateway' }],
  ["with a proxy's page and 200", { kind: 'html-page' }],
  ['by a reset before the effect', { kind: 'reset' }],
  ['by a reset after the effect', { kind: 'reset', done: true }],
  ['in the middle of the answer', { kind: 'truncated' }],
  ['by silence in the middle of the answer', { kind: 'stalled' }],
  ['with a wrong length', { kind: 'wrong-length' }],
]

/** One poll less of everything: fewer calls, none of another kind. */
const quick = { queued: { polls: 0 }, running: { polls: 0 }, committing: { polls: 0 } }

/** Runs the job on tables as they were before, read all the time. @returns what it asked of Treasure Data. */
async function runOnce(fake: FakeTreasureData, fault?: Fault) {
  const [calls, jobs] = [fake.calls.length, fake.jobs().length]
  await prepareTables(fake)
  const waitsMs: number[] = []
  const warehouse = openWarehouse(fake, {
    policy: { silenceMs: fault?.kind === 'stalled' ? silenceMs.stalled : silenceMs.other },
    sleep: async (ms) => void waitsMs.push(ms),
  })
  const reads = await whileRead(fake, () => runScenario(warehouse))
  await warehouse.close()
  await expectAfter(fake)
  const queries = fake.jobs().slice(jobs)
  return {
    calls: fake.calls.slice(calls),
    queries: queries.map(({ request }) =>
      request.query.replaceAll(/_[0-9a-f]{8}([0-9a-f]{4})?(?![0-9a-z])/g, ''),
    ),
    reads,
    waitsMs,
  }
}

describe('treasure data under faults', () => {
  it.each(ways)(
    'gets by with a call of every second kind that fails once %s',
    { timeout: 600_000 },
    async (way, fault) => {
      const fake = await startFake(quick)
      const plain = await runOnce(fake)
      const turn = ways.findIndex(([name]) => name === way)
      const kinds = callOfEachKind(plain.calls, turn)
      // Every second kind: the next way takes the others, and each job takes a second.
      for (const call of kinds.filter((_, at) => (at + turn) % 2 === 0)) {
        fake.faults.add({ ...call, fault })
        const run = await runOnce(fake, fault)
        expect(run.calls.filter((each) => each.fault === fault.kind)).toHaveLength(1)
        expect(run.queries).toEqual(plain.queries)
        expect(await leftOvers(fake)).toEqual([])
      }
    },
  )

  it('waits longer for a part that is taken in than for any other answer', async () => {
    const fake = await startFake(quick)
    await prepareTables(fake)
    fake.faults.add({ path: /upload_part/, call: 1, fault: { kind: 'late', afterMs: 3000 } })
    await runScenario(openWarehouse(fake, { policy: { silenceMs: 1000 } }))
    await expectAfter(fake)
    const uploads = fake.calls.filter(({ path }) => path.includes('upload_part'))
    expect(uploads.map(({ fault }) => fault)).toContain('late')
    expect(new Set(uploads.map(({ path }) => path)).size).toBe(uploads.length)
  })

  it('never shows a reader half a table', async () => {
    const fake = await startFake({ queued: { polls: 3 }, running: { polls: 3 }, committing: { polls: 3 } })
    await prepareTables(fake)
    const reads = await whileRead(fake, (pause) => runScenario(openWarehouse(fake, { sleep: pause })))
    expect(reads).toBeGreaterThan(50)
    await expectAfter(fake)
  })

  it('sees that reader fail if a table is filled in place', async () => {
    const fake = await startFake()
    await prepareTables(fake)
    const filling = whileRead(fake, async (pause) => {
      await fake.loadTable('mta', 'shapley', { columns: { old: 'string' }, rows: [] })
      await pause()
    })
    await expect(filling).rejects.toThrow('to include')
  })

  it('waits as long as Retry-After says, and then some', async () => {
    const fake = await startFake(quick)
    const date = new Date((nowSec + 9) * 1000).toUTCString()
    fake.faults.add({ call: 1, fault: { kind: 'too-many-requests', retryAfter: '7' } })
    fake.faults.add({ call: 2, fault: { kind: 'too-many-requests', retryAfter: date } })
    const waitsMs: number[] = []
    const warehouse = openWarehouse(fake, { sleep: async (ms) => void waitsMs.push(ms) })
    expect(await collect(warehouse, 'SELECT 1')).toEqual([[1]])
    expect(waitsMs).toHaveLength(2)
    const [first = 0, second = 0] = waitsMs
    expect(first).toBeGreaterThanOrEqual(7000)
    expect(first).toBeLessThanOrEqual(7500)
    expect(second).toBeGreaterThanOrEqual(9000)
    expect(second).toBeLessThanOrEqual(10_000)
  })

  it('waits up to twice as long after each failure', async () => {
    const fake = await startFake(quick)
    fake.faults.add({ call: [1, 2, 3, 4, 5, 6, 7], fault: { kind: 'bad-gateway' } })
    const waitsMs: number[] = []
    const warehouse = openWarehouse(fake, { sleep: async (ms) => void waitsMs.push(ms) })
    expect(await collect(warehouse, 'SELECT 1')).toEqual([[1]])
    expect(waitsMs).toHaveLength(7)
    for (const [at, ms] of waitsMs.entries()) expect(ms).toBeLessThanOrEqual(500 * 2 ** at)
    expect(new Set(waitsMs).size).toBe(7)
  })

  it('does not wait for a server that wants more than five minutes', async () => {
    const fake = await startFake(quick)
    fake.faults.add({ fault: { kind: 'too-many-requests', retryAfter: '7200' } })
    const error = await errorOf(collect(openWarehouse(fake), 'SELECT 1'))
    expect(error).toEqual(
      new RemoteError(
        'treasure-data: POST /v3/job/issue/trino/mta failed: status 429: Too many requests; it asks to wait 7200 s',
      ),
    )
  })
})

describe('treasure data under a fault that lasts', () => {
  const failed = /failed after 8 attempts: status 500: Internal server error$/
  /** Where work goes on meanwhile. */
  const failedForLong =
    /failed after \d+ attempts: status 500: Internal server error; the limit of all pauses is reached, after 8\d\d(\.\d)? s of waiting$/

  it.each([
    ['GET', /bulk_import\/list/, 'GET /v3/bulk_import/list', failed],
    ['GET', /table\/list/, 'GET /v3/table/list/mta', failed],
    ['POST', /table\/create/, 'POST /v3/table/create/mta/shapley_tmp_', failed],
    ['POST', /update-schema/, 'POST /v3/table/update-schema/mta/shapley_tmp_', failed],
    ['POST', /bulk_import\/create/, 'POST /v3/bulk_import/create/td_mta_', failed],
    ['PUT', /upload_part/, 'PUT /v3/bulk_import/upload_part/td_mta_', failed],
    ['POST', /freeze/, 'POST /v3/bulk_import/freeze/td_mta_', failed],
    ['POST', /perform/, 'POST /v3/bulk_import/perform/td_mta_', failed],
    ['POST', /commit/, 'POST /v3/bulk_import/commit/td_mta_', failed],
    ['POST', /job\/issue/, 'POST /v3/job/issue/trino/mta', failed],
    ['GET', /job\/status\//, 'GET /v3/job/status/10', failedForLong],
    ['GET', /job\/result/, 'GET /v3/job/result/10', failedForLong],
    ['POST', /rename/, 'POST /v3/table/rename/mta/shapley_tmp_', failed],
  ])('ends %s %s with an error that names it, and leaves nothing', async (method, path, call, end) => {
    const fake = await startFake(quick)
    await prepareTables(fake)
    fake.faults.add({ method, path, fault: { kind: 'server-error' } })
    const error = await errorOf(openWarehouse(fake).writeTables(writes))
    expect(error).toBeInstanceOf(RemoteError)
    expect(String(error)).toContain(`treasure-data: ${call}`)
    expect(String(error)).toMatch(end)
    expect(await leftOvers(fake)).toEqual([])
    await expectBefore(fake)
  })

  it('names what it could not remove, and a run an hour later removes it', async () => {
    const fake = await startFake(quick)
    await prepareTables(fake)
    fake.faults.add({ path: /bulk_import\/(commit|delete|show)|table\/delete/, fault: { kind: 'reset' } })
    const cutOff = openWarehouse(fake, { wallClockSec: () => longAgoSec })
    const error = await errorOf(cutOff.writeTables(writes))
    const left = await leftOvers(fake)
    expect(left).toHaveLength(2)
    const [table, bulkImport] = left
    expect(error).toBeInstanceOf(RemoteError)
    expect(String(error)).toMatch(/ failed after \d+ attempts: no answer: .*ECONNRESET/)
    expect(String(error)).toContain(
      `; a run an hour later will remove what is left: bulk import ${bulkImport}, table mta.${table}`,
    )
    await openWarehouse(fake).writeTables(writes)
    expect(await leftOvers(fake)).toEqual([])
    await expectAfter(fake)
  })

  it('names the tables that were replaced already', async () => {
    const fake = await startFake(quick)
    await prepareTables(fake)
    fake.faults.add({ path: /rename.*attribution/, fault: { kind: 'server-error' } })
    const error = await errorOf(openWarehouse(fake).writeTables(writes))
    expect(String(error)).toMatch(
      /; mta\.shapley was already replaced, but not mta\.attribution: run it again$/,
    )
    expect(await leftOvers(fake)).toEqual([])
  })
})

describe('treasure data after a process that was killed', () => {
  it('gives the same tables when run again, whatever the call', { timeout: 600_000 }, async () => {
    const { calls } = await runOnce(await startFake(quick))
    const points = turningPoints(calls)
    expect(points.length).toBeGreaterThan(15)
    for (const last of points) {
      const fake = await startFake(quick)
      await prepareTables(fake)
      const error = await killedAfter(fake, last, (killed) => runScenario(killed))
      expect(error instanceof RemoteError).toBe(last <= lastRename(calls))
      await openWarehouse(fake).writeTables(writes)
      await expectAfter(fake)
      expect(await leftOvers(fake)).toEqual([])
      await fake.close()
    }
  })
})
