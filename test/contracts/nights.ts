import fc from 'fast-check'
import { expect, it } from 'vitest'
import { placesOf } from '../../src/comparison/path-table.ts'
import { startOfDay } from '../../src/examples/local-days.ts'
import { creditedCountOf } from '../../src/examples/pattern.ts'
import type { ExampleRules } from '../../src/examples/touchpoints.ts'
import { readPaths } from '../../src/queries/read-paths.ts'
import { plainRules } from '../queries/journeys.ts'
import { dayOf, type JourneyRow } from '../queries/oracle.ts'
import { randomJourneys } from '../queries/random-journeys.ts'
import { extractAll, isPossible, type LoadedTouchpoints, loadedBy } from './extraction.ts'

/** Conversions and value in millionths by what they are credited to: a pattern, an entry, a path, a cell of a rule. */
type Credited = Map<string, readonly [number, number]>

const neverStops = new AbortController().signal

function add(credited: Credited, key: unknown, count: number, value: number): void {
  const name = JSON.stringify(key)
  const [former, formerValue] = credited.get(name) ?? [0, 0]
  if (count !== 0 || value !== 0) credited.set(name, [former + count, formerValue + Math.round(value * 1e6)])
}

/** Adds what a run by these rules credits: by pattern what models divide, and by path and rule of thumb. */
async function addCredited(
  credited: Credited,
  loaded: LoadedTouchpoints,
  rules: ExampleRules,
): Promise<void> {
  const { channels, plan, survey, batches } = await extractAll(loaded, rules)
  for (const { records, totals } of batches) {
    for (const record of records.filter(({ label }) => label === 1)) {
      const cells = record.channels.map((place, at) => [record.daysBefore[at], channels[place]])
      add(credited, ['pattern', cells.sort()], creditedCountOf(record), record.value)
    }
    add(credited, ['entry'], totals.creditedEntryConversions, totals.creditedEntryValue)
    add(credited, ['all'], totals.creditedEntryConversions + totals.creditedExamples, totals.creditedValue)
  }
  const ruleOptions = {
    directPlaces: [],
    positionWeights: { first: 0.4, between: 0.2, last: 0.4 },
    halfLifeDays: 7,
  }
  const parts = { ...survey.scan, rules, channels, otherPosition: undefined, days: plan.days, ruleOptions }
  const { paths, cells } = await readPaths(loaded.warehouse, parts, neverStops)
  for (let path = 0; path < paths.count; path++) {
    const names = Array.from(placesOf(paths, path), (place) => channels[place])
    add(credited, ['path', names], paths.creditedConversions[path]!, paths.creditedValue[path]!)
  }
  for (const { place, daysBefore, conversions } of cells) {
    conversions.forEach((credit, rule) => {
      add(credited, ['rule', rule, daysBefore, channels[place]], 0, credit)
    })
  }
}

/** @returns how many of the nights that begin at these moments see a conversion. */
function countNightsWithConversions(rows: readonly JourneyRow[], starts: readonly number[]): number {
  const nights = rows.flatMap(({ user, atSec, conversion }) =>
    user === null || atSec === null || conversion !== true
      ? []
      : [starts.findLastIndex((start) => start <= atSec)],
  )
  return new Set(nights.filter((night) => night >= 0)).size
}

/** @returns the nights' first moments, of at most so many nights, the first of which has something to learn from. */
function nightsOf(rows: readonly JourneyRow[], rules: ExampleRules, most: number): number[] {
  const days = rows.flatMap(({ user, atSec }) =>
    user === null || atSec === null ? [] : [dayOf(atSec, rules.timeZone)],
  )
  const starts = [...new Set(days)]
    .sort((left, right) => left - right)
    .map((day) => startOfDay(rules.timeZone, day))
  const first = starts.findIndex((_, at) => isPossible(rows, { ...rules, toSec: starts[at + 1] }))
  return first < 0 ? [] : starts.slice(first).slice(-most)
}

/**
 * What nights promise in any warehouse: runs that learn from the same moment on and credit what came after the one before
 * credit, all together, what one run over all their days credits, and so each conversion once.
 * @param load makes a warehouse with just these rows in the table of touchpoints, value column and all.
 * @param randomTables how many random tables are checked. @param most nights in each.
 */
export function nightsContract(
  name: string,
  load: (rows: readonly JourneyRow[]) => Promise<LoadedTouchpoints>,
  randomTables: number,
  most = 4,
): void {
  it(`credits of consecutive nights in ${name} add up to those of one run over all of them`, async () => {
    await fc.assert(
      fc.asyncProperty(randomJourneys, async ({ rows, rules: { timeZone, lookbackDays, seed } }) => {
        const rules: ExampleRules = {
          ...plainRules,
          timeZone,
          lookbackDays: Math.min(lookbackDays, 3),
          seed,
          maxChannels: 1000,
        }
        const starts = nightsOf(rows, rules, most)
        const nightsWithConversions = countNightsWithConversions(rows, starts)
        fc.pre(nightsWithConversions > 1)
        await loadedBy(load)(rows, async (loaded) => {
          const once: Credited = new Map()
          await addCredited(once, loaded, { ...rules, creditFromSec: starts[0] })
          const nights: Credited = new Map()
          let nightsWithCredit = 0
          for (const [at, creditFromSec] of starts.entries()) {
            const night: Credited = new Map()
            await addCredited(night, loaded, { ...rules, creditFromSec, toSec: starts[at + 1] })
            for (const [key, [count, value]] of night) add(nights, JSON.parse(key), count, value / 1e6)
            nightsWithCredit += night.has('["all"]') ? 1 : 0
          }
          expect(nightsWithCredit).toBe(nightsWithConversions)
          const keys = new Set([...once.keys(), ...nights.keys()])
          for (const key of keys) {
            const [[count, micros], [expected, expectedMicros]] = [
              nights.get(key) ?? [0, 0],
              once.get(key) ?? [0, 0],
            ]
            expect(count, key).toBe(expected)
            // Each night's sum of fractions is rounded to a millionth.
            expect(Math.abs(micros - expectedMicros), key).toBeLessThanOrEqual(
              key.startsWith('["rule"') ? most : 0,
            )
          }
        })
      }),
      { numRuns: randomTables },
    )
  })
}
