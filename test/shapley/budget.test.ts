import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/errors.ts'
import {
  type ConvertingPatterns,
  cellCount,
  cellsOf,
  type ValueFunction,
  wordsPerPattern,
} from '../../src/examples/pattern.ts'
import { compensatedSum } from '../../src/numerics/compensated-sum.ts'
import { createRandom } from '../../src/numerics/random.ts'
import { silentProgress } from '../../src/progress.ts'
import { attribute } from '../../src/shapley/attribution.ts'

const grid = { lookbackDays: 6, channelCount: 6 }
const cellsInAll = cellCount(grid)

/** @returns distinct patterns of up to `largest` cells, and the empty one: few with many conversions, most with one. */
function drawConverting(count: number, largest: number, seed: number): ConvertingPatterns {
  const random = createRandom(seed, 'patterns')
  const empty = new Uint32Array(wordsPerPattern(grid))
  const known = new Map([[empty.join(), empty]])
  while (known.size < count) {
    const words = new Uint32Array(wordsPerPattern(grid))
    const size = 1 + random.below(largest)
    for (let k = 0; k < size; k++) {
      const cell = Math.floor(random.uniform() ** 2 * cellsInAll)
      words[cell >> 5]! |= 1 << (cell & 31)
    }
    known.set(words.join(), words)
  }
  const words = Uint32Array.from(Array.from(known.values()).flatMap((own) => Array.from(own)))
  const conversions = Float64Array.from({ length: count }, () => Math.ceil(1 / (random.uniform() + 0.01)))
  return {
    patterns: { grid, count, wordsPerPattern: wordsPerPattern(grid), words },
    conversions,
    value: conversions.map((number) => 3 * number),
  }
}

/** Logistic in cells that hinder or help each other, by `strength`; counts what it is asked. */
class FakeModel {
  asked = 0
  readonly value: ValueFunction
  private readonly weights: Float64Array

  constructor(seed: number, strength = 1) {
    const random = createRandom(seed, 'model')
    this.weights = Float64Array.from({ length: cellsInAll }, () => 2 * random.uniform() - 0.4)
    this.value = async (patterns) => {
      this.asked += patterns.count
      return Float64Array.from({ length: patterns.count }, (_, at) => {
        const cells = cellsOf(patterns, at)
        let logit = -3
        for (const cell of cells) logit += this.weights[cell]!
        for (let k = 2; k < cells.length; k++) {
          logit += strength * Math.sin(cells[k]! + 2 * cells[k - 1]! + 3 * cells[k - 2]!)
        }
        return 1 / (1 + Math.exp(-logit))
      })
    }
  }
}

const credit = (converting: ConvertingPatterns, model: FakeModel, evaluations?: number, seed = 1) =>
  attribute(converting, model.value, { evaluations, seed, progress: silentProgress, now: () => 0 })

/** @returns what an error says that the budget has to be at least. */
async function leastBudget(converting: ConvertingPatterns, seed = 1): Promise<number> {
  const refused = await credit(converting, new FakeModel(1), 1, seed).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(ConfigError)
  return Number(/take ([\d,]+) at least/.exec(String(refused))?.[1]?.replaceAll(',', ''))
}

