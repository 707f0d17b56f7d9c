import { describe, expect, it } from 'vitest'
import { ConfigError, DataError } from '../../src/errors.ts'
import type { ConvertingPatterns } from '../../src/examples/pattern.ts'
import {
  type CellGrid,
  cellCount,
  cellsOf,
  type PatternBlock,
  type ValueFunction,
  wordsPerPattern,
} from '../../src/examples/pattern.ts'
import { compensatedSum } from '../../src/numerics/compensated-sum.ts'
import { createRandom } from '../../src/numerics/random.ts'
import { type Progress, silentProgress } from '../../src/progress.ts'
import { attribute, attributeEach } from '../../src/shapley/attribution.ts'
import type { PatternCredit } from '../../src/shapley/credit.ts'
import { computeShapley } from '../../src/shapley/exact.ts'
import { tabulate } from './games.ts'

const grid: CellGrid = { lookbackDays: 5, channelCount: 8 }
const options = { seed: 1, progress: silentProgress, now: () => 0 }

/** @returns patterns with these cells; conversions 1, 2, 3, ... and a value of 10 each unless given. */
function convertingOf(
  patterns: readonly (readonly number[])[],
  conversions?: readonly number[],
): ConvertingPatterns {
  const width = wordsPerPattern(grid)
  const words = new Uint32Array(patterns.length * width)
  patterns.forEach((cells, at) => {
    for (const cell of cells) {
      const word = at * width + (cell >> 5)
      words[word] = (words[word] ?? 0) | (1 << (cell & 31))
    }
  })
  const counts = Float64Array.from(patterns, (_, at) => conversions?.[at] ?? at + 1)
  return {
    patterns: { grid, count: patterns.length, wordsPerPattern: width, words },
    conversions: counts,
    value: counts.map((count) => 10 * count),
  }
}

function valueFunctionOf(probability: (cells: readonly number[]) => number): ValueFunction {
  return async (patterns) =>
    Float64Array.from({ length: patterns.count }, (_, at) => probability(cellsOf(patterns, at)))
}

/** Logistic, with each neighbour that is touched too counting against a cell: neither additive nor in pairs. */
function logistic(cells: readonly number[]): number {
  let logit = -3
  for (const cell of cells) logit += Math.sin(cell + 1) + (cells.includes(cell + 1) ? -0.5 : 0.2)
  if (cells.length % 3 === 2) logit += 0.7
  return 1 / (1 + Math.exp(-logit))
}

/** Each touch may convert on its own, neighbours together more: interactions of every order, all credits positive. */
function saturating(cells: readonly number[]): number {
  let missed = 0.98
  for (const cell of cells) missed *= 1 - 0.02 * (1 + (cell % 7)) * (cells.includes(cell + 1) ? 2 : 1)
  return 1 - missed
}

/** Cheap, and without any structure: a number in (0, 1) made of the bits. */
const scrambled: ValueFunction = async ({ count, words, wordsPerPattern: width }) =>
  Float64Array.from({ length: count }, (_, at) => {
    const hash = Math.imul(
      (words[at * width] ?? 0) ^ Math.imul(words[at * width + 1] ?? 0, 0x9e3779b1),
      0x85ebca6b,
    )
    return ((hash >>> 8) + 1) / (2 ** 24 + 1)
  })

/** @returns `count` distinct patterns of `size` cells. */
function randomPatterns(count: number, size: number, seed: number): number[][] {
  const random = createRandom(seed, 'patterns')
  const known = new Map<string, number[]>()
  while (known.size < count) {
    const cells = new Set<number>()
    while (cells.size < size) cells.add(random.below(cellCount(grid)))
    const sorted = Array.from(cells).sort((left, right) => left - right)
    known.set(sorted.join(), sorted)
  }
  return Array.from(known.values())
}

