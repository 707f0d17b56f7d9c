import { describe, expect, it } from 'vitest'
import { CompensatedSums, compensatedSum } from '../../src/numerics/compensated-sum.ts'

describe('compensated sums', () => {
  it('keep what plain addition drops', () => {
    // Neumaier's own case: the true sum is 2, plain and Kahan summation give 0.
    expect(compensatedSum([1, 1e100, 1, -1e100])).toBe(2)
  })

  it('add a million tenths without the error of plain addition', () => {
    const tenths = new Float64Array(1_000_000).fill(0.1)
    const plain = tenths.reduce((sum, tenth) => sum + tenth, 0)
    expect(compensatedSum(tenths)).toBe(100_000)
    expect(plain).not.toBe(100_000)
  })

  it('keep sums side by side apart', () => {
    const sums = new CompensatedSums(3)
    sums.add(0, 1)
    sums.add(2, 5)
    sums.add(2, -7)
    expect(sums.totals()).toEqual(Float64Array.of(1, 0, -2))
  })

  it('are 0 of nothing', () => {
    expect(compensatedSum([])).toBe(0)
  })
})
