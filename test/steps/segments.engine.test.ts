import { describe, expect, it, onTestFinished } from 'vitest'
import type { Config } from '../../src/options/option-table.ts'
import type { Row } from '../../src/warehouse/warehouse.ts'
import { MONDAY, openPlace, type Place, touchpointTypes } from './touchpoints-in-file.ts'

const types = { ...touchpointTypes, device: 'varchar' } as const
const HOUR = 3600

/** Conversions on a row with a device, on one without after rows with and without, on the first row, and after none. */
const rows: readonly Row[] = [
  ['ann', MONDAY + HOUR, 'email', 0, null, null, 'phone'],
  ['ann', MONDAY + 2 * HOUR, 'search', 0, null, null, ''],
  ['ann', MONDAY + 3 * HOUR, null, 1, 50, 'order', 'desktop'],
  ['ann', MONDAY + 30 * HOUR, null, 1, 0.1, 'order', null],
  ['bob', MONDAY + HOUR, 'email', 0, null, null, 'phone'],
  ['bob', MONDAY + 2 * HOUR, 'search', 0, null, null, 'NULL'],
  ['bob', MONDAY + 3 * HOUR, null, 1, 20.2, 'order', null],
  ['bob', MONDAY + 4 * HOUR, 'search', 0, null, null, 'desktop'],
  ['cat', MONDAY + HOUR, null, 1, 30, 'order', 'phone'],
  // In the second of the conversion its own row counts, whatever comes later in the alphabet.
  ['dan', MONDAY + HOUR, 'search', 0, null, null, 'phone'],
  ['dan', MONDAY + HOUR, null, 1, 7, 'order', 'desktop'],
  ['eve', MONDAY + HOUR, 'email', 0, null, null, null],
  ['eve', MONDAY + 2 * HOUR, null, 1, 1, 'order', null],
  ['eve', MONDAY + 3 * HOUR, 'email', 0, null, null, 'phone'],
  ['flo', MONDAY + 40 * HOUR, 'email', 0, null, null, 'tablet'],
]
/** Users of two devices whose ways differ by campaign, and whose values by sign, with a direct channel last. */
const campaigns: readonly Row[] = Array.from({ length: 30 }, (_, at): Row[] => {
  const [user, device] = [`gus ${at}`, at % 3 === 0 ? 'phone' : 'desktop']
  const campaign = at % 2 === 0 ? 'spring' : at % 5 === 0 ? 'NULL' : 'summer'
  return [
    [user, MONDAY + HOUR, 'email', 0, null, campaign, device],
    [user, MONDAY + 2 * HOUR, 'ads', 0, null, `ads ${at % 4}`, device],
    [user, MONDAY + 3 * HOUR, 'search', 0, null, `brand ${at % 2}`, null],
    [user, MONDAY + 4 * HOUR, null, 1, at % 2 === 0 ? at : -at - 0.1, null, null],
  ]
}).flat()
const steps = ['export', 'train', 'shapley', 'compare'] as const
const asked: Config = {
  segmentColumn: 'device',
  valueColumn: 'value',
  markovOrders: 2,
  lookbackWindowDays: 3,
}

async function openWith(touchpoints: readonly Row[]): Promise<Place> {
  const place = await openPlace()
  onTestFinished(() => place.warehouse.close())
  await place.write('mock_data', types, touchpoints)
  return place
}

describe('segments', () => {
  it('have the conversions of their own rows, or else of the last row before that names one', async () => {
    const place = await openWith(rows)
    await place.run(steps, asked)
    const found = await place.read(`SELECT method, segment, round(sum(conversions), 9), round(sum(value), 4)
      FROM mta.attribution WHERE segment IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2`)
    const methods = [...new Set(found.map(([method]) => method))]
    expect(methods).toContain('shapley_hazard')
    expect(methods).toContain('markov_2')
    expect(methods.length).toBeGreaterThan(9)
    expect(found).toEqual(
      methods.flatMap((method) => [
        [method, '(none)', 1, 1],
        [method, 'desktop', 3, 57.1],
        [method, 'phone', 2, 50.2],
      ]),
    )
    expect(place.world.findings.list).toEqual([])
  })

  it.each<[string, readonly Row[], Config]>([
    ['', rows, { conversionIdColumn: 'user_id' }],
    [
      ', with campaigns and a direct channel',
      [...rows, ...campaigns],
      { campaignColumn: 'kind', usersPerTfrecord: 12, creditsTable: 'credits' },
    ],
  ])('add up to the rows of all users, cell by cell%s', async (_, touchpoints, more) => {
    const place = await openWith(touchpoints)
    await place.run(steps, { ...asked, ...more, directChannels: ['search'] })
    // Values lie in the export as numbers of 24 bits, by which all methods but those of compare divide them.
    const [[worst, cells] = []] =
      await place.read(`SELECT max(greatest(abs(conversions), abs(value))), count(*) FROM (
      SELECT sum(CASE WHEN segment IS NULL THEN conversions ELSE -conversions END) AS conversions,
        sum(CASE WHEN segment IS NULL THEN value ELSE -value END) AS value
      FROM mta.attribution WHERE method <> 'hazard_adjusted' AND campaign IS NULL GROUP BY method, channel, days_before_conversion) AS t`)
    expect(cells).toBeGreaterThan(20)
    expect(worst).toBeLessThan(1e-9)
  })

  it('are told by the export, whatever becomes of the touchpoints', async () => {
    const place = await openWith(rows)
    await place.run(['export', 'train'], asked)
    await place.write('mock_data', types, [])
    await place.run(['shapley'], {})
    const found = await place.read('SELECT DISTINCT segment FROM mta.attribution ORDER BY 1')
    expect(found.flat()).toEqual(['(none)', 'desktop', 'phone', null])
  })

  it('beyond the commonest are one, which a finding tells, as it tells of conversions without one', async () => {
    const many = Array.from({ length: 24 }, (_, at): Row[] => {
      const row = (more: number, converts: number, device: string | null): Row => [
        `user ${at}`,
        MONDAY + at * HOUR + more,
        converts === 1 ? null : 'email',
        converts,
        1,
        'order',
        device,
      ]
      return [row(0, 0, null), row(9, 1, at === 0 ? null : `device ${at}`)]
    }).flat()
    const place = await openWith(many)
    await place.run(['export'], asked)
    const codes = place.world.findings.list.map(({ code, count }) => [code, count])
    expect(codes).toContainEqual(['many-segments', 24])
    expect(codes).toContainEqual(['conversions-without-segment', 1])
    await place.run(['train', 'shapley', 'compare'], {})
    const found = await place.read(`SELECT method, count(DISTINCT segment),
        CAST(round(sum(conversions) FILTER (WHERE segment = '(other)'), 6) AS bigint)
      FROM mta.attribution WHERE method IN ('shapley_hazard', 'linear') GROUP BY 1 ORDER BY 1`)
    expect(found).toEqual([
      ['linear', 20, 5],
      ['shapley_hazard', 20, 5],
    ])
  })

  it('need their column', async () => {
    const place = await openWith(rows)
    await expect(place.run(['export'], { ...asked, segmentColumn: 'country' })).rejects.toThrow(
      '--segment-column (SEGMENT_COLUMN) is "country": table mta.mock_data has no such column',
    )
  })
})
