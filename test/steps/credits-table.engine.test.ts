import { describe, expect, it, onTestFinished } from 'vitest'
import { DataError } from '../../src/errors.ts'
import { fewTouchpoints, MONDAY, openPlace, type Place, touchpointTypes } from './touchpoints-in-file.ts'

async function placeWithTouchpoints(): Promise<Place> {
  const place = await openPlace()
  onTestFinished(() => place.warehouse.close())
  await place.write('mock_data', touchpointTypes, fewTouchpoints)
  return place
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

const asked = { valueColumn: 'value', creditsTable: 'credits' } as const
const byConversion = `SELECT user_id, conversion_time, count(*), sum(incremental_credit), sum(value)
  FROM mta.credits GROUP BY user_id, conversion_time ORDER BY user_id`
const changed = (found: number) =>
  new DataError(
    `table mta.credits: its query gave ${found} rows instead of 6; nothing was written: the touchpoints have changed since ` +
      'the export; export again, with --to (TO) where rows are still being added',
  )

describe('the table of credits', () => {
  it('has the touched cells of each conversion, its baseline, and all of its value', async () => {
    const place = await placeWithTouchpoints()
    await place.run(['export', 'train', 'shapley'], asked)
    const rows = await place.read(byConversion)
    expect(rows.map(([user, at, count]) => [user, at, count])).toEqual([
      ['ann', '2026-01-05T02:30:00.000Z', 3],
      ['bob', '2026-01-06T01:00:00.000Z', 2],
      ['cat', '2026-01-06T02:23:20.000Z', 1],
    ])
    for (const [at, value] of [50, 20, 30].entries()) {
      expect(rows[at]?.[3]).toBeCloseTo(1, 9)
      expect(rows[at]?.[4]).toBeCloseTo(value, 9)
    }
  })

  it('has, of each conversion, value in proportion to incremental credit', async () => {
    const place = await placeWithTouchpoints()
    await place.run(['export', 'train', 'shapley'], asked)
    const rows = await place.read("SELECT incremental_credit, value FROM mta.credits WHERE user_id = 'ann'")
    expect(rows).toHaveLength(3)
    for (const [credit, value] of rows) expect(value).toBeCloseTo(50 * Number(credit), 9)
  })

  it('has no value without a value column', async () => {
    const place = await placeWithTouchpoints()
    await place.run(['export', 'train', 'shapley'], { creditsTable: 'credits' })
    expect(await place.read('SELECT DISTINCT value FROM mta.credits')).toEqual([[null]])
  })

  it('is not made unless it is asked for', async () => {
    const place = await placeWithTouchpoints()
    await place.run(['export', 'train', 'shapley'], { valueColumn: 'value' })
    expect(await place.warehouse.describeTable({ database: 'mta', table: 'credits' })).toBeUndefined()
  })

  it('has the conversions of one kind, which is stamped on them', async () => {
    const place = await placeWithTouchpoints()
    const kind = { ...asked, conversionTypeColumn: 'kind', ifExists: 'append' } as const
    await place.run(['export', 'train', 'shapley'], { ...kind, conversionType: 'order', runId: 'orders' })
    await place.run(['export', 'train', 'shapley'], { ...kind, conversionType: 'lead', runId: 'leads' })
    const sql = 'SELECT DISTINCT run_id, conversion_type, user_id FROM mta.credits ORDER BY run_id, user_id'
    expect(await place.read(sql)).toEqual([
      ['leads', 'lead', 'bob'],
      ['orders', 'order', 'ann'],
      ['orders', 'order', 'cat'],
    ])
  })
})

describe('the table of credits of touchpoints that change', () => {
  it('leaves out what came after the last row of the export', async () => {
    const place = await placeWithTouchpoints()
    await place.run(['export', 'train'], asked)
    const later = [['new', MONDAY + 200_000, 'email', 1, 7, 'order']]
    await place.write('mock_data', touchpointTypes, [...fewTouchpoints, ...later])
    await place.run(['shapley'], asked)
    expect((await place.read(byConversion)).map(([user]) => user)).toEqual(['ann', 'bob', 'cat'])
  })

  it('takes a channel that the export did not know for none', async () => {
    const place = await placeWithTouchpoints()
    await place.run(['export', 'train', 'shapley'], asked)
    const before = await place.read(byConversion)
    const unknown = ['ann', MONDAY + 50, 'social', 0, null, null]
    await place.write('mock_data', touchpointTypes, [...fewTouchpoints, unknown])
    await place.run(['shapley'], asked)
    expect(await place.read(byConversion)).toEqual(before)
  })

  it.each([
    ['a conversion more', [...fewTouchpoints, ['new', MONDAY + 50, null, 1, 7, 'order']], 7],
    ['a conversion less', fewTouchpoints.slice(0, -2), 5],
    [
      'a touch more, and so a pattern that nothing is known of',
      [...fewTouchpoints, ['cat', MONDAY + 50, 'search', 0, null, null]],
      5,
    ],
  ])(
    'is not written, nor is any other table of the step, the ones before stay: %s',
    async (_, rows, found) => {
      const place = await placeWithTouchpoints()
      await place.run(['export', 'train', 'shapley'], asked)
      const before = await place.read(byConversion)
      await place.write('mock_data', touchpointTypes, rows)
      const error = await errorOf(place.run(['shapley'], { ...asked, runId: 'r2' }))
      expect(error).toEqual(changed(found))
      expect(await place.read(byConversion)).toEqual(before)
      for (const table of ['shapley', 'shapley_channel', 'attribution', 'evidence', 'credits']) {
        expect([table, await place.read(`SELECT DISTINCT run_id FROM mta.${table}`)]).toEqual([
          table,
          [['r1']],
        ])
      }
    },
  )
})

describe('--if-exists', () => {
  it('error refuses a table of credits before any work', async () => {
    const place = await placeWithTouchpoints()
    await place.write('credits', { run_id: 'varchar' }, [['r0']])
    expect(await errorOf(place.run(['export'], { ...asked, ifExists: 'error' }))).toEqual(
      new DataError(
        'table mta.credits exists and --if-exists (IF_EXISTS) is error: drop it, name another one, or use overwrite, ' +
          'append or ignore',
      ),
    )
  })

  it('ignore leaves it alone, overwrite replaces it', async () => {
    const place = await placeWithTouchpoints()
    await place.write('credits', { run_id: 'varchar' }, [['r0']])
    await place.run(['export', 'train', 'shapley'], { ...asked, ifExists: 'ignore' })
    expect(await place.read('SELECT * FROM mta.credits')).toEqual([['r0']])
    await place.run(['shapley'], asked)
    expect(await place.read('SELECT DISTINCT run_id FROM mta.credits')).toEqual([['r1']])
  })
})
