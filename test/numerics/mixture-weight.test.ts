import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findMixtureWeight } from '../../src/numerics/mixture-weight.ts'
import { computeFitMetrics, type WeightedPredictions } from '../../src/numerics/weighted-metrics.ts'

function predictions(
  examples: readonly (readonly [probability: number, label: 0 | 1, weight: number])[],
): WeightedPredictions {
  return {
    probabilities: Float64Array.from(examples, ([probability]) => probability),
    labels: Float32Array.from(examples, ([, label]) => label),
    weights: Float64Array.from(examples, ([, , weight]) => weight),
  }
}

const lossOf = (first: WeightedPredictions, second: Float64Array, weight: number) => {
  const probabilities = first.probabilities.map((one, at) => (1 - weight) * one + weight * second[at]!)
  return computeFitMetrics({ ...first, probabilities }).loss
}

const probability = fc.double({ min: 0.001, max: 0.999, noNaN: true })
const label = fc.constantFrom<0 | 1>(0, 1)
const example = fc.tuple(probability, probability, label, fc.integer({ min: 1, max: 100 }))

describe('the weight of a mixture', () => {
  it('is that of the greatest likelihood, by hand for two examples', () => {
    // A conversion by 0.2 and 0.6, a day without one by 0.9 and 0.4: (0.2 + 0.4 w) (0.9 - 0.5 w) is greatest at 0.65.
    const first = predictions([
      [0.2, 1, 1],
      [0.1, 0, 1],
    ])
    const { weight, gain } = findMixtureWeight(first, Float64Array.of(0.6, 0.6))
    expect(weight).toBeCloseTo(0.65, 10)
    expect(gain).toBeCloseTo((Math.log(0.46 / 0.2) + Math.log(0.575 / 0.9)) / 2, 10)
  })

  it('has the standard error of the mean gain, by hand', () => {
    // Of 4 examples, 3 gain log 2 and 1 loses log 2 at weight 1 / 2: (0.1 + 0.2 w)^3 (0.9 - 0.9 w) is greatest there.
    const first = predictions([
      [0.2, 1, 3],
      [0, 0, 1],
    ])
    const { weight, gain, gainError } = findMixtureWeight(first, Float64Array.of(0.6, 1))
    expect(weight).toBeCloseTo(0.625, 10)
    const gains = [Math.log(0.45 / 0.2), Math.log(0.375)] as const
    const mean = (3 * gains[0] + gains[1]) / 4
    expect(gain).toBeCloseTo(mean, 10)
    const squares = 3 * (gains[0] - mean) ** 2 + (gains[1] - mean) ** 2
    expect(gainError).toBeCloseTo(Math.sqrt(squares) / 4, 10)
  })

  it('is 0 for a second prediction that is never better, or the same, and 1 for one that always is', () => {
    const first = predictions([
      [0.5, 1, 2],
      [0.5, 0, 7],
    ])
    expect(findMixtureWeight(first, Float64Array.of(0.4, 0.6))).toMatchObject({ weight: 0, gain: 0 })
    expect(findMixtureWeight(first, first.probabilities)).toEqual({ weight: 0, gain: 0, gainError: 0 })
    expect(findMixtureWeight(first, Float64Array.of(0.6, 0.4)).weight).toBe(1)
  })

  it('has no greater loss than any other weight', () => {
    fc.assert(
      fc.property(fc.array(example, { minLength: 1, maxLength: 20 }), probability, (examples, other) => {
        const first = predictions(examples.map(([one, , came, weight]) => [one, came, weight]))
        const second = Float64Array.from(examples, ([, two]) => two)
        const { weight, gain } = findMixtureWeight(first, second)
        const least = lossOf(first, second, weight)
        // Halving leaves 1e-12 of the weight, and a slope of at most 1000 per example: 1e-9 of loss.
        for (const at of [0, other, 1]) expect(least).toBeLessThanOrEqual(lossOf(first, second, at) + 1e-9)
        expect(Math.abs(gain - Math.max(0, lossOf(first, second, 0) - least))).toBeLessThan(1e-9)
      }),
    )
  })

  it('refuses predictions of other examples', () => {
    const message = 'mixture: got 1 and 2 predictions, must be equally many'
    expect(() => findMixtureWeight(predictions([[0.5, 1, 1]]), new Float64Array(2))).toThrow(
      new RangeError(message),
    )
  })
})
