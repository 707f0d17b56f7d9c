import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { computeInfluenced, creditedCells } from '../../src/shapley/credit.ts'

it('shares a conversion out over the touches that add to it', () => {
  const influenced = computeInfluenced(Float64Array.of(0.3, -0.2, 0.1))
  expect(influenced?.[0]).toBeCloseTo(0.75, 12)
  expect(influenced?.[1]).toBe(0)
  expect(influenced?.[2]).toBeCloseTo(0.25, 12)
})

it.each([[[]], [[0, 0]], [[-1e-9, -0.5]]])('is undefined where no touch adds anything: %j', (credits) => {
  expect(computeInfluenced(Float64Array.from(credits))).toBeUndefined()
})

it('adds up to 1, each part between 0 and 1, even where credits nearly cancel', () => {
  const credit = fc.oneof(
    fc.double({ min: -2, max: 2, noNaN: true }),
    fc.constantFrom(1e-300, -1e-300, 1e-12, -1),
  )
  fc.assert(
    fc.property(fc.array(credit, { minLength: 1, maxLength: 40 }), (credits) => {
      const influenced = computeInfluenced(Float64Array.from(credits))
      fc.pre(influenced !== undefined)
      // 40 quotients, each rounded by 2^-53, and their sum likewise.
      expect(Math.abs(influenced.reduce((sum, part) => sum + part, 0) - 1)).toBeLessThan(1e-13)
      for (const part of influenced) {
        expect(part).toBeGreaterThanOrEqual(0)
        expect(part).toBeLessThanOrEqual(1)
      }
    }),
  )
})

describe('the cells of a pattern', () => {
  it('have the names of their channel and day, and both credits', () => {
    const pattern = { cells: [1, 3], credits: Float64Array.of(0.3, -0.1) }
    expect(creditedCells(pattern, ['email', 'search'])).toEqual([
      { daysBefore: 0, channel: 'search', place: 1, incremental: 0.3, influenced: 1 },
      { daysBefore: 1, channel: 'search', place: 1, incremental: -0.1, influenced: 0 },
    ])
  })
})
