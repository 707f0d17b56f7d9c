import { expect, it } from 'vitest'
import {
  buildCalibration,
  isBetterThanConstant,
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
  const rest = { gain: 0.0016, gainError: 0.0007, auc: 0.49, calibrationError: 0, bins: [] }
  const quality = { logLoss: 0.0404, constantLogLoss: 0.04, ...rest }
  expect(lossVerdict(quality)).toBe(
    'worse than a constant by 1.0%: a single probability for everybody predicts better',
  )
  expect(lossVerdict({ ...quality, logLoss: 0.0384 })).toBe('better than a constant by 4.0%')
  expect(lossVerdict({ ...quality, logLoss: 0.0388, gain: 0.0012 })).toBe(
    'better than a constant by 3.0%, which may be chance',
  )
  expect(rankVerdict(quality)).toBe('ranks converters no better than chance')
  expect(rankVerdict({ ...quality, auc: 0.66 })).toBe(
    'ranks a conversion above another example in 66 of 100 cases',
  )
})

it('holds a model for better than a constant only beyond two standard errors of the gain', () => {
  // Half of the examples convert; where the model says 0.8 four in five do, where it says 0.2 one in five does. By hand:
  // four of five examples gain log(0.8 / 0.5), the fifth log(0.2 / 0.5).
  const [right, wrong] = [Math.log(1.6), Math.log(0.4)]
  const gain = 0.8 * right + 0.2 * wrong
  const deviation = Math.sqrt(0.8 * 0.2) * (right - wrong)
  const of = (examples: number) =>
    measureQuality(
      {
        probabilities: Float64Array.of(0.8, 0.8, 0.2, 0.2),
        labels: Float32Array.of(1, 0, 1, 0),
        weights: Float64Array.of(0.4, 0.1, 0.1, 0.4).map((part) => part * examples),
      },
      0.1,
    )
  const few = of(20)
  expect(few.gain).toBeCloseTo(gain, 12)
  expect(few.gainError).toBeCloseTo(deviation / Math.sqrt(20), 12)
  // (2 deviation / gain)^2 is 33 examples.
  expect(isBetterThanConstant(few)).toBe(false)
  expect(isBetterThanConstant(of(40))).toBe(true)
})

it('gains nothing by a constant that is nearer to the rate of the held-out users', () => {
  const all = { ...predictions, probabilities: new Float64Array(4).fill(1 / 3) }
  const quality = measureQuality(all, 0.1)
  expect(quality.logLoss).toBeLessThan(quality.constantLogLoss)
  expect(isBetterThanConstant(quality)).toBe(false)
})

it('has nothing to say without examples', () => {
  const none = {
    probabilities: new Float64Array(0),
    labels: new Float32Array(0),
    weights: new Float64Array(0),
  }
  expect(() => measureQuality(none, 0.1)).toThrow(new RangeError('metrics: got no examples'))
})