describe('attribution', () => {
  it('credits each cell its Shapley value over p, and the baseline p(none) over p', async () => {
    // p(none) = 0.1, p(3) = 0.2, p(33) = 0.3, p(both) = 0.5: Shapley values 0.15 and 0.25.
    const probability = (cells: readonly number[]) =>
      [0.1, cells[0] === 3 ? 0.2 : 0.3, 0.5][cells.length] ?? 0
    const credits = await attribute(convertingOf([[3, 33]], [10]), valueFunctionOf(probability), options)
    expect(credits.conversions[3]).toBeCloseTo(3, 12)
    expect(credits.conversions[33]).toBeCloseTo(5, 12)
    expect(credits.baselineConversions).toBeCloseTo(2, 12)
    expect(credits.value[3]).toBeCloseTo(30, 11)
    expect(credits.value[33]).toBeCloseTo(50, 11)
    expect(credits.baselineValue).toBeCloseTo(20, 11)
    expect(credits.standardError).toEqual(new Float64Array(40))
    expect(Array.from(credits.conversions).filter((credit) => credit !== 0)).toHaveLength(2)
  })

  it('keeps a credit below 0 where a touch makes conversion less likely', async () => {
    const valueFunction = valueFunctionOf((cells) => (cells.length === 0 ? 0.4 : 0.1))
    const credits = await attribute(convertingOf([[7]], [2]), valueFunction, options)
    expect(credits.conversions[7]).toBeCloseTo(-6, 12)
    expect(credits.baselineConversions).toBeCloseTo(8, 12)
  })

  it('gives a conversion without a touch to the baseline', async () => {
    const credits = await attribute(convertingOf([[]], [4]), valueFunctionOf(logistic), options)
    expect(credits.baselineConversions).toBe(4)
    expect(credits.baselineValue).toBe(40)
    expect(credits.conversions).toEqual(new Float64Array(40))
    expect(credits.evaluations).toBe(1)
  })

  it('adds up to all conversions, exact and sampled patterns together', async () => {
    const patterns = [[], ...[1, 2, 4, 8, 14, 20].flatMap((size) => randomPatterns(20, size, size))]
    const converting = convertingOf(patterns)
    const credits = await attribute(converting, valueFunctionOf(logistic), options)
    const all = compensatedSum(converting.conversions)
    expect(all).toBe((121 * 122) / 2)
    // The promise: 1e-9 relative.
    const credited = compensatedSum([...credits.conversions, credits.baselineConversions])
    expect(Math.abs(credited - all)).toBeLessThan(1e-9 * all)
    const value = compensatedSum([...credits.value, credits.baselineValue])
    expect(Math.abs(value - 10 * all)).toBeLessThan(1e-8 * all)
    expect([credits.exactPatterns, credits.sampledPatterns]).toEqual([81, 40])
  })

  it('clips probabilities before it forms the game, so that it still adds up where p is 0', async () => {
    const valueFunction = valueFunctionOf((cells) => (cells.length === 1 ? 0.5 : 0))
    const credits = await attribute(convertingOf([[1, 2]], [3]), valueFunction, options)
    // p(none) = p(both) = 1e-12: the baseline has all three conversions, the cells cancel.
    expect(credits.baselineConversions).toBe(3)
    expect(credits.conversions[1]).toBe(0)
  })

  it('has nothing to credit without patterns', async () => {
    const credits = await attribute(convertingOf([]), valueFunctionOf(logistic), options)
    expect(credits.baselineConversions).toBe(0)
    expect(credits.evaluations).toBe(0)
  })
})

describe('the model evaluations of attribution', () => {
  it('are one for each distinct sub-pattern, those of all patterns together', async () => {
    const asked: string[] = []
    const valueFunction = valueFunctionOf((cells) => {
      asked.push(cells.join())
      return logistic(cells)
    })
    // Sub-patterns of {1,2}: 4. {2,3} adds {3}, {2,3}. {1,2,3} adds {1,3}, {1,2,3}. {} adds none.
    const converting = convertingOf([[1, 2, 3], [2, 3], [], [1, 2]])
    const credits = await attribute(converting, valueFunction, { ...options, batchPatterns: 3 })
    expect(credits.evaluations).toBe(8)
    expect(asked.toSorted()).toEqual(['', '1', '1,2', '1,2,3', '1,3', '2', '2,3', '3'])
  })

  it('of a pattern too large for exact credit are at most the budget', async () => {
    const blocks: number[] = []
    const valueFunction: ValueFunction = async (patterns) => {
      blocks.push(patterns.count)
      return valueFunctionOf(logistic)(patterns)
    }
    const converting = convertingOf(randomPatterns(1, 20, 1))
    const credits = await attribute(converting, valueFunction, { ...options, batchPatterns: 1000 })
    expect(credits.evaluations).toBe(2048)
    expect(blocks).toEqual([1000, 1000, 48])
    expect([credits.exactPatterns, credits.sampledPatterns]).toEqual([0, 1])
  })

  it('are timed by the clock that is passed', async () => {
    let nowMs = 0
    const clock = { ...options, now: () => nowMs, batchPatterns: 2 }
    const valueFunction: ValueFunction = async (patterns) => {
      nowMs += 250
      return valueFunctionOf(logistic)(patterns)
    }
    const credits = await attribute(convertingOf([[1, 2]]), valueFunction, clock)
    expect(credits.evaluationSeconds).toBe(0.5)
  })
})

