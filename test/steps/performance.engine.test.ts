import { describe, expect, it, onTestFinished } from 'vitest'
import { readExportManifest } from '../../src/artifacts/manifest.ts'
import { readResult } from '../../src/artifacts/results.ts'
import { ConfigError, DataError } from '../../src/errors.ts'
import { fewTouchpoints, MONDAY, openPlace, type Place, touchpointTypes } from './touchpoints-in-file.ts'

const spendTypes = { channel: 'varchar', spend: 'double', time: 'bigint' } as const
const spend = [
  ['email', 10, MONDAY],
  ['email', 5, MONDAY + 86_400],
  ['radio', 7, MONDAY],
  ['search', 100, MONDAY - 1],
]
const asked = { valueColumn: 'value', spendTable: 'spend' } as const

async function placeWithSpend(): Promise<Place> {
  const place = await openPlace()
  onTestFinished(() => place.warehouse.close())
  await place.write('mock_data', touchpointTypes, fewTouchpoints)
  await place.write('spend', spendTypes, spend)
  return place
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

const methods = 'SELECT DISTINCT method FROM mta.performance ORDER BY method'

describe('the table of performance', () => {
  it('has cost and return by what attribution credits, of the days of the data', async () => {
    const place = await placeWithSpend()
    await place.run(['export', 'train', 'shapley', 'compare'], asked)
    const sql = `SELECT channel, conversions, value, spend, cost_per_conversion, return_on_ad_spend, lower, upper
      FROM mta.performance WHERE method = 'last_touch' ORDER BY channel`
    expect(await place.read(sql)).toEqual([
      ['email', 1, 20, 15, 15, 20 / 15, null, null],
      ['radio', 0, 0, 7, null, 0, null, null],
      ['search', 1, 50, 0, 0, null, null, null],
    ])
  })

  it('has conversions and value that are those of attribution over all days, for every method', async () => {
    const place = await placeWithSpend()
    await place.run(['export', 'train', 'shapley', 'compare'], asked)
    const attributed =
      await place.read(`SELECT method, channel, sum(conversions), sum(value) FROM mta.attribution
      WHERE channel <> '(baseline)' GROUP BY method, channel ORDER BY method, channel`)
    const found = await place.read(`SELECT method, channel, conversions, value FROM mta.performance
      WHERE channel <> 'radio' ORDER BY method, channel`)
    expect(found.map(([method, channel]) => [method, channel])).toEqual(
      attributed.map(([method, channel]) => [method, channel]),
    )
    for (const [at, [, , conversions, value]] of attributed.entries()) {
      expect(found[at]?.[2]).toBeCloseTo(Number(conversions), 9)
      expect(found[at]?.[3]).toBeCloseTo(Number(value), 9)
    }
  })

  it('is written by shapley, and by compare with the rows of both', async () => {
    const place = await placeWithSpend()
    await place.run(['export', 'train', 'shapley'], asked)
    expect(await place.read(methods)).toEqual([['shapley_hazard']])
    await place.run(['compare'], asked)
    const all = (await place.read(methods)).flat()
    expect(all).toEqual(expect.arrayContaining(['shapley_hazard', 'linear', 'markov_1']))
    await place.run(['shapley'], asked)
    expect((await place.read(methods)).flat()).toEqual(all)
  })

  it('counts the spend of the credited days, and says where these are missing', async () => {
    const place = await placeWithSpend()
    const spent = "SELECT spend FROM mta.performance WHERE method = 'last_touch' AND channel = 'email'"
    const steps = ['export', 'train', 'compare'] as const
    await place.run(steps, { ...asked, creditFrom: MONDAY + 86_400 })
    expect(await place.read(spent)).toEqual([[5]])
    expect(place.world.findings.list.map(({ code }) => code)).not.toContain('days-without-spend')
    await place.write('spend', spendTypes, [['email', 10, MONDAY]])
    await place.run(steps, { ...asked, creditFrom: MONDAY + 86_400 })
    expect(await place.read(spent)).toEqual([[0]])
    expect(place.world.findings.list.map(({ code }) => code)).toContain('days-without-spend')
  })

  it('says that spend without a time is more than that of the credited days', async () => {
    const place = await placeWithSpend()
    await place.write('spend', { channel: 'varchar', spend: 'double' }, [['email', 10]])
    const codes = () => place.world.findings.list.map(({ code }) => code)
    const steps = ['export', 'train', 'compare'] as const
    await place.run(steps, { ...asked, creditFrom: MONDAY + 86_400 })
    expect(codes()).toContain('spend-without-time')
    await place.run(steps, asked)
    expect(codes()).not.toContain('spend-without-time')
  })

  it('looks at no result that an earlier version left of another export', async () => {
    const place = await placeWithSpend()
    await place.run(['export', 'train', 'shapley', 'compare'], asked)
    const name = 'results/comparison.json'
    const old = JSON.parse(new TextDecoder().decode(await place.world.storage.read(name)))
    for (const path of old.paths) delete path.learnedConversions
    await place.world.storage.write(name, [new TextEncoder().encode(JSON.stringify(old))])
    await place.run(['export', 'train', 'shapley'], { ...asked, lookbackWindowDays: 2 })
    expect(await place.read(methods)).toEqual([['shapley_hazard']])
  })

  it('is left for the report, row for row', async () => {
    const place = await placeWithSpend()
    await place.run(['export', 'train', 'shapley', 'compare'], asked)
    const { crc32c } = await readExportManifest(place.world.storage)
    const document = await readResult(place.world.storage, 'performance', crc32c)
    const rows = await place.read(
      'SELECT method, channel, conversions, spend, cost_per_conversion FROM mta.performance',
    )
    expect(
      document?.rows.map((row) => [
        row.method,
        row.channel,
        row.conversions,
        row.spend,
        row.costPerConversion,
      ]),
    ).toEqual(rows)
    expect(document).toMatchObject({ runId: 'r1', tableSkipped: false })
  })

  it('tells of names that match nothing, of either side and with the nearest one', async () => {
    const place = await placeWithSpend()
    await place.write('spend', spendTypes, [...spend, ['E-Mail', 3, MONDAY]])
    const config = { ...asked, directChannels: ['Search', 'email'] }
    await place.run(['export', 'compare'], config)
    const found = place.world.findings.list.filter(({ counts }) => counts === 'names')
    expect(found.map(({ code, count, what }) => [code, count, what])).toEqual([
      [
        'spend-without-touches',
        2,
        '2 names in mta.spend without a touch: "E-Mail" (nearest: "email"), "radio"',
      ],
      ['touches-without-spend', 1, '1 name of channels without spend in mta.spend: "search"'],
      [
        'unknown-direct-channels',
        1,
        '1 name in --direct-channels that no channel has: "Search" (nearest: "search")',
      ],
    ])
  })

  it('takes days of spend without a zone for UTC, and says so, or for those of --input-time-zone', async () => {
    const place = await placeWithSpend()
    const types = { ...spendTypes, time: 'varchar' } as const
    await place.write('spend', types, [
      ['email', 1, '2026-01-05'],
      ['search', 2, '2026-01-06 23:00:00'],
    ])
    const config = { ...asked, timeZone: 'Asia/Tokyo' }
    const spent = 'SELECT DISTINCT channel, spend FROM mta.performance ORDER BY channel'
    const zoneless = () => place.world.findings.list.filter(({ code }) => code === 'zoneless-times')
    await place.run(['export', 'compare'], config)
    expect(zoneless()).toMatchObject([
      {
        count: 1,
        what: '1 row in mta.spend with a time that names no zone, while days are those of Asia/Tokyo',
      },
    ])
    // In Tokyo that is 08:00 of 7 January, after the last touchpoint's day.
    expect(await place.read(spent)).toEqual([
      ['email', 1],
      ['search', 0],
    ])
    await place.run(['export', 'compare'], { ...config, inputTimeZone: 'Asia/Tokyo', ifExists: 'overwrite' })
    expect(zoneless()).toEqual([])
    expect(await place.read(spent)).toEqual([
      ['email', 1],
      ['search', 2],
    ])
  })

  it('passes over the usual names of direct visits', async () => {
    const place = await placeWithSpend()
    const named = fewTouchpoints.map((row) => row.map((value) => (value === 'search' ? '(Direct)' : value)))
    await place.write('mock_data', touchpointTypes, named)
    await place.run(['export', 'compare'], { valueColumn: 'value' })
    const credits = await place.read(`SELECT method, channel, sum(conversions) FROM mta.attribution
      WHERE method IN ('last_touch', 'last_non_direct') AND channel <> '(baseline)' GROUP BY ALL HAVING sum(conversions) > 0 ORDER BY ALL`)
    expect(credits).toEqual([
      ['last_non_direct', 'email', 2],
      ['last_touch', '(Direct)', 1],
      ['last_touch', 'email', 1],
    ])
  })

  it('is not made without spend', async () => {
    const place = await placeWithSpend()
    await place.run(['export', 'train', 'shapley', 'compare'], { valueColumn: 'value' })
    expect(await place.warehouse.describeTable({ database: 'mta', table: 'performance' })).toBeUndefined()
  })

  it('of two kinds of conversion stands side by side', async () => {
    const place = await placeWithSpend()
    const kind = { ...asked, conversionTypeColumn: 'kind', ifExists: 'append' } as const
    const steps = ['export', 'train', 'shapley', 'compare'] as const
    await place.run(steps, { ...kind, conversionType: 'order', runId: 'orders' })
    await place.run(steps, { ...kind, conversionType: 'lead', runId: 'leads' })
    const sql = `SELECT run_id, conversion_type, conversions, value FROM mta.performance
      WHERE method = 'last_touch' AND channel = 'email' ORDER BY run_id`
    expect(await place.read(sql)).toEqual([
      ['leads', 'lead', 1, 20],
      ['orders', 'order', 0, 0],
    ])
  })

  it('folds spend of channels that the attribution folds', async () => {
    const place = await placeWithSpend()
    await place.run(['export', 'train', 'shapley'], { ...asked, maxChannels: 1 })
    const sql = 'SELECT channel, spend FROM mta.performance ORDER BY channel'
    expect(await place.read(sql)).toEqual([
      ['(other)', 7],
      ['email', 15],
    ])
  })
})

describe('the range of the spend', () => {
  it('is that of the export, where it has one', async () => {
    const place = await placeWithSpend()
    await place.run(['export', 'train', 'shapley'], { ...asked, from: MONDAY + 1, to: MONDAY + 86_401 })
    const sql = "SELECT spend FROM mta.performance WHERE channel = 'email'"
    expect(await place.read(sql)).toEqual([[5]])
  })

  it('is that of the days in the time zone of the export', async () => {
    const place = await placeWithSpend()
    await place.run(['export', 'train', 'shapley'], { ...asked, timeZone: 'America/New_York' })
    const sql = "SELECT spend FROM mta.performance WHERE channel = 'search'"
    expect(await place.read(sql)).toEqual([[100]])
  })
})

describe('--if-exists', () => {
  it('append keeps other runs and gives this one its rows once', async () => {
    const place = await placeWithSpend()
    const steps = ['export', 'train', 'shapley', 'compare'] as const
    await place.run(steps, { ...asked, runId: 'r0' })
    for (let time = 0; time < 2; time++) await place.run(steps, { ...asked, ifExists: 'append' })
    const sql = 'SELECT run_id, count(*) FROM mta.performance GROUP BY run_id ORDER BY run_id'
    const [[, former] = [], [, own] = []] = await place.read(sql)
    expect(own).toBe(former)
  })

  it('error refuses a table that is there before any work, and not the one of the step before', async () => {
    const place = await placeWithSpend()
    const options = { ...asked, ifExists: 'error' } as const
    await place.run(['export', 'train', 'shapley', 'compare'], options)
    expect((await place.read(methods)).length).toBeGreaterThan(1)
    await place.warehouse.close()
    const again = await placeWithSpend()
    await again.write('performance', { run_id: 'varchar' }, [['r0']])
    expect(await errorOf(again.run(['export'], options))).toEqual(
      new DataError(
        'table mta.performance exists and --if-exists (IF_EXISTS) is error: drop it, name another one, or use overwrite, ' +
          'append or ignore',
      ),
    )
  })

  it('ignore leaves the table of another run alone, by both steps', async () => {
    const place = await placeWithSpend()
    await place.write('performance', { run_id: 'varchar' }, [['r0']])
    await place.run(['export', 'train', 'shapley', 'compare'], { ...asked, ifExists: 'ignore' })
    expect(await place.read('SELECT * FROM mta.performance')).toEqual([['r0']])
  })
})

describe('a spend table that can not be used', () => {
  it.each([['shapley'], ['compare']] as const)('ends %s before it writes any table', async (step) => {
    const place = await placeWithSpend()
    await place.run(['export', 'train'], { valueColumn: 'value' })
    await place.write('spend', spendTypes, [['email', -1, MONDAY]])
    expect(await errorOf(place.run([step], asked))).toBeInstanceOf(DataError)
    expect(await place.warehouse.describeTable({ database: 'mta', table: 'attribution' })).toBeUndefined()
    expect(await errorOf(place.run([step], { ...asked, spendTable: 'nowhere' }))).toBeInstanceOf(ConfigError)
  })
})
