import fc from 'fast-check'
import { expect, it } from 'vitest'
import { computeRankMetrics, FitSums } from '../../src/numerics/weighted-metrics.ts'

const rank = (examples: readonly (readonly [probability: number, label: 0 | 1, weight: number])[]) =>
  computeRankMetrics({
    probabilities: Float64Array.from(examples, ([probability]) => probability),
    labels: Float32Array.from(examples, ([, label]) => label),
    weights: Float64Array.from(examples, ([, , weight]) => weight),
  })

it('adds up log loss and squared error by weight', () => {
  const sums = new FitSums()
  sums.add(0.25, 1, 1)
  sums.add(0.5, 0, 3)
  const { loss, rmse } = sums.totals()
  // (log 4 + 3 log 2) / 4 and sqrt((0.5625 + 3 * 0.25) / 4)
  expect(loss).toBeCloseTo((5 * Math.log(2)) / 4, 14)
  expect(rmse).toBeCloseTo(Math.sqrt(1.3125 / 4), 14)
})

it('keeps the loss of an impossible conversion finite', () => {
  const sums = new FitSums()
  sums.add(0, 1, 1)
  expect(sums.totals().loss).toBeCloseTo(Math.log(1e12), 12)
})

it('has no loss of nothing', () => {
  expect(() => new FitSums().totals()).toThrow(new RangeError('metrics: got no examples'))
})

it('counts ordered pairs by weight, ties by half', () => {
  // Conversions 0.3 (weight 2) and 0.1; others 0.1 (weight 3) and 0.2. Of 3 * 4 pairs: 2 * 4 right, 1 * 3 tied, 1 wrong.
  const { auc } = rank([
    [0.3, 1, 2],
    [0.1, 0, 3],
    [0.2, 0, 1],
    [0.1, 1, 1],
  ])
  expect(auc).toBeCloseTo((8 + 1.5) / 12, 14)
})

it('calls the ranking of one class alone even', () => {
  expect(rank([[0.3, 0, 2]]).auc).toBe(0.5)
})

it('measures calibration over tenths of the examples, equal predictions in one bin', () => {
  // 40 examples at 0.1 with 8 conversions, 40 at 0.5 with 20: off by 0.1 and by 0.
  const { calibrationError } = rank([
    [0.1, 1, 8],
    [0.1, 0, 32],
    [0.5, 1, 20],
    [0.5, 0, 20],
  ])
  expect(calibrationError).toBeCloseTo(0.05, 14)
})

it('is the same for a weight and for as many records', () => {
  const example = fc.tuple(
    fc.integer({ min: 0, max: 20 }).map((k) => k / 20),
    fc.constantFrom<0 | 1>(0, 1),
    fc.integer({ min: 1, max: 5 }),
  )
  fc.assert(
    fc.property(fc.array(example, { minLength: 1, maxLength: 30 }), (examples) => {
      const repeated = examples.flatMap(([probability, label, weight]) =>
        Array.from({ length: weight }, () => [probability, label, 1] as const),
      )
      const [weighted, single] = [rank(examples), rank(repeated)]
      expect(weighted.auc).toBeCloseTo(single.auc, 12)
      expect(weighted.calibrationError).toBeCloseTo(single.calibrationError, 12)
    }),
    { seed: 1 },
  )
})
