import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { marginalReturn, marginalUnit, moveSpend, type SpentChannel } from '../../src/report/what-if.ts'

const email: SpentChannel = {
  channel: 'email',
  spend: 1000,
  conversions: 50,
  interval: { lower: 30, upper: 70 },
}
const video: SpentChannel = {
  channel: 'video',
  spend: 4000,
  conversions: 100,
  interval: { lower: 80, upper: 120 },
}

describe('spend that moves', () => {
  it('brings what it brought before where returns stay as they are', () => {
    // 400 of 4,000 cost a tenth of 100, and bring two fifths of 50; ends by hand likewise.
    const { conversions, interval } = moveSpend(video, email, 400, 1)
    expect(conversions).toBeCloseTo(20 - 10, 12)
    expect(interval?.lower).toBeCloseTo(0.4 * 30 - 0.1 * 120, 12)
    expect(interval?.upper).toBeCloseTo(0.4 * 70 - 0.1 * 80, 12)
  })

  it('brings less where returns diminish, and takes all of a channel that loses all its spend', () => {
    expect(moveSpend(video, email, 3000, 0.5).conversions).toBeCloseTo(50 - 50, 12)
    expect(moveSpend(email, video, 1000, 0.5).conversions).toBeCloseTo(100 * (Math.sqrt(1.25) - 1) - 50, 12)
  })

  it('has no interval where one of both has none', () => {
    expect(moveSpend({ ...video, interval: null }, email, 400, 1).interval).toBeNull()
    expect(moveSpend(video, { ...email, interval: null }, 400, 1).interval).toBeNull()
  })

  it('changes nothing where nothing moves, stays within its interval, and never gains more where returns diminish', () => {
    const amounts = fc.record({
      spend: fc.double({ min: 1, max: 1e6, noNaN: true }),
      conversions: fc.double({ min: 0, max: 1e5, noNaN: true }),
      reach: fc.double({ min: 0, max: 1e4, noNaN: true }),
    })
    const channel = ({
      spend,
      conversions,
      reach,
    }: {
      spend: number
      conversions: number
      reach: number
    }) => {
      return {
        channel: 'x',
        spend,
        conversions,
        interval: { lower: conversions - reach, upper: conversions + reach },
      }
    }
    fc.assert(
      fc.property(amounts, amounts, fc.double({ min: 0, max: 1, noNaN: true }), (one, other, part) => {
        const [from, to] = [channel(one), channel(other)]
        expect(moveSpend(from, to, 0, 0.7).conversions).toBe(0)
        const amount = part * from.spend
        const { conversions, interval } = moveSpend(from, to, amount, 0.7)
        // Each end is off by a few roundings of the largest term.
        const slack = 8 * Number.EPSILON * ((1 + amount / to.spend) * to.conversions + from.conversions + 1e4)
        expect(interval?.lower).toBeLessThanOrEqual(conversions + slack)
        expect(interval?.upper).toBeGreaterThanOrEqual(conversions - slack)
        expect(conversions).toBeLessThanOrEqual(
          moveSpend(from, to, amount, 1).conversions + slack + part * from.conversions,
        )
      }),
    )
  })
})

describe('what the next spend brings', () => {
  it('is the slope of the curve, in a unit in which the best channel is between 1 and 10', () => {
    expect(marginalUnit([email, video])).toBe(100)
    expect(marginalReturn(email, 100, 1).conversions).toBeCloseTo(5, 12)
    expect(marginalReturn(email, 100, 0.5)).toEqual({
      conversions: 2.5,
      interval: { lower: 1.5, upper: 3.5 },
    })
    // A small move along the curve, to the size of its second derivative.
    const moved = moveSpend({ ...video, conversions: 0, interval: null }, email, 1e-3, 0.7).conversions
    expect(moved).toBeCloseTo(marginalReturn(email, 1e-3, 0.7).conversions, 9)
  })
})
