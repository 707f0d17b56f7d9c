import { describe, expect, it } from 'vitest'
import { chooseStackedWeight, hazardAlone, stackPredictions } from '../../src/evidence/stacked-weight.ts'

/** Examples of two patterns, with conversions and without. */
function predictions(
  probabilities: readonly [number, number],
  examples: readonly (readonly [converting: number, others: number])[],
) {
  return {
    probabilities: Float64Array.from(probabilities.flatMap((one) => [one, one])),
    labels: Float32Array.from(examples.flatMap(() => [1, 0])),
    weights: Float64Array.from(examples.flat()),
  }
}

describe('the weight of the BiLSTM', () => {
  // Rates of 0.01 and 0.05: the mixture of 0.02 and 0.04 with -> 0.005 and 0.055 that says so has the weight 2 / 3.
  const examplesOf = (thousands: number) =>
    [
      [10 * thousands, 990 * thousands],
      [50 * thousands, 950 * thousands],
    ] as const
  const chosen = (thousands: number) => {
    const examples = examplesOf(thousands)
    return chooseStackedWeight(predictions([0.02, 0.04], examples), predictions([0.005, 0.055], examples))
  }

  it('is the best one where many users decide', () => {
    const { weight, verdict } = chosen(1000)
    expect(weight).toBeGreaterThan(0.666)
    expect(weight).toBeLessThan(2 / 3)
    expect(verdict).toMatch(
      /^67% BiLSTM and 33% hazard model: a mixture of weight 0\.67 predicts held-out users better by \d+\.\d standard errors than the hazard model alone; the fewer they are, the less the BiLSTM counts$/,
    )
  })

  it('is smaller the fewer they are, and 0 where a gain may be chance', () => {
    const weights = [1000, 10, 3, 1].map((thousands) => chosen(thousands).weight)
    expect(weights).toEqual([...weights].sort((one, other) => other - one))
    const few = chooseStackedWeight(
      predictions(
        [0.02, 0.04],
        [
          [1, 99],
          [5, 95],
        ],
      ),
      predictions(
        [0.005, 0.055],
        [
          [1, 99],
          [5, 95],
        ],
      ),
    )
    expect(few.weight).toBe(0)
    expect(few.verdict).toMatch(
      /^the hazard model alone: a mixture of weight 0\.67 predicts held-out users better by 0\.\d standard errors only, which may be chance$/,
    )
  })

  it('is 0 where it adds nothing', () => {
    const examples = examplesOf(1)
    const right = predictions([0.01, 0.05], examples)
    expect(chooseStackedWeight(right, predictions([0.005, 0.055], examples))).toEqual(
      hazardAlone('the BiLSTM adds nothing on held-out users'),
    )
    expect(chooseStackedWeight(right, right).weight).toBe(0)
  })
})

it('mixes predictions: weight 0 and 1 give the parts', () => {
  const examples = [
    [1, 1],
    [1, 1],
  ] as const
  const [one, other] = [predictions([0.02, 0.04], examples), predictions([0.005, 0.055], examples)]
  expect(stackPredictions(one, other, 0)).toEqual(one)
  expect(stackPredictions(one, other, 1)).toEqual(other)
  expect(stackPredictions(one, other, 0.2).probabilities[0]).toBeCloseTo(0.017, 12)
})
