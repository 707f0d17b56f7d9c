import { describe, expect, it } from 'vitest'
import { type FactorEvents, fitShrunkenFactors } from '../../src/hazard/shrunken-factors.ts'
import { createRandom, type Random } from '../../src/numerics/random.ts'

/** @returns how many events a Poisson process of this mean has, by its waiting times. */
function drawPoisson(random: Random, mean: number): number {
  let count = -1
  for (let passed = 0; passed < mean; count++) passed -= Math.log(1 - random.uniform())
  return count + 1 > 0 && mean > 0 ? count : 0
}

/**
 * Columns of one group each with rows of its own: events that it causes and those of a known base, in one row.
 * @param factors true ones. @param expected events of a column with a factor of 1. @param base events that come anyway, per caused one.
 */
function eventsOf(factors: readonly number[], expected: readonly number[], base: number, random: Random) {
  const rate = 0.01
  const count = factors.map((factor, at) => drawPoisson(random, expected[at]! * (factor + base)))
  const kept = [...count.keys()].filter((at) => count[at]! > 0)
  const events: FactorEvents = {
    rows: {
      rowStart: Uint32Array.from([0, ...kept.map((_, at) => at + 1)]),
      column: Uint16Array.from(kept),
      entry: Float64Array.from(kept, () => rate),
      count: Float64Array.from(kept, (at) => count[at]!),
    },
    base: Float64Array.from(kept, () => rate * base),
    exposure: Float64Array.from(expected),
    groups: new Uint16Array(factors.length),
    groupCount: 1,
  }
  // By itself, a column's factor is what its events exceed the base by, as long as that is positive.
  const separate = count.map((found, at) => Math.max(0, found / expected[at]! - base))
  return { events, separate }
}

describe('factors that are drawn towards what is typical', () => {
  it('are alike where columns are, and their own where events are many', () => {
    const random = createRandom(3, 'factors')
    const alike = Array.from({ length: 40 }, () => 1)
    const few = fitShrunkenFactors(
      eventsOf(
        alike,
        alike.map(() => 8),
        2,
        random,
      ).events,
    )
    // 8 events of 24 give a factor of its own a standard error of 0.6.
    expect(Math.max(...few.factors) - Math.min(...few.factors)).toBeLessThan(0.6)
    const apart = alike.map((_, at) => (at % 2 === 0 ? 0.5 : 2))
    const { events, separate } = eventsOf(
      apart,
      alike.map(() => 40_000),
      1,
      random,
    )
    const many = fitShrunkenFactors(events)
    many.factors.forEach((factor, at) => {
      expect(Math.abs(factor - separate[at]!)).toBeLessThan(0.001)
    })
  })

  it('are nearer to the truth than separate ones, in every seed', () => {
    for (let seed = 101; seed <= 110; seed++) {
      const random = createRandom(seed, 'factors')
      const factors = Array.from({ length: 100 }, () => Math.exp(0.6 * (random.uniform() * 3.4 - 1.7)))
      const expected = factors.map(() => 2 + 30 * random.uniform() ** 3)
      const { events, separate } = eventsOf(factors, expected, 1, random)
      const { factors: found } = fitShrunkenFactors(events)
      const errorOf = (estimates: ArrayLike<number>) =>
        factors.reduce((sum, factor, at) => sum + expected[at]! * Math.abs(estimates[at]! - factor), 0)
      expect(errorOf(found)).toBeLessThan(errorOf(separate))
    }
  })

  it('are what is typical where nothing is known of them', () => {
    const random = createRandom(5, 'factors')
    const { events } = eventsOf([2, 2, 2, 1], [300, 400, 500, 0], 1, random)
    const { factors, typical, deviations, strength } = fitShrunkenFactors(events)
    expect(factors[3]).toBeCloseTo(typical[0]!, 4)
    expect(deviations[3]! * Math.sqrt(strength)).toBeGreaterThan(0.5)
    expect(deviations[0]!).toBeLessThan(deviations[3]!)
  })
})
