import { describe, expect, it } from 'vitest'
import { readResult, writeResult } from '../../src/artifacts/results.ts'
import { openLocalStorage } from '../../src/storage/local/storage.ts'
import { type AttributionRow, OF_ALL, totalRows } from '../../src/tables/attribution.ts'
import { creditByChannel } from '../../src/tables/channel-credit.ts'
import { fullInput } from '../report/fixtures.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const whole: AttributionRow = {
  ...OF_ALL,
  channel: 'email',
  daysBefore: 0,
  conversions: 8,
  value: 80,
  share: 1,
  standardError: null,
  lower: null,
  upper: null,
}
const parts = [
  { ...whole, campaign: 'spring', conversions: 5 },
  { ...whole, campaign: '(none)', conversions: 3 },
  { ...whole, segment: 'new', conversions: 2 },
]

describe('rows that are parts of others', () => {
  it('are in no sum', () => {
    expect(totalRows([...parts, whole])).toEqual([whole])
    expect(creditByChannel([...parts, whole]).channels).toMatchObject([{ channel: 'email', conversions: 8 }])
  })

  it('are none in the results of an earlier version, which have no such columns', async () => {
    const storage = openLocalStorage(makeTemporaryDirectory())
    const { comparison } = JSON.parse(JSON.stringify(fullInput()))
    const stamp = { schemaVersion: 1, runId: 'r', sessionTime: '2026-03-02T03:04:05.000Z', exportCrc32c: 1 }
    for (const { rows } of comparison.methods) {
      for (const row of rows) for (const column of Object.keys(OF_ALL)) delete row[column]
    }
    await writeResult(storage, { ...stamp, ...comparison, kind: 'comparison' })
    const read = await readResult(storage, 'comparison', 1)
    expect(read?.methods).toEqual(fullInput().comparison?.methods)
  })
})
