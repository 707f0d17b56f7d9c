import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PatternCredit } from '../../src/shapley/credit.ts'
import { computeShapley } from '../../src/shapley/exact.ts'
import { KnownCredits, mixCredits } from '../../src/shapley/stacked.ts'
import { packPatterns } from '../pack-patterns.ts'

const grid = { lookbackDays: 2, channelCount: 2 }

/** Values of the 8 coalitions of the cells 0, 1 and 3. */
const game = fc.array(fc.double({ min: 1e-6, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 })

function creditOf(values: readonly number[], standardError = 0): PatternCredit {
  const probability = values[7]!
  return {
    pattern: 0,
    cells: [0, 1, 3],
    credits: computeShapley(Float64Array.from(values), 3).map((credit) => credit / probability),
    baseline: values[0]! / probability,
    standardErrors: new Float64Array(3).fill(standardError),
    probability,
  }
}

describe('credits of a mixture of two models', () => {
  it('are those of the game of the mixed probabilities', () => {
    fc.assert(
      fc.property(game, game, fc.double({ min: 0, max: 1, noNaN: true }), (ones, others, weight) => {
        const mixed = mixCredits(creditOf(ones), creditOf(others), weight)
        const expected = creditOf(ones.map((one, at) => (1 - weight) * one + weight * others[at]!))
        // Credits are at most 1 / probability, 1e6, and a few dozen operations lose 1e-16 of it each.
        const near = (one: number, other: number) => Math.abs(one - other) <= 1e-8 * (1 + Math.abs(other))
        expect(mixed.credits.every((credit, at) => near(credit, expected.credits[at]!))).toBe(true)
        expect(near(mixed.baseline, expected.baseline)).toBe(true)
        expect(near(mixed.probability, expected.probability)).toBe(true)
      }),
    )
  })

  it('are by hand 0.02 of 0.08 and 0.09 of 0.12, half of each: 0.055 of 0.1', () => {
    const one = { pattern: 4, cells: [2], standardErrors: Float64Array.of(0.1), baseline: 0.75 }
    const first = { ...one, credits: Float64Array.of(0.02 / 0.08), probability: 0.08 }
    const second = { ...one, credits: Float64Array.of(0.09 / 0.12), baseline: 0.25, probability: 0.12 }
    const mixed = mixCredits(first, second, 0.5)
    expect(mixed).toMatchObject({ pattern: 4, cells: [2] })
    expect(mixed.credits[0]).toBeCloseTo(0.55, 12)
    expect(mixed.baseline).toBeCloseTo(0.45, 12)
    expect(mixed.standardErrors[0]).toBeCloseTo(0.1, 12)
    expect(mixed.probability).toBeCloseTo(0.1, 12)
  })

  it('are those of one model with weight 0 and of the other with weight 1, to the last bit', () => {
    fc.assert(
      fc.property(game, game, (ones, others) => {
        const [first, second] = [creditOf(ones, 0.1), creditOf(others, 0.2)]
        expect(mixCredits(first, second, 0)).toEqual(first)
        expect(mixCredits(first, second, 1)).toEqual(second)
      }),
    )
  })

  it('are those of the other model after a pattern that a model gives no chance', () => {
    const nothing = { ...creditOf([1, 1, 1, 1, 1, 1, 1, 1]), probability: 0 }
    const second = creditOf([0.1, 0.2, 0.1, 0.3, 0.1, 0.2, 0.1, 0.5])
    expect(mixCredits(nothing, second, 0.3).credits).toEqual(second.credits)
    expect(mixCredits(nothing, second, 0).credits).toEqual(nothing.credits)
  })
})

describe('credits added up', () => {
  const patterns = packPatterns(grid, [
    { daysBefore: [0, 0, 1], channels: [0, 1, 1] },
    { daysBefore: [1], channels: [0] },
  ])
  const converting = { patterns, conversions: Float64Array.of(3, 2), value: Float64Array.of(30, 5) }
  const solved = { exactPatterns: 1, sampledPatterns: 1 }
  const negative: PatternCredit = {
    pattern: 1,
    cells: [2],
    credits: Float64Array.of(-0.5),
    baseline: 1.5,
    standardErrors: Float64Array.of(0.25),
    probability: 0.1,
  }

  it('count each pattern by its conversions and value; negative credit stays negative', () => {
    const known = new KnownCredits(converting)
    known.add(creditOf([0.1, 0.2, 0.1, 0.2, 0.1, 0.2, 0.1, 0.2]))
    known.add(negative)
    const credits = known.totals(solved)
    expect(Array.from(credits.conversions)).toEqual([1.5, 0, -1, 0])
    expect(Array.from(credits.value)).toEqual([15, 0, -2.5, 0])
    expect(Array.from(credits.standardError)).toEqual([0, 0, 0.5, 0])
    expect([credits.baselineConversions, credits.baselineValue]).toEqual([4.5, 22.5])
    expect(credits).toMatchObject({ ...solved, evaluations: 0 })
  })

  it('are refused where a pattern is missing', () => {
    const known = new KnownCredits(converting)
    known.add(negative)
    expect(() => known.totals(solved)).toThrow('credits of conversions add up to 2, expected 5')
  })
})
