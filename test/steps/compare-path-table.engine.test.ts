import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { DataError } from '../../src/errors.ts'
import type { Config } from '../../src/options/option-table.ts'
import { resolveConfig } from '../../src/options/resolve.ts'
import { comparePathTable } from '../../src/steps/compare-path-table.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import { openPlace, type Place } from './touchpoints-in-file.ts'

async function openWith(text: string): Promise<{ readonly place: Place; readonly paths: string }> {
  const place = await openPlace()
  onTestFinished(() => place.warehouse.close())
  const paths = join(makeTemporaryDirectory(), 'paths.csv')
  writeFileSync(paths, text)
  return { place, paths }
}

const compare = ({ place, paths }: Awaited<ReturnType<typeof openWith>>, config: Config = {}) =>
  comparePathTable({ ...resolveConfig({ runId: 'r1', markovOrders: 1, ...config }), paths }, place.world)

it('names the channels of paths by rules, and leaves out what stands for none', async () => {
  const opened = await openWith('path,conversions,nulls\nGoogle > test > mail,2,1\nbing > NULL,1,1\n')
  const types = { pattern: 'varchar', channel: 'varchar' } as const
  await opened.place.write('rules', types, [
    ['google', 'search'],
    ['bing', 'search'],
    ['test', 'ignore'],
  ])
  const { channels, conversions, findings } = await compare(opened, {
    channelTable: 'rules',
    directChannels: ['mail'],
  })
  expect([channels, conversions]).toEqual([['mail', 'search'], 3])
  expect(findings.map(({ code }) => code)).toEqual(['null-text-channels', 'channels-without-rule'])
  const rows = await opened.place.read(
    "SELECT channel, conversions, credited_from FROM mta.attribution WHERE method = 'last_non_direct' ORDER BY 1",
  )
  expect(rows).toEqual([
    ['(baseline)', 0, null],
    ['mail', 0, null],
    ['search', 3, null],
  ])
})

it('says what is missing in the paths', async () => {
  const { findings } = await compare(await openWith('path,conversions\na > A,2\n'))
  expect(findings.map(({ code }) => code)).toEqual(['similar-channels', 'paths-without-null-paths'])
})

it('replaces no run in the data directory', async () => {
  const opened = await openWith('path,conversions\na,2\n')
  await opened.place.world.storage.write('manifest.json', [new Uint8Array([1])])
  await expect(compare(opened)).rejects.toThrow('holds the export of a run')
  await expect(compare(opened)).rejects.toBeInstanceOf(DataError)
})
