import { describe, expect, it } from 'vitest'
import { PairNoise } from '../../src/shapley/pair-noise.ts'

/** @returns an estimate by pairs with these standard errors and spreads. */
const estimateOf = (standardErrors: readonly number[], spread: readonly number[]) => ({
  credits: new Float64Array(spread.length),
  standardErrors: Float64Array.from(standardErrors),
  spread: Float64Array.from(spread),
})

describe('the noise of one pair of orders', () => {
  it('is that of two independent orders where no game shows less', () => {
    expect(new PairNoise(9).variance([2, 5], Float64Array.of(0.25, 1))).toEqual(Float64Array.of(0.25, 1))
  })

  it('is what games with several pairs show, by what they count', () => {
    const noise = new PairNoise(9)
    // Variances of one pair: 2 * 0.1^2 = 0.02 of 0.1, three times as heavy as 2 * 0.2^2 = 0.08 of 0.2: (0.18 + 0.08) / (0.9 + 0.2).
    noise.add([2], estimateOf([0.1], [0.1]), 2, 3)
    noise.add([4], estimateOf([0.2], [0.2]), 2, 1)
    const [ofSeen, ofOther] = noise.variance([2, 7], Float64Array.of(1, 0.5))
    expect(ofSeen).toBeCloseTo(0.26 / 1.1, 12)
    expect(ofOther).toBeCloseTo(0.13 / 1.1, 12)
  })

  it("is a cell's own where 30 games with it show it", () => {
    const noise = new PairNoise(9)
    for (let game = 0; game < 30; game++) noise.add([2, 3], estimateOf([0.1, 0], [0.2, 0.3]), 4, 1)
    const [own, still] = noise.variance([2, 3], Float64Array.of(1, 1))
    expect(own).toBeCloseTo(0.04 / 0.2, 12)
    expect(still).toBe(0)
  })
})
