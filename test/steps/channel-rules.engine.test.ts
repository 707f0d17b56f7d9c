import { describe, expect, it, onTestFinished } from 'vitest'
import { readExportManifest } from '../../src/artifacts/manifest.ts'
import { DataError } from '../../src/errors.ts'
import { renamerOf } from '../../src/examples/channel-rules.ts'
import type { Config } from '../../src/options/option-table.ts'
import type { Row } from '../../src/warehouse/warehouse.ts'
import { fewTouchpoints, MONDAY, openPlace, type Place, touchpointTypes } from './touchpoints-in-file.ts'

const rows: readonly Row[] = [
  ...fewTouchpoints,
  ['eve', MONDAY + 3600, 'Google_CPC', 0, null, null],
  ['eve', MONDAY + 7200, 'google_display', 0, null, null],
  ['eve', MONDAY + 7200, 'internal-test', 0, null, null],
  ['eve', MONDAY + 90_000, null, 1, 40, 'order'],
  ['flo', MONDAY + 90_000, 'internal-test', 1, 10, 'order'],
  ['gus', MONDAY + 90_000, 'direct', 0, null, null],
]
const ruleTypes = { position: 'bigint', pattern: 'varchar', channel: 'varchar' } as const
const rules = [
  [3, 'google*', 'search'],
  [1, '*-test', 'ignore'],
  [2, 'email', 'メール'],
  [4, 'DIRECT', 'Direkt'],
  [5, '*', 'search'],
] as const
const spendTypes = { channel: 'varchar', spend: 'double' } as const
const asked: Config = {
  valueColumn: 'value',
  spendTable: 'spend',
  directChannels: ['direct'],
  placeboChannels: ['direct'],
  signalDraws: 99,
}

async function openWith(touchpoints: readonly Row[], spend: readonly Row[]): Promise<Place> {
  const place = await openPlace()
  onTestFinished(() => place.warehouse.close())
  await place.write('mock_data', touchpointTypes, touchpoints)
  await place.write('spend', spendTypes, spend)
  await place.write('rules', ruleTypes, rules)
  return place
}

const steps = ['export', 'train', 'shapley', 'compare'] as const
const inOrder = [...rules]
  .sort(([left], [right]) => left - right)
  .map(([, pattern, channel]) => ({ pattern, channel: channel === 'ignore' ? null : channel }))

describe('channel rules', () => {
  it('give every table what touchpoints with these names would give', async () => {
    const rename = renamerOf(inOrder)
    const renamed = rows.map(
      ([user, time, name, ...rest]) =>
        [user, time, typeof name === 'string' ? rename(name) : null, ...rest] as Row,
    )
    const ruled = await openWith(rows, [
      ['Email', 3],
      ['google_cpc', 4],
      ['search', 5],
      ['an internal-test', 9],
    ])
    await ruled.run(steps, { ...asked, channelTable: 'rules', creditsTable: 'credits' })
    const plain = await openWith(renamed, [
      ['メール', 3],
      ['search', 9],
    ])
    await plain.run(steps, {
      ...asked,
      creditsTable: 'credits',
      directChannels: ['Direkt'],
      placeboChannels: ['Direkt'],
    })
    for (const table of ['attribution', 'performance', 'shapley', 'evidence', 'confounding', 'credits']) {
      const read = (place: Place) => place.read(`SELECT * FROM mta.${table} ORDER BY ALL`)
      const [found, expected] = [await read(ruled), await read(plain)]
      expect(expected.length).toBeGreaterThan(0)
      expect([table, found]).toEqual([table, expected])
    }
    const { manifest } = await readExportManifest(ruled.world.storage)
    expect(manifest.channels).toEqual(['Direkt', 'search', 'メール'])
    expect(manifest.channelRules).toMatchObject({ rules: inOrder, merged: ['search'] })
    expect(manifest.counts.touches).toBe(7)
  })

  it('are those of the export for all later steps', async () => {
    const place = await openWith(rows, [])
    await place.run(['export'], { channelTable: 'rules' })
    await place.write('rules', ruleTypes, [[1, '*', 'all']])
    await place.run(['compare'], {})
    const found = await place.read(
      "SELECT DISTINCT channel FROM mta.attribution WHERE channel <> '(baseline)' ORDER BY 1",
    )
    expect(found.flat()).toEqual(['Direkt', 'search', 'メール'])
  })

  it('that leave out all touches are refused', async () => {
    const place = await openWith(rows, [])
    await place.write('rules', ruleTypes, [[1, '*', 'ignore']])
    const exported = place.run(['export'], { channelTable: 'rules' })
    await expect(exported).rejects.toThrow('--channel-table (CHANNEL_TABLE) leaves out all 9 touches')
    await expect(exported).rejects.toBeInstanceOf(DataError)
  })
})
