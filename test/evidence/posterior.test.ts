import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { combineEstimates, posterior } from '../../src/evidence/posterior.ts'

const estimate = (conversions: number, deviation: number) => ({ conversions, deviation })

describe('model and experiment together', () => {
  it('count by precision where they agree', () => {
    // Differences within both errors leave no bias: weights 1 / 400 and 1 / 100.
    expect(posterior(estimate(310, 20), estimate(300, 10))).toEqual({
      conversions: expect.closeTo(302, 9),
      deviation: expect.closeTo(Math.sqrt(80), 9),
    })
  })

  it('make the experiment count more the further the model is off', () => {
    // 548 and 310 +- 60: of 238^2 the errors explain twice 40^2 + 60^2, the rest is the variance of the bias.
    const bias = 238 ** 2 - 2 * (40 ** 2 + 60 ** 2)
    const weight = (40 ** 2 + bias) / (40 ** 2 + bias + 60 ** 2)
    expect(posterior(estimate(548, 40), estimate(310, 60))).toEqual({
      conversions: expect.closeTo(548 - 238 * weight, 9),
      deviation: expect.closeTo(60 * Math.sqrt(weight), 9),
    })
  })

  it('lie between both, with a smaller error than either of them has alone', () => {
    const number = fc.double({ min: 0, max: 1e5, noNaN: true })
    const deviation = fc.double({ min: 0.1, max: 1e4, noNaN: true })
    fc.assert(
      fc.property(number, deviation, number, deviation, (model, noise, found, error) => {
        const { conversions, deviation } = posterior(estimate(model, noise), estimate(found, error))
        expect(conversions).toBeGreaterThanOrEqual(Math.min(model, found) - 1e-6)
        expect(conversions).toBeLessThanOrEqual(Math.max(model, found) + 1e-6)
        expect(deviation).toBeLessThanOrEqual(error)
      }),
    )
  })

  it('change nothing where the experiment tells nothing, and are the experiment where it is exact', () => {
    expect(posterior(estimate(548, 40), estimate(310, Number.POSITIVE_INFINITY))).toEqual(estimate(548, 40))
    expect(posterior(estimate(548, 40), estimate(310, 0))).toEqual(estimate(310, 0))
    expect(posterior(estimate(310, 0), estimate(310, 0))).toEqual(estimate(310, 0))
  })
})

describe('several experiments', () => {
  it('are scaled to the whole and count by precision', () => {
    // A half of the days found 50 +- 10, so 100 +- 20 of the whole; all days found 110 +- 10.
    const halves = { part: 0.5, ...estimate(50, 10) }
    expect(combineEstimates([halves])).toEqual({
      conversions: expect.closeTo(100, 9),
      deviation: expect.closeTo(20, 9),
      spread: expect.closeTo(0, 9),
    })
    expect(combineEstimates([halves, { part: 1, ...estimate(110, 10) }])).toEqual({
      conversions: expect.closeTo(108, 9),
      deviation: expect.closeTo(Math.sqrt(80), 9),
      spread: expect.closeTo(0.4 ** 2 + 0.2 ** 2, 9),
    })
  })

  it('that contradict each other have a wider error', () => {
    const found = [
      { part: 1, ...estimate(100, 10) },
      { part: 1, ...estimate(200, 10) },
    ]
    // Each is 5 standard deviations from the mean: a spread of 50 where 1 is usual.
    expect(combineEstimates(found)).toEqual({
      conversions: expect.closeTo(150, 9),
      deviation: expect.closeTo(Math.sqrt(50 * 50), 9),
      spread: expect.closeTo(50, 9),
    })
  })

  it('tell nothing on days without the channel', () => {
    expect(combineEstimates([{ part: 0, ...estimate(5, 1) }])).toBeUndefined()
  })
})
