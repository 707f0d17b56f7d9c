import { expect, it } from 'vitest'
import { DataError } from '../../src/errors.ts'
import { readLastRuns } from '../../src/queries/last-runs.ts'
import { attribution, OF_ALL } from '../../src/tables/attribution.ts'
import { channelMeasure, evidence } from '../../src/tables/evidence.ts'
import { type Stamp, tableWrites } from '../../src/tables/output-tables.ts'
import type { WarehouseUnderTest } from './warehouse.ts'

const METHOD = 'shapley_stacked'
const options = {
  db: 'mta',
  attributionTable: 'runs_attribution',
  evidenceTable: 'runs_evidence',
  ifExists: 'append',
} as const
const asked = {
  attribution: { database: 'mta', table: 'runs_attribution' },
  evidence: { database: 'mta', table: 'runs_evidence' },
  method: METHOD,
  conversionType: 'purchase',
  limit: 2,
}

const stampOf = (day: number, conversionType = 'purchase'): Stamp => ({
  runId: `run ${conversionType} ${day}`,
  sessionTime: `2026-03-0${day}T03:00:00.000Z`,
  sessionDate: `2026-03-0${day}`,
  creditedFrom: `2026-03-0${day - 1}`,
  creditedTo: `2026-03-0${day - 1}`,
  conversionType,
})

/** Two days of two channels and the baseline, a campaign, a segment and another method, which do not count. */
function writesOf(stamp: Stamp, conversions: number) {
  const none = { ...OF_ALL, value: null, standardError: null, lower: null, upper: null }
  const row = (channel: string, daysBefore: number | null, credited: number, share: number | null) => {
    return { ...none, method: METHOD, channel, daysBefore, conversions: credited, share }
  }
  const rows = [
    row('email', 0, conversions, 0.5),
    row('email', 1, conversions / 4, 0.125),
    row("o'検索", 0, 3, 0.375),
    row('(baseline)', null, 9, null),
  ]
  const measure = channelMeasure(METHOD, 'email')
  return [
    ...tableWrites(attribution, options, stamp, [
      ...rows,
      { ...rows[0]!, campaign: 'spring' },
      { ...rows[0]!, segment: 'new' },
      { ...rows[0]!, method: 'linear' },
    ]),
    ...tableWrites(evidence, options, stamp, [
      { measure, value: conversions * 1.25, lower: 1, upper: 100, verdict: null },
      { measure: 'auc_hazard', value: 0.7, lower: 0.6, upper: 0.8, verdict: null },
    ]),
  ]
}

/** What reading the last runs promises in any warehouse. */
export function lastRunsContract(open: () => Promise<WarehouseUnderTest>): void {
  it('reads whole channels of the last runs of one kind and method, the oldest first, days once, with their intervals', async () => {
    const { warehouse } = await open()
    await expect(readLastRuns(warehouse, asked)).rejects.toThrow(
      new DataError(
        '--runs (RUNS) reads the runs in table mta.runs_attribution, which is not there: ' +
          'name the table that runs wrote by --attribution-table (ATTRIBUTION_TABLE), or leave --runs out',
      ),
    )
    for (const [day, conversions] of [
      [4, 8],
      [2, 4],
      [3, 16],
    ] as const) {
      await warehouse.writeTables(writesOf(stampOf(day), conversions))
    }
    await warehouse.writeTables(writesOf(stampOf(5, 'sign up'), 32))
    // The third was made again later in the day; an earlier try of the fourth does not count.
    const again = { ...stampOf(3), runId: 'run again', sessionTime: '2026-03-03T09:00:00.000Z' }
    await warehouse.writeTables(writesOf(again, 64))
    await warehouse.writeTables(
      writesOf({ ...stampOf(4), runId: 'run too early', sessionTime: '2026-03-04T01:00:00.000Z' }, 1),
    )
    const runOf = (day: number, conversions: number) => {
      const { runId, sessionDate, creditedFrom, creditedTo } = stampOf(day)
      const channels = [
        { channel: 'email', conversions: conversions * 1.25, share: 0.625, lower: 1, upper: 100 },
        { channel: "o'検索", conversions: 3, share: 0.375, lower: null, upper: null },
      ]
      return { runId, sessionDate, creditedFrom, creditedTo, channels }
    }
    expect(await readLastRuns(warehouse, asked)).toEqual([
      { ...runOf(3, 64), runId: 'run again' },
      runOf(4, 8),
    ])
    const absent = { database: 'mta', table: 'no_such_table' }
    const [, last] = await readLastRuns(warehouse, { ...asked, evidence: absent })
    expect(last?.channels.map(({ lower }) => lower)).toEqual([null, null])
  })
}
