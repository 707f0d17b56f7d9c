import { describe, expect, it, onTestFinished } from 'vitest'
import { ConfigError, DataError } from '../../src/errors.ts'
import { openLocalStorage } from '../../src/storage/local/storage.ts'
import type { Storage } from '../../src/storage/storage.ts'
import type { Row } from '../../src/warehouse/warehouse.ts'
import { fewTouchpoints, MONDAY, openPlace, type Place, touchpointTypes } from './touchpoints-in-file.ts'

const DAY = 86_400
/** A week later: email is not there, tv is new; ann buys after both, eve after tv alone. */
const later: readonly Row[] = [
  ['ann', MONDAY + 7 * DAY + 3600, 'search', 0, null, null],
  ['ann', MONDAY + 7 * DAY + 5000, 'tv', 0, null, null],
  ['ann', MONDAY + 7 * DAY + 9000, null, 1, 10, 'order'],
  ['eve', MONDAY + 7 * DAY + 3600, 'tv', 0, null, null],
  ['eve', MONDAY + 7 * DAY + 9000, null, 1, 20, 'order'],
  ['fay', MONDAY + 7 * DAY + 4000, 'search', 0, null, null],
]

async function placeWith(rows: readonly Row[], modelStorage?: Storage): Promise<Place> {
  const place = await openPlace(modelStorage)
  onTestFinished(() => place.warehouse.close())
  await place.write('mock_data', touchpointTypes, rows)
  return place
}

async function learn(config = {}): Promise<Storage> {
  const place = await placeWith(fewTouchpoints)
  await place.run(['export', 'train'], { runId: 'week', sessionTime: MONDAY + 2 * DAY, ...config })
  return place.world.storage
}

const night = { runId: 'night', sessionTime: MONDAY + 8 * DAY }
const creditSql =
  "SELECT channel, sum(conversions) FROM mta.attribution WHERE method = 'shapley_hazard' GROUP BY channel ORDER BY channel"
const codesOf = ({ world }: Place) => world.findings.list.map(({ code }) => code)

describe('--model-from', () => {
  it('credits as the run that learned the model does, where the touchpoints are the same', async () => {
    const own = await placeWith(fewTouchpoints)
    await own.run(['export', 'train', 'shapley'], night)
    const other = await placeWith(fewTouchpoints, await learn())
    await other.run(['export', 'train', 'shapley'], night)
    expect(await other.read(creditSql)).toEqual(await own.read(creditSql))
    expect(await other.world.storage.read('model/manifest.json')).toBeUndefined()
  })

  it('keeps the places of channels that are not there, and gives new ones no credit without (other)', async () => {
    const place = await placeWith(later, await learn())
    await place.run(['export'], night)
    expect(codesOf(place)).toEqual(['channels-unknown-to-model'])
    await place.run(['train', 'shapley', 'compare'], night)
    const [baseline = [], email, search = []] = await place.read(creditSql)
    expect(baseline[0]).toBe('(baseline)')
    expect(email).toEqual(['email', 0])
    expect(Number(baseline[1]) + Number(search[1])).toBeCloseTo(2, 9)
    // Eve's one touch is none, so her conversion is the baseline's.
    expect(Number(baseline[1])).toBeGreaterThanOrEqual(1)
    expect(await place.read('SELECT email, search FROM mta.shapley_channel')).toHaveLength(1)
  })

  it('counts new channels as (other) where the model has it', async () => {
    const place = await placeWith(later, await learn({ maxChannels: 1 }))
    await place.run(['export', 'shapley'], night)
    expect((await place.read(creditSql)).map(([channel]) => channel)).toEqual([
      '(baseline)',
      '(other)',
      'email',
    ])
  })

  it('says which run learned the model', async () => {
    const place = await placeWith(later, await learn())
    await place.run(['export', 'shapley'], night)
    const text = new TextDecoder().decode(await place.world.storage.read('results/shapley.json'))
    const modelFrom = { runId: 'week', sessionTime: '2026-01-07T00:00:00.000Z' }
    expect(JSON.parse(text)).toMatchObject({ runId: 'night', modelFrom })
    expect(await place.read("SELECT value FROM mta.evidence WHERE measure = 'learned_conversions'")).toEqual([
      [3],
    ])
  })

  it('refuses examples of another meaning, the own data directory, and a step without the model', async () => {
    const storage = await learn()
    const place = await placeWith(later, storage)
    await expect(place.run(['export'], { ...night, lookbackWindowDays: 3 })).rejects.toThrow(
      new DataError(
        `the model of run week in ${storage.location} was learned with --lookback-window-days (LOOKBACK_WINDOW) 5, this export ` +
          'has 3: give both the same value, or learn again',
      ),
    )
    await place.run(['export'], night)
    const forgetful: Place['world'] = { ...place.world, modelStorage: undefined }
    const { explainConversions } = await import('../../src/steps/shapley.ts')
    const { resolveConfig } = await import('../../src/options/resolve.ts')
    await expect(explainConversions(resolveConfig({ model: 'hazard' }), forgetful)).rejects.toThrow(
      "the export has the channels of another run's model (run week): give its data directory with --model-from",
    )
    const { exportTouchpoints } = await import('../../src/steps/export.ts')
    const none = { ...place.world, modelStorage: openLocalStorage(`${storage.location}/none`) }
    await expect(exportTouchpoints(resolveConfig({}), none)).rejects.toThrow(
      new DataError(
        `--model-from (MODEL_FROM) is ${storage.location}/none, where no model is (looked for model/manifest.json in it): ` +
          'give the data directory of a run that trained one',
      ),
    )
    const same = { ...place.world, modelStorage: place.world.storage }
    await expect(exportTouchpoints(resolveConfig({}), same)).rejects.toThrow(ConfigError)
  })
})
