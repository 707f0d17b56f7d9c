import { describe, expect, it, onTestFinished } from 'vitest'
import { readExportManifest } from '../../src/artifacts/manifest.ts'
import { DataError } from '../../src/errors.ts'
import type { Config } from '../../src/options/option-table.ts'
import type { Row } from '../../src/warehouse/warehouse.ts'
import { MONDAY, openPlace, type Place, touchpointTypes } from './touchpoints-in-file.ts'

const types = { ...touchpointTypes, conversion_id: 'varchar' } as const
const CHANNELS = ['email', 'search', 'social']

/** Rows of users whose every conversion row has 1 to 3 conversions, also on rows that are touches. */
function countedRows(): readonly Row[] {
  return Array.from({ length: 21 }, (_, user) =>
    Array.from({ length: 5 }, (_, at): Row => {
      const converts = (user * 5 + at * 3) % 7 === 0
      const isTouch = !converts || user % 3 === 0
      const count = converts ? 1 + ((user + at) % 3) : 0
      const channel = isTouch ? CHANNELS[(user + at) % 3]! : null
      return [
        `u${user}`,
        MONDAY + at * 50_000 + user * 60,
        channel,
        count,
        converts ? count * 4 : null,
        'order',
        null,
      ]
    }),
  ).flat()
}

/** The same conversions as rows of their own, told apart by ids, the first of which has the touch. */
function rowsWithIds(rows: readonly Row[]): readonly Row[] {
  return rows.flatMap((row, at) => {
    const [user, time, channel, count, value, kind] = row
    if (count === 0) return [row]
    return Array.from({ length: Number(count) }, (_, n): Row => {
      return [user!, time!, n === 0 ? channel! : null, 1, Number(value) / Number(count), kind!, `${at}-${n}`]
    })
  })
}

async function placeWith(rows: readonly Row[]): Promise<Place> {
  const place = await openPlace()
  onTestFinished(() => place.warehouse.close())
  await place.write('mock_data', types, rows)
  return place
}

const steps = ['export', 'train', 'shapley', 'compare'] as const
const tables = ['attribution', 'shapley', 'evidence', 'confounding', 'credits', 'paths', 'transitions']
const asked: Config = {
  valueColumn: 'value',
  creditsTable: 'credits',
  pathsTable: 'paths',
  transitionsTable: 'transitions',
  lookbackWindowDays: 3,
  signalDraws: 99,
}

describe('rows with numbers of conversions', () => {
  it('give every table what as many conversions with ids give', async () => {
    const rows = countedRows()
    const counted = await placeWith(rows)
    await counted.run(steps, { ...asked, conversionCounts: true })
    const withIds = await placeWith(rowsWithIds(rows))
    await withIds.run(steps, { ...asked, conversionIdColumn: 'conversion_id' })
    for (const table of tables) {
      const read = (place: Place) => place.read(`SELECT * FROM mta.${table} ORDER BY ALL`)
      const expected = await read(withIds)
      expect(expected.length).toBeGreaterThan(0)
      expect([table, await read(counted)]).toEqual([table, expected])
    }
    const { manifest } = await readExportManifest(counted.world.storage)
    const total = rows.reduce((sum, [, , , count]) => sum + Number(count), 0)
    expect(manifest.counts).toMatchObject({ conversions: total, mergedConversionRows: 0 })
    const [[credited]] = (await counted.read(
      "SELECT sum(conversions) FROM mta.attribution WHERE method = 'last_touch'",
    )) as [[number]]
    expect(credited).toBeCloseTo(total, 9)
  })

  it('give rules and chains what ids give where touches are used up', async () => {
    const rows = countedRows()
    const usedUp: Config = { ...asked, afterConversion: 'used-up' }
    const counted = await placeWith(rows)
    await counted.run(['export', 'compare'], { ...usedUp, conversionCounts: true })
    const withIds = await placeWith(rowsWithIds(rows))
    await withIds.run(['export', 'compare'], { ...usedUp, conversionIdColumn: 'conversion_id' })
    const read = (place: Place) => place.read('SELECT * FROM mta.attribution ORDER BY ALL')
    expect(await read(counted)).toEqual(await read(withIds))
    const [one, other] = [
      await readExportManifest(counted.world.storage),
      await readExportManifest(withIds.world.storage),
    ]
    expect(one.manifest.positiveShards).toEqual(other.manifest.positiveShards)
    expect(one.manifest.negativeShards).toEqual(other.manifest.negativeShards)
  })

  it('of one second add up, and an id counts by its last row', async () => {
    const place = await placeWith([
      ['ann', MONDAY, 'email', 0, null, null, null],
      ['ann', MONDAY + 60, null, 2, 10, null, null],
      ['ann', MONDAY + 60, null, 3, 5, null, null],
      ['bob', MONDAY, 'email', 0, null, null, null],
      ['bob', MONDAY + 60, null, 4, 8, null, 'o1'],
      ['bob', MONDAY + 90, null, 5, 8, null, 'o1'],
    ])
    await place.run(['export'], { ...asked, conversionCounts: true, conversionIdColumn: 'conversion_id' })
    const { manifest } = await readExportManifest(place.world.storage)
    expect(manifest.counts.credited).toMatchObject({ conversions: 10, value: 23 })
  })

  it.each([
    ['double', 1.5],
    ['bigint', -1],
    ['bigint', 10_001],
    ['varchar', 'two'],
    ['varchar', '1e9'],
    ['double', 1e300],
  ] as const)('that are none are refused: %s %j', async (type, count) => {
    const place = await openPlace()
    onTestFinished(() => place.warehouse.close())
    const rows: readonly Row[] = [
      ['ann', MONDAY, 'email', type === 'varchar' ? '0' : 0, null, null],
      ['ann', MONDAY + 60, null, count, null, null],
    ]
    await place.write('mock_data', { ...touchpointTypes, conversion: type }, rows)
    const exported = place.run(['export'], { conversionCounts: true })
    await expect(exported).rejects.toThrow('that are not a whole number from 0 to 10000, true, false or NULL')
    await expect(exported).rejects.toBeInstanceOf(DataError)
  })

  it('are a finding where they are very many', async () => {
    const place = await placeWith([
      ['ann', MONDAY, 'email', 0, null, null, null],
      ['ann', MONDAY + 60, null, 250, null, null, null],
    ])
    await place.run(['export'], { conversionCounts: true })
    expect(place.world.findings.list).toContainEqual(
      expect.objectContaining({
        code: 'large-conversion-counts',
        what: '1 row with 100 or more conversions in conversion, up to 250',
      }),
    )
  })
})
