import { describe, expect, it } from 'vitest'
import type { CellGrid, PatternRecord } from '../../src/examples/pattern.ts'
import { freeDecay, HALF_LIVES } from '../../src/hazard/decay.ts'
import { fitHazard } from '../../src/hazard/hazard.ts'
import { attributeByHazard } from '../../src/hazard/hazard-credit.ts'
import { buildCellHazards, type HazardModel } from '../../src/hazard/model.ts'
import { HazardTerms } from '../../src/hazard/terms.ts'
import { createRandom } from '../../src/numerics/random.ts'
import { packPatterns } from '../pack-patterns.ts'

const grid: CellGrid = { lookbackDays: 5, channelCount: 3 }
const planted: HazardModel = {
  baseline: 0.004,
  // Effects that end all at once, which no half-lives can have.
  decay: freeDecay(5, 5),
  weights: [
    [0.02, 0, 0, 0, 0],
    [0, 0, 0.015, 0, 0],
    [0, 0, 0, 0.01, 0],
  ],
  pairs: [],
  logLikelihood: 0,
  iterations: 0,
}

function record(cells: readonly number[], channelCount: number, label: 0 | 1, count: number): PatternRecord {
  return {
    daysBefore: cells.map((cell) => Math.floor(cell / channelCount)),
    channels: cells.map((cell) => cell % channelCount),
    label,
    count,
    validationCount: 0,
    value: 0,
  }
}

/** Random patterns, each on so many days, and the conversions that come to them. */
function simulate(patterns: number, days: number, seed: number, model = planted): readonly PatternRecord[] {
  const random = createRandom(seed, 'credit properties')
  const terms = new HazardTerms(model, grid)
  return Array.from({ length: patterns }).flatMap(() => {
    const cells = Array.from({ length: 15 }, (_, cell) => cell).filter(() => random.uniform() < 0.12)
    const mean = days * terms.hazard(Uint32Array.from(cells), 0, cells.length)
    let conversions = -1
    for (let gone = 0; gone <= mean; conversions++) gone -= Math.log(1 - random.uniform())
    const both = [record(cells, 3, 1, conversions), record(cells, 3, 0, days - conversions)]
    return both.filter(({ count }) => count > 0)
  })
}

async function creditsOf(records: readonly PatternRecord[], size: CellGrid) {
  async function* read(label: 0 | 1) {
    yield records.filter((one) => one.label === label)
  }
  const model = await fitHazard(size, { positives: () => read(1), negatives: () => read(0) })
  const positives = records.filter(({ label }) => label === 1)
  const conversions = Float64Array.from(positives, ({ count }) => count)
  const patterns = packPatterns(size, positives)
  const credits = attributeByHazard(model, { patterns, conversions, value: conversions })
  const channels = new Float64Array(size.channelCount)
  credits.conversions.forEach((credit, cell) => {
    channels[cell % size.channelCount]! += credit
  })
  return { model, credits, channels }
}

it('gives ten times the credit where there is ten times of everything', async () => {
  const records = simulate(1500, 4000, 1)
  const once = await creditsOf(records, grid)
  const tenfold = await creditsOf(
    records.map((one) => ({ ...one, count: 10 * one.count })),
    grid,
  )
  // What the model is made of may follow the number of conversions; here it is the same.
  expect(tenfold.model.decay).toEqual(once.model.decay)
  once.credits.conversions.forEach((credit, cell) => {
    expect(tenfold.credits.conversions[cell]).toBeCloseTo(10 * credit, 4)
  })
  expect(tenfold.credits.baselineConversions).toBeCloseTo(10 * once.credits.baselineConversions, 4)
})

it('gives two halves to a channel that is split into two at random', async () => {
  const records = simulate(1500, 2000, 2)
  const whole = await creditsOf(records, grid)
  const random = createRandom(3, 'halves')
  // Touches of channel 2 become, by pattern, touches of 2 or of 3.
  const split = records.map((one) => {
    const half = new Map(one.daysBefore.map((day) => [day, random.uniform() < 0.5 ? 2 : 3]))
    const channels = one.channels.map((channel, k) =>
      channel === 2 ? (half.get(one.daysBefore[k]!) ?? 2) : channel,
    )
    return { ...one, channels }
  })
  const parts = await creditsOf(split, { ...grid, channelCount: 4 })
  const [first, second] = [parts.channels[2]!, parts.channels[3]!]
  // Each half is a number of conversions that is known to its own Poisson noise at best; four times that for the difference.
  expect(Math.abs(first - second)).toBeLessThan(4 * Math.sqrt(2 * (first + second)))
  expect(Math.abs(first + second - whole.channels[2]!)).toBeLessThan(4 * Math.sqrt(whole.channels[2]!))
  expect(first).toBeGreaterThan(100)
})

describe('how effects fall', () => {
  it('is free where many conversions show a curve that no half-lives have', async () => {
    const { model } = await creditsOf(simulate(1500, 4000, 4), grid)
    expect(model.decay).toEqual({ lastDays: [0, 1, 2, 3, 4] })
    // The effect of channel 1 ends after day 2, which a sum of half-lives can't say.
    const hazards = buildCellHazards(model, grid)
    expect(hazards[2 * 3 + 1]).toBeGreaterThan(0.012)
    expect(hazards[3 * 3 + 1]).toBeLessThan(0.003)
  })

  it('is by half-lives where these are enough', async () => {
    const weights = [
      [0.02, 0, 0],
      [0, 0.015, 0],
      [0, 0, 0.01],
    ]
    const chosen = []
    for (const seed of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) {
      const records = simulate(300, 400, seed, { ...planted, decay: HALF_LIVES, weights })
      chosen.push((await creditsOf(records, grid)).model.decay)
    }
    // Akaike's criterion takes more weights than needed in some cases, here in 2 of 10.
    expect(chosen.filter((decay) => 'halfLivesDays' in decay).length).toBeGreaterThanOrEqual(6)
  })

  it('is by half-lives where there are so many channels that the fit would take too long', async () => {
    const { model } = await creditsOf(simulate(1500, 4000, 4), { ...grid, channelCount: 81 })
    expect(model.decay).toEqual(HALF_LIVES)
  })
})
