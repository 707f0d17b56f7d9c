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

  it('takes the number of channels from the model, whatever all steps are given', async () => {
    const place = await placeWith(later, await learn())
    await place.run(['export', 'train', 'shapley', 'compare'], { ...night, maxChannels: 50 })
    expect(await place.read('SELECT email, search FROM mta.shapley_channel')).toHaveLength(1)
  })

  it('is refused before anything is read where it is not the model that is asked for', async () => {
    const storage = await learn()
    const place = await placeWith(later, storage)
    const message =
      `the model of run week in ${storage.location} was learned with --model hazard, --model (MODEL) is bilstm here: ` +
      'give --model (MODEL) hazard here, too, or learn again there with --model (MODEL) bilstm'
    await expect(place.run(['export'], { ...night, model: 'bilstm' })).rejects.toThrow(new DataError(message))
    expect(await place.world.storage.read('manifest.json')).toBeUndefined()
  })

  it('says what to do where the export beside the model is gone or is one of another version', async () => {
    const storage = await learn()
    const place = await placeWith(later, storage)
    const name = `--model-from (MODEL_FROM) ${storage.location}`
    const bytes = await storage.read('manifest.json')
    const older = new TextDecoder().decode(bytes).replace('"schemaVersion": 6', '"schemaVersion": 5')
    await storage.write('manifest.json', [new TextEncoder().encode(older)])
    await expect(place.run(['export'], night)).rejects.toThrow(
      /^--model-from \(MODEL_FROM\) .*: .*\/manifest\.json: schemaVersion: .*: learn again there$/,
    )
    await storage.delete('manifest.json')
    await expect(place.run(['export'], night)).rejects.toThrow(
      new DataError(
        `${name}: the export of the model is not there (looked for manifest.json in it): learn again there`,
      ),
    )
  })

  it('decides what touches do after a conversion; without it the format does', async () => {
    const ruleOf = async (place: Place, config = {}) => {
      await place.run(['export'], { ...night, ...config })
      const text = new TextDecoder().decode(await place.world.storage.read('manifest.json'))
      return JSON.parse(text).options.afterConversion
    }
    const own = await placeWith(fewTouchpoints)
    expect(await ruleOf(own)).toBe('keep')
    expect(await ruleOf(own, { examples: 'td-mta' })).toBe('used-up')
    const onTouches = fewTouchpoints.map((row) => row.with(2, row[2] ?? 'search'))
    expect(await ruleOf(await placeWith(onTouches))).toBe('used-up')
    const storage = await learn({ afterConversion: 'used-up' })
    expect(await ruleOf(await placeWith(fewTouchpoints, storage))).toBe('used-up')
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
        `--model-from (MODEL_FROM) ${storage.location}/none: no model is there (looked for model/manifest.json in it): ` +
          'give the data directory of a run that trained one',
      ),
    )
    const same = { ...place.world, modelStorage: place.world.storage }
    await expect(exportTouchpoints(resolveConfig({}), same)).rejects.toThrow(ConfigError)
  })
})
