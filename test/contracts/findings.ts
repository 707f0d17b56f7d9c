import { describe, expect, it } from 'vitest'
import type { ExampleRules, TouchpointSource } from '../../src/examples/touchpoints.ts'
import type { OutputColumn } from '../../src/warehouse/warehouse.ts'
import { plainRules } from '../queries/journeys.ts'
import { extractAll, type LoadedTouchpoints } from './extraction.ts'

/** The columns of the tables, in their order. */
export const findingsSource: TouchpointSource = {
  table: { database: 'mta', table: 'mixed' },
  userColumn: 'user_id',
  timeColumn: 'time',
  actionColumn: 'source',
  conversionColumn: 'conversion',
  valueColumn: 'value',
  conversionIdColumn: 'order_id',
  nullTexts: ['null', 'nan'],
}

export const findingsColumns: readonly OutputColumn[] = [
  { name: 'user_id', type: 'varchar' },
  { name: 'time', type: 'bigint' },
  { name: 'source', type: 'varchar' },
  { name: 'conversion', type: 'bigint' },
  { name: 'value', type: 'double' },
  { name: 'order_id', type: 'varchar' },
]

/** A row of {@link findingsColumns}. */
export type MixedRow = readonly (string | number | null)[]

const FIRST = 1_767_225_600
const DAY = 86_400
const clock = { sessionSec: FIRST + 20 * DAY, nowSec: FIRST + 300 * DAY }
const channels = ['email', 'search', 'social']

/** A touch of each of 30 users on each of 14 days, and six conversions. */
const good: readonly MixedRow[] = Array.from({ length: 30 }, (_, user) => [
  ...Array.from({ length: 14 }, (_, day): MixedRow => {
    return [`u${user}`, FIRST + day * DAY + user * 60, channels[(user + day) % 3] ?? '', 0, null, null]
  }),
  ...(user % 5 === 0 ? [[`u${user}`, FIRST + 13 * DAY + 50_000, null, 1, 10, `o${user}`] as MixedRow] : []),
]).flat()

const wrong: readonly MixedRow[] = [
  ...good.slice(0, 3),
  ...good.slice(14, 16),
  [null, FIRST, 'email', 1, 5, null],
  ['', FIRST, 'email', 1, 5, null],
  [' \t', FIRST, 'email', 1, 5, null],
  ['NULL', FIRST, 'email', 1, 5, null],
  [' nan ', FIRST, 'email', 1, 5, null],
  ['u1', null, 'email', 1, 5, null],
  ['u1', FIRST + 30, 'Null', 0, null, null],
  ['u1', 0, 'email', 1, 5, null],
  ['u1', FIRST * 1000, 'email', 1, 5, null],
  ['u1', clock.sessionSec + DAY + 1, 'email', 1, 5, null],
  ['u1', 1_000_000_000, 'email', 1, 5, null],
  ['u2', 1_030_000_000, 'display', 0, null, null],
  // The impression that led to the conversion of u0.
  ['u0', FIRST + 12 * DAY, 'search', 1, 10, 'o0'],
  // An order of two users.
  ['u1', FIRST + 13 * DAY + 40_000, null, 1, 10, 'o5'],
]

const inRange = [
  ['rows-without-user', 3],
  ['null-text-users', 2],
  ['rows-without-time', 1],
  ['null-text-channels', 1],
  ['impossible-times', 2],
  ['rows-after-session', 1],
  ['stray-rows', 2],
  ['duplicate-rows', 5],
  ['repeated-conversion-ids', 1],
  ['ids-of-several-users', 1],
]

/**
 * A warehouse finds what is wrong with rows, and extracts the others.
 * @param load makes a table of {@link findingsSource}.
 * @param skipped a kind that its tables can't have.
 */
export function findingsContract(
  load: (rows: readonly MixedRow[]) => Promise<LoadedTouchpoints>,
  skipped?: 'rows-without-time',
): void {
  const bad = wrong.filter(([, time]) => skipped === undefined || time !== null)
  const expectedFindings = inRange.filter(([code]) => code !== skipped)
  const survey = async (rows: readonly MixedRow[], changes: Partial<ExampleRules>) => {
    const loaded = await load(rows)
    try {
      const { survey, batches, channels } = await extractAll(loaded, { ...plainRules, clock, ...changes })
      const [batch] = batches
      const findings = survey.findings.map(({ code, count }) => [code, count])
      return { findings, channels, totals: batch?.totals, records: batch?.records }
    } finally {
      await loaded.warehouse.close()
    }
  }

  describe('what is wrong with rows', () => {
    it('is found, and left out', async () => {
      const expected = await survey(good, {})
      expect(expected).toMatchObject({
        findings: [],
        channels,
        totals: { conversions: 6, creditedValue: 60 },
      })
      const found = await survey([...good, ...bad], {})
      expect(found.findings).toEqual(expectedFindings)
      expect(found.channels).toEqual(expected.channels)
      // The shared order counts for both users; the impression of u0 is a touch.
      expect(found.totals).toMatchObject({
        users: 30,
        conversions: 7,
        creditedValue: 70,
        mergedConversionRows: 0,
      })
      const isShared = ([user, , , converts]: MixedRow) => user === 'u1' && converts === 1
      const clean = [...good, ...wrong.slice(-2).map((row) => (isShared(row) ? row : row.with(3, 0)))]
      expect(found.records).toEqual((await survey(clean, {})).records)
    })

    it('is found out of the range, too', async () => {
      const range = { fromSec: FIRST, toSec: FIRST + 14 * DAY }
      const { findings } = await survey([...good, ...bad], range)
      const outside = ['rows-after-session', 'stray-rows']
      expect(findings).toEqual(expectedFindings.filter(([code]) => !outside.includes(String(code))))
    })
  })
}