describe('a budget of evaluations', () => {
  it('is never exceeded, and the credits add up to the conversions, at any budget', async () => {
    const cases = fc.record({
      seed: fc.nat(1000),
      largest: fc.integer({ min: 3, max: 15 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    await fc.assert(
      fc.asyncProperty(cases, async ({ seed, largest, share }) => {
        const converting = drawConverting(60, largest, seed)
        const least = await leastBudget(converting, seed)
        const budget = least + Math.floor(share ** 3 * 30_000)
        const model = new FakeModel(seed)
        const found = await credit(converting, model, budget, seed)
        expect(model.asked).toBe(found.evaluations)
        expect(model.asked).toBeLessThanOrEqual(budget)
        for (const [cells, baseline, of] of [
          [found.conversions, found.baselineConversions, converting.conversions],
          [found.value, found.baselineValue, converting.value],
        ] as const) {
          const all = compensatedSum(of)
          // The promise: 1e-9 relative.
          expect(Math.abs(compensatedSum([...cells, baseline]) - all)).toBeLessThan(1e-9 * all)
        }
        expect(found.exactPatterns + found.sampledPatterns).toBe(60)
      }),
      { seed: 5, numRuns: 30 },
    )
  })

  it('credits exactly where it pays for all distinct sub-patterns, although the games have more in all', async () => {
    const converting = drawConverting(200, 9, 2)
    const all = await credit(converting, new FakeModel(2), 1e8)
    expect([all.exactPatterns, all.sampledPatterns]).toEqual([200, 0])
    const enough = await credit(converting, new FakeModel(2), all.evaluations)
    expect(enough).toEqual(all)
    const tooFew = await credit(converting, new FakeModel(2), all.evaluations - 1)
    expect(tooFew.sampledPatterns).toBeGreaterThan(0)
  })

  it('is by default more where one pair of orders for each pattern needs it', async () => {
    const converting = drawConverting(60, 9, 3)
    const whole = await credit(converting, new FakeModel(3))
    expect(whole).toEqual(await credit(converting, new FakeModel(3), 1e8))
  })

  it('is refused with the number that it takes, which is then enough', async () => {
    const converting = drawConverting(60, 12, 4)
    const least = await leastBudget(converting)
    const model = new FakeModel(4)
    await credit(converting, model, least)
    expect(model.asked).toBe(least)
    await expect(credit(converting, model, least - 1)).rejects.toThrow(
      new ConfigError(
        `--evaluations (EVALUATIONS) is ${(least - 1).toLocaleString('en-US')}, but 60 patterns with conversions take ` +
          `${least.toLocaleString('en-US')} at least: give as many, or leave it out`,
      ),
    )
  })

  it('depends on the seed, not on the order of the patterns', async () => {
    const converting = drawConverting(100, 10, 6)
    const { patterns, conversions, value } = converting
    const width = patterns.wordsPerPattern
    const backwards = {
      patterns: {
        ...patterns,
        words: patterns.words.map((_, at) => {
          const from = patterns.count - 1 - Math.floor(at / width)
          return patterns.words[from * width + (at % width)]!
        }),
      },
      conversions: conversions.toReversed(),
      value: value.toReversed(),
    }
    const found = await credit(converting, new FakeModel(6), 1500)
    expect(found.sampledPatterns).toBeGreaterThan(0)
    expect(await credit(backwards, new FakeModel(6), 1500)).toEqual(found)
    expect((await credit(converting, new FakeModel(6), 1500, 2)).conversions).not.toEqual(found.conversions)
  })
})

describe('credit by less than all coalitions', () => {
  const converting = drawConverting(300, 8, 7)
  const seeds = Array.from({ length: 30 }, (_, at) => 101 + at)

  it('is right on average, and errs as much as its standard error says, at the least budget and above', async () => {
    const exact = await credit(converting, new FakeModel(7), 1e8)
    const least = Math.max(...(await Promise.all(seeds.map((seed) => leastBudget(converting, seed)))))
    for (const budget of [least, 2 * least]) {
      const runs = await Promise.all(seeds.map((seed) => credit(converting, new FakeModel(7), budget, seed)))
      expect(runs[0]!.sampledPatterns).toBeGreaterThan(50)
      const errors = runs.map(({ conversions }) =>
        Math.hypot(...conversions.map((own, cell) => own - exact.conversions[cell]!)),
      )
      const stated = runs.map(({ standardError }) => Math.hypot(...standardError))
      const ratio = Math.hypot(...errors) / Math.hypot(...stated)
      // Errors of runs vary by a sixth, what they state by two sevenths: over 30 runs the ratio by 0.06; four of them.
      expect(Math.abs(ratio - 1)).toBeLessThan(4 * 0.06)
      exact.conversions.forEach((credits, cell) => {
        const bias =
          compensatedSum(runs.map(({ conversions }) => conversions[cell]! - credits)) / seeds.length
        const variance =
          compensatedSum(runs.map(({ standardError }) => standardError[cell]! ** 2)) / seeds.length
        // Five standard deviations of a mean of 30.
        expect(Math.abs(bias)).toBeLessThanOrEqual(5 * Math.sqrt(variance / seeds.length) + 1e-9)
      })
    }
  })

  it('comes closer to the exact one as the budget grows', async () => {
    const model = new FakeModel(7)
    const exact = await credit(converting, model, 1e8)
    const least = await leastBudget(converting)
    const errors = []
    for (const budget of [least, 2 * least, 4 * least, 8 * least]) {
      const { standardError, conversions } = await credit(converting, model, budget)
      const off = conversions.map((credits, cell) => credits - exact.conversions[cell]!)
      errors.push({ stated: Math.hypot(...standardError), real: Math.hypot(...off) })
    }
    for (const [at, { stated }] of errors.slice(1).entries()) expect(stated).toBeLessThan(errors[at]!.stated)
    expect(errors[3]!.real).toBeLessThan(errors[0]!.real / 2)
  })
})
