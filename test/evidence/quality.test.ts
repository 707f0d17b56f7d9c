import { expect, it } from 'vitest'
import {
  buildCalibration,
  lossVerdict,
  measureQuality,
  rankVerdict,
  wilsonInterval,
} from '../../src/evidence/quality.ts'

const predictions = {
  probabilities: Float64Array.of(0.2, 0.2, 0.6, 0.6),
  labels: Float32Array.of(1, 0, 1, 0),
  weights: Float64Array.of(20, 80, 30, 20),
}

it('sets the log loss beside that of one probability for all', () => {
  const quality = measureQuality(predictions, 1 / 3)
  const loss = (pairs: readonly (readonly [number, number])[]) =>
    -pairs.reduce((sum, [weight, right]) => sum + weight * Math.log(right), 0) / 150
  expect(quality.logLoss).toBeCloseTo(
    loss([
      [20, 0.2],
      [80, 0.8],
      [30, 0.6],
      [20, 0.4],
    ]),
    12,
  )
  expect(quality.constantLogLoss).toBeCloseTo(
    loss([
      [50, 1 / 3],
      [100, 2 / 3],
    ]),
    12,
  )
  // Pairs of a conversion and another example: 30 x 80 right, 20 x 80 and 30 x 20 tied, 20 x 20 wrong.
  expect(quality.auc).toBeCloseTo((2400 + (1600 + 600) / 2) / 5000, 12)
  expect(quality.calibrationError).toBeCloseTo(0, 12)
})

it('makes bars of equal predictions, each with what came and its interval', () => {
  expect(buildCalibration(predictions)).toEqual([
    { examples: 100, predicted: 0.2, observed: 0.2, ...wilsonInterval(20, 100) },
    { examples: 50, predicted: 0.6, observed: 0.6, ...wilsonInterval(30, 50) },
  ])
})

it('parts rare events by predicted conversions, so that high predictions have bars of their own', () => {
  const count = 1000
  const probabilities = Float64Array.from({ length: count }, (_, at) => (at + 1) / 1e5)
  const bars = buildCalibration({
    probabilities,
    labels: new Float32Array(count),
    weights: new Float64Array(count).fill(1),
  })
  expect(bars.length).toBe(10)
  expect(bars.reduce((sum, { examples }) => sum + examples, 0)).toBe(count)
  const expected = bars.map(({ examples, predicted }) => examples * predicted)
  for (const conversions of expected) expect(Math.abs(conversions - 0.5005)).toBeLessThan(0.011)
})

it('bounds a rate by Wilson', () => {
  // Brown, Cai and DasGupta 2001, and by hand: 1.96^2 / (100 + 1.96^2).
  expect(wilsonInterval(0, 100).lower).toBe(0)
  expect(wilsonInterval(0, 100).upper).toBeCloseTo(3.8416 / 103.8416, 12)
  expect(wilsonInterval(50, 100)).toEqual({
    lower: expect.closeTo(0.4038, 4),
    upper: expect.closeTo(0.5962, 4),
  })
})

it('says in plain words that a model is worse than a constant', () => {
  const quality = { logLoss: 0.0404, constantLogLoss: 0.04, auc: 0.49, calibrationError: 0, bins: [] }
  expect(lossVerdict(quality)).toBe(
    'worse than a constant by 1.0%: a single probability for everybody predicts better',
  )
  expect(lossVerdict({ ...quality, logLoss: 0.0384 })).toBe('better than a constant by 4.0%')
  expect(rankVerdict(quality)).toBe('ranks converters no better than chance')
  expect(rankVerdict({ ...quality, auc: 0.66 })).toBe(
    'ranks a conversion above another example in 66 of 100 cases',
  )
})

it('has nothing to say without examples', () => {
  const none = {
    probabilities: new Float64Array(0),
    labels: new Float32Array(0),
    weights: new Float64Array(0),
  }
  expect(() => measureQuality(none, 0.1)).toThrow(new RangeError('metrics: got no examples'))
})