describe('the result of attribution', () => {
  const patterns = [2, 5, 14, 18].flatMap((size) => randomPatterns(8, size, size))
  const converting = convertingOf(patterns)
  const settings = { ...options, evaluations: 3000 }

  it('does not depend on the order of the patterns, to the last bit', async () => {
    const backwards = convertingOf(patterns.toReversed(), Array.from(converting.conversions).toReversed())
    const credits = await attribute(converting, valueFunctionOf(logistic), settings)
    expect(await attribute(backwards, valueFunctionOf(logistic), settings)).toEqual(credits)
  })

  it('does not depend on the size of the batches, to the last bit', async () => {
    const credits = await attribute(converting, valueFunctionOf(logistic), settings)
    for (const batchPatterns of [1, 7, 1000]) {
      const batched = await attribute(converting, valueFunctionOf(logistic), { ...settings, batchPatterns })
      expect(batched).toEqual(credits)
    }
  })

  it('depends on the seed where coalitions are sampled, and nowhere else', async () => {
    const exact = convertingOf(patterns.filter((cells) => cells.length <= 6))
    const credit = (of: ConvertingPatterns, seed: number) =>
      attribute(of, valueFunctionOf(logistic), { ...settings, seed })
    expect(await credit(exact, 2)).toEqual(await credit(exact, 1))
    expect((await credit(converting, 2)).conversions).not.toEqual((await credit(converting, 1)).conversions)
  })

  it('is off by less than a thousandth of a conversion a cell with one player more than is exact', async () => {
    const patterns = randomPatterns(10, 13, 3)
    const sampled = await attribute(
      convertingOf(patterns, Array(10).fill(1)),
      valueFunctionOf(saturating),
      options,
    )
    expect([sampled.exactPatterns, sampled.sampledPatterns]).toEqual([0, 10])
    const exact = new Float64Array(cellCount(grid))
    for (const cells of patterns) {
      const game = tabulate((has) => saturating(cells.filter((_, player) => has(player))), 13)
      computeShapley(game, 13).forEach((credit, player) => {
        exact[cells[player]!]! += credit / game[game.length - 1]!
      })
    }
    const errors = sampled.conversions.map((credit, cell) => Math.abs(credit - exact[cell]!))
    expect(Math.max(...errors)).toBeGreaterThan(0)
    expect(Math.max(...errors)).toBeLessThan(0.001 * 10)
    expect(Math.max(...sampled.standardError)).toBeLessThan(0.001 * 10)
  })
})

describe('what attribution refuses', () => {
  const converting = convertingOf([[1]])

  it.each([
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [-0.1, '-0.1'],
    [1.1, '1.1'],
  ])('a probability of %d', async (probability, shown) => {
    await expect(
      attribute(
        converting,
        valueFunctionOf(() => probability),
        options,
      ),
    ).rejects.toThrow(
      new DataError(
        `model: predicted the probability ${shown} for a pattern, must be from 0 to 1; train the model again`,
      ),
    )
  })

  it('as many probabilities as there are no patterns for', async () => {
    await expect(attribute(converting, async () => new Float64Array(3), options)).rejects.toThrow(
      new DataError('model: got 3 probabilities for 2 patterns'),
    )
  })

  it('a budget that does not pay for one pair of orders for each pattern', async () => {
    const two = convertingOf([
      [1, 2, 3, 4, 5],
      [6, 7, 8, 9, 10, 11],
    ])
    const credit = (evaluations: number) =>
      attribute(two, valueFunctionOf(logistic), { ...options, evaluations })
    // The empty pattern, the two themselves, and of one pair of orders each 4 and 5 beginnings and as many rests.
    const least = 21
    await expect(credit(20)).rejects.toThrow(
      new ConfigError(
        `--evaluations (EVALUATIONS) is 20, but 2 patterns with conversions take ${least} at least: give as many, or leave it out`,
      ),
    )
    expect((await credit(least)).evaluations).toBe(least)
  })

  it('takes a probability that 32-bit rounding put just above 1', async () => {
    const credits = await attribute(
      converting,
      valueFunctionOf(() => 1 + 2 ** -23),
      options,
    )
    expect(credits.baselineConversions).toBe(1)
  })
})

