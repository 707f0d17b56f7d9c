import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { ConvertingPatterns } from '../src/examples/pattern.ts'
import { type CellGrid, cellsOf, type PatternRecord } from '../src/examples/pattern.ts'
import { decay } from '../src/hazard/decay.ts'
import { attributeByHazard } from '../src/hazard/hazard-credit.ts'
import { silentProgress } from '../src/progress.ts'
import { extractBatch } from '../src/queries/extract.ts'
import { planExtraction } from '../src/queries/extraction-plan.ts'
import { surveyTouchpoints } from '../src/queries/survey.ts'
import { attribute } from '../src/shapley/attribution.ts'
import { mixCredits } from '../src/shapley/stacked.ts'
import { buildAttributionRows } from '../src/shapley/totals.ts'
import { packPatterns } from './pack-patterns.ts'
import { openCsv } from './queries/duckdb-touchpoints.ts'
import { plainRules } from './queries/journeys.ts'
import { readRecords } from './word-patterns.ts'

/** The worked example of docs/method.md: each of its tables, recomputed by the program. */
const page = readFileSync(new URL('../docs/method.md', import.meta.url), 'utf8')

/** @returns the cells of a table's rows, by the marker before it; heading and rule left out. */
function tableOf(name: string): string[][] {
  const [, after = ''] = page.split(`<!-- example: ${name} -->\n`)
  const lines = after
    .slice(0, after.indexOf('\n\n') < 0 ? after.length : after.indexOf('\n\n'))
    .trim()
    .split('\n')
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

const channels = ['email', 'search']
const grid: CellGrid = { lookbackDays: 3, channelCount: 2 }
const cellOf = new Map([
  ['s0', 0 * 2 + 1],
  ['s1', 1 * 2 + 1],
  ['e2', 2 * 2 + 0],
])
const namesOf = (cells: readonly number[]) =>
  [...cellOf]
    .filter(([, cell]) => cells.includes(cell))
    .map(([name]) => name)
    .join(' ') || 'none'

function patternText({ daysBefore, channels: places }: PatternRecord): string {
  return daysBefore.map((day, at) => `(${day}, ${channels[places[at] ?? -1]})`).join(', ')
}

function annsPattern(): ConvertingPatterns {
  const patterns = packPatterns(grid, [{ daysBefore: [0, 1, 2], channels: [1, 1, 0] }])
  return { patterns, conversions: Float64Array.of(1), value: Float64Array.of(0) }
}

const context = { grid, channels, entryConversions: 0, entryValue: 0, seedFormat: false, hasValue: false }

it('reduces the touchpoints to the patterns of the page', async () => {
  const csv = [['user_id', 'time', 'source', 'conversion'], ...tableOf('touchpoints')]
  const { warehouse, source } = await openCsv(`${csv.map((cells) => cells.join(',')).join('\n')}\n`)
  try {
    const { signal } = new AbortController()
    const rules = { ...plainRules, lookbackDays: 3 }
    const touchpoints = { ...source, valueColumn: undefined }
    const survey = await surveyTouchpoints(warehouse, touchpoints, rules, signal)
    const plan = planExtraction(survey, rules)
    const records = await readRecords(extractBatch(warehouse, plan, 0, signal).patterns)
    const found = records.map((record) => [patternText(record), String(record.label), String(record.count)])
    expect(plan.channels).toEqual(channels)
    expect(found.sort()).toEqual(tableOf('patterns').sort())
  } finally {
    await warehouse.close()
  }
})

it('credits the conversion as the page does', async () => {
  const coalitions =
    page
      .match(/\| S \|(.*)\|\n/)?.[1]
      ?.split('|')
      .map((name) => name.trim()) ?? []
  const [, ...values] = tableOf('value function')[0] ?? []
  const value = new Map(coalitions.map((name, at) => [name, Number(values[at])]))
  const credits = await attribute(
    annsPattern(),
    async (patterns) =>
      Float64Array.from(
        { length: patterns.count },
        (_, at) => value.get(namesOf(cellsOf(patterns, at))) ?? Number.NaN,
      ),
    { seed: 1, progress: silentProgress, now: () => 0 },
  )
  const rows = buildAttributionRows(credits, context)
  const whole = value.get('s0 s1 e2') ?? Number.NaN
  const found = [...cellOf].map(([name, cell]) => {
    const { conversions, share } = rows[cell] ?? {}
    return [name, ...[(conversions ?? 0) * whole, conversions, share].map((figure) => figure?.toFixed(6))]
  })
  expect([...found, ['(baseline)', '', rows.at(-1)?.conversions?.toFixed(6), '']]).toEqual(tableOf('credit'))
})

it('credits by the hazard model as the page does', () => {
  const table = tableOf('hazard')
  const term = new Map(table.map(([name = '', figure]) => [name, Number(figure)]))
  // One half-life a cell would have to be: weights that give the three terms by two channels' own half-lives.
  const halfLivesDays = [0.3, 1]
  const weights = [
    solve(
      [
        [0, 0],
        [2, term.get('e2') ?? 0],
      ],
      halfLivesDays,
    ),
    solve(
      [
        [0, term.get('s0') ?? 0],
        [1, term.get('s1') ?? 0],
      ],
      halfLivesDays,
    ),
  ]
  const model = {
    baseline: term.get('(baseline)') ?? 0,
    decay: { halfLivesDays },
    weights,
    pairs: [],
    logLikelihood: 0,
    iterations: 0,
  }
  const credits = attributeByHazard(model, annsPattern())
  const found = [...cellOf].map(([name, cell]) => [name, credits.conversions[cell]?.toFixed(6)])
  expect([...found, ['(baseline)', credits.baselineConversions.toFixed(6)]]).toEqual(
    table.map(([name, , conversions]) => [name, conversions]),
  )
})

it('mixes both models as the page does', () => {
  const ofPage = (name: string, column: number, probability: number) => {
    const credits = tableOf(name).map((row) => Number(row[column]))
    const [baseline = Number.NaN] = credits.splice(-1)
    const cells = [...cellOf.values()]
    const exact = { pattern: 0, cells, standardErrors: new Float64Array(cells.length) }
    return { ...exact, credits: Float64Array.from(credits), baseline, probability }
  }
  const mixed = mixCredits(ofPage('hazard', 2, 0.16), ofPage('credit', 2, 0.16), 0.25)
  const found = [...cellOf.keys()].map((name, at) => [name, mixed.credits[at]?.toFixed(6)])
  expect([...found, ['(baseline)', mixed.baseline.toFixed(6)]]).toEqual(tableOf('stacked'))
})

/** @returns the two weights by which a channel's kernels add up to these terms on these two days. */
function solve(terms: readonly (readonly [number, number])[], halfLivesDays: readonly number[]): number[] {
  const [[a, b], [c, d]] = terms.map(([day]) => halfLivesDays.map((halfLife) => decay(day, halfLife))) as [
    [number, number],
    [number, number],
  ]
  const [u, v] = terms.map(([, term]) => term) as [number, number]
  const determinant = a * d - b * c
  return [(u * d - b * v) / determinant, (a * v - u * c) / determinant]
}
