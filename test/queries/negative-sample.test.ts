import { describe, expect, it } from 'vitest'
import { expectedPatterns, planNegativeSample } from '../../src/queries/negative-sample.ts'

const grid = { lookbackDays: 7, channelCount: 5 }
const space = { grid, days: 60, usersBySize: [{ users: 100_000, rows: 12 }] }

describe('the number of patterns that users are expected to have', () => {
  it('is that of their days with a touch, where hardly two are alike', () => {
    // 3 users with 14 rows in 60 days, W = 60: all days but e^-14 of them have a touch, of 300 cells.
    const wide = {
      grid: { lookbackDays: 60, channelCount: 5 },
      days: 60,
      usersBySize: [{ users: 3, rows: 14 }],
    }
    expect(expectedPatterns(wide)(1)).toBeCloseTo(3 * 60 * (1 - Math.exp(-14)), 6)
  })

  it('is no more than the grid has', () => {
    const narrow = {
      grid: { lookbackDays: 1, channelCount: 3 },
      days: 1,
      usersBySize: [{ users: 1e6, rows: 1 }],
    }
    expect(expectedPatterns(narrow)(1)).toBeCloseTo(7, 9)
  })

  it('grows with the part of the users, but less than it', () => {
    const patterns = expectedPatterns(space)
    expect(patterns(1)).toBeGreaterThan(patterns(1 / 2))
    expect(patterns(1 / 2)).toBeGreaterThan(patterns(1) / 2)
  })
})

describe('the sample of users', () => {
  it('is everybody without a limit, and within it', () => {
    expect(planNegativeSample({}, space, 0)).toEqual({ oneOf: 1 })
    const all = Math.ceil(expectedPatterns(space)(1))
    expect(planNegativeSample({ negativePatterns: all }, space, 0)).toEqual({ oneOf: 1 })
  })

  it.each([100_000, 10_000, 1000])(
    'is the largest power of two whose patterns stay within %d',
    (negativePatterns) => {
      const { oneOf } = planNegativeSample({ negativePatterns }, space, 0)
      const patterns = expectedPatterns(space)
      expect(Math.log2(oneOf) % 1).toBe(0)
      expect(patterns(1 / oneOf)).toBeLessThanOrEqual(negativePatterns)
      expect(patterns(2 / oneOf)).toBeGreaterThan(negativePatterns)
    },
  )

  it('ends somewhere, whatever the limit', () => {
    expect(
      planNegativeSample({ negativePatterns: 1 }, { ...space, usersBySize: [{ users: 1e9, rows: 1000 }] }, 0),
    ).toEqual({
      oneOf: 2 ** 20,
    })
  })

  it.each([
    [1, 4],
    [0.5, 8],
    [0.3, 8],
    [0.01, 256],
  ])('leaves a quarter of an evidence sample of %d of the users', (evidenceRate, oneOf) => {
    expect(planNegativeSample({ negativePatterns: 1 }, space, evidenceRate)).toEqual({ oneOf })
  })
})