describe('a run of attribution', () => {
  it('ends its progress once, at the total, and never goes back', async () => {
    const updates: { done: number; total: number }[] = []
    const progress: Progress = { update: (_, done, total) => updates.push({ done, total }) }
    const converting = convertingOf(randomPatterns(5, 9, 1))
    await attribute(converting, valueFunctionOf(logistic), { ...options, progress, batchPatterns: 100 })
    const done = updates.map((update) => update.done)
    expect(done).toEqual(done.toSorted((left, right) => left - right))
    const { evaluations } = await attribute(converting, valueFunctionOf(logistic), options)
    expect(updates.every(({ total }) => total === evaluations)).toBe(true)
    expect(done.filter((count) => count === evaluations)).toHaveLength(1)
  })

  it('stops between two batches when it is told to, even in a timer’s turn', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    let blocks = 0
    const valueFunction: ValueFunction = async (patterns: PatternBlock) => {
      if (++blocks === 3) setImmediate(() => controller.abort(reason))
      return valueFunctionOf(logistic)(patterns)
    }
    const converting = convertingOf(randomPatterns(5, 9, 1))
    await expect(
      attribute(converting, valueFunction, { ...options, signal: controller.signal, batchPatterns: 10 }),
    ).rejects.toBe(reason)
    expect(blocks).toBeLessThanOrEqual(4)
  })
})

it('credits by several models at once as each of them does alone', async () => {
  const converting = convertingOf([[], ...randomPatterns(10, 3, 5), ...randomPatterns(4, 14, 6)])
  const [one, other] = [valueFunctionOf(logistic), scrambled]
  const alone = [
    await attribute(converting, one, { ...options, evaluations: 1000 }),
    await attribute(converting, other, { ...options, evaluations: 1000 }),
  ]
  const told: (readonly number[])[] = []
  const both = await attributeEach(converting, [one, other], {
    ...options,
    evaluations: 1000,
    onPattern: (credits) => void told.push(credits.map(({ pattern }) => pattern)),
  })
  expect(both.map(({ evaluations: _, ...credits }) => credits)).toEqual(
    alone.map(({ evaluations: _, ...credits }) => credits),
  )
  expect(told).toHaveLength(15)
  for (const [ofOne, ofOther] of told) expect(ofOne).toBe(ofOther)
})

describe('credits of single patterns', () => {
  /** What the observer is told, added up as the totals are. */
  async function observed(converting: ConvertingPatterns, value: ValueFunction, evaluations: number) {
    const told: PatternCredit[] = []
    const onPattern = (credit: PatternCredit) => void told.push(credit)
    const credits = await attribute(converting, value, { ...options, evaluations, onPattern })
    return { told, credits, unobserved: await attribute(converting, value, { ...options, evaluations }) }
  }

  it('add up to 1 with the baseline, exact and sampled ones, and over all to the totals', async () => {
    const converting = convertingOf([[], ...randomPatterns(20, 3, 5), ...randomPatterns(6, 14, 6)])
    const { told, credits, unobserved } = await observed(converting, valueFunctionOf(logistic), 2000)
    expect(unobserved).toEqual(credits)
    expect([credits.exactPatterns, credits.sampledPatterns]).toEqual([21, 6])
    expect(told.map(({ pattern }) => pattern).sort((left, right) => left - right)).toEqual([
      ...Array(27).keys(),
    ])
    const sums = new Float64Array(cellCount(grid))
    let baseline = 0
    for (const { pattern, cells, credits: own, baseline: none } of told) {
      expect(cells).toEqual(cellsOf(converting.patterns, pattern))
      // A sum of at most 15 numbers about 1 in size, each rounded to 2^-53.
      expect(Math.abs(compensatedSum([...own, none]) - 1)).toBeLessThan(1e-13)
      cells.forEach((cell, player) => {
        sums[cell]! += converting.conversions[pattern]! * own[player]!
      })
      baseline += converting.conversions[pattern]! * none
    }
    for (const [cell, total] of credits.conversions.entries()) expect(sums[cell]).toBeCloseTo(total, 9)
    expect(baseline).toBeCloseTo(credits.baselineConversions, 9)
  })

  it('are Shapley values over the probability of all touches', async () => {
    const { told } = await observed(convertingOf([[0, 1]]), valueFunctionOf(logistic), 100)
    const [none, one, other, all] = [[], [0], [1], [0, 1]].map(logistic)
    expect(told[0]!.credits[0]).toBeCloseTo((one! - none! + (all! - other!)) / 2 / all!, 12)
    expect(told[0]!.credits[1]).toBeCloseTo((other! - none! + (all! - one!)) / 2 / all!, 12)
    expect(told[0]!.baseline).toBeCloseTo(none! / all!, 12)
  })
})
