import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldChannels } from '../../src/report/channel-totals.ts'
import { heatStep } from '../../src/report/charts/heat-map.ts'
import { dayCreditsOf, dayGroups, daysByChannel } from '../../src/report/day-credits.ts'
import { totalsOf } from '../../src/report/method-totals.ts'
import { CREDITS, dailyMethod, manyChannels, plainMethod, withIntervals } from './fixtures.ts'

describe('totals by channel', () => {
  it('adds the days up, most credit first, and keeps the baseline apart', () => {
    const totals = totalsOf(withIntervals(dailyMethod('shapley_hazard', CREDITS), CREDITS))
    expect(totals.channels.map(({ channel }) => channel)).toEqual(CREDITS.map(([channel]) => channel))
    expect(totals.channels[0]?.conversions).toBeCloseTo(897, 9)
    expect(totals.channels[0]?.interval).toEqual({ lower: 897 - 89.7, upper: 897 + 89.7 })
    expect(totals.baseline?.conversions).toBe(3947)
  })

  it('leaves a total empty where a part of it is', () => {
    const { rows } = dailyMethod('shapley_hazard', [['email', 7]])
    const [first, ...others] = rows
    const holed = { method: 'x', rows: [{ ...first!, conversions: null }, ...others], channels: null }
    expect(totalsOf(holed).channels[0]?.conversions).toBeNull()
  })

  it('takes the interval of a channel with one row from that row', () => {
    const { rows } = plainMethod('linear', [['email', 7]], 0)
    const method = {
      method: 'linear',
      rows: rows.map((row) => ({ ...row, lower: 1, upper: 9 })),
      channels: null,
    }
    expect(totalsOf(method).channels[0]?.interval).toEqual({ lower: 1, upper: 9 })
  })

  it('folds what is beyond the limit without losing a conversion, and never folds one channel alone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 20 }), (count, limit) => {
        const totals = totalsOf(dailyMethod('shapley_hazard', manyChannels(count)))
        const { shown, rest } = foldChannels(totals, limit)
        const sum = [...shown, ...(rest ? [rest.total] : [])].reduce(
          (all, { conversions }) => all + (conversions ?? 0),
          0,
        )
        // Sums of at most 280 positive terms, each rounded once: 280 eps of 3492.
        expect(Math.abs(sum - 3492)).toBeLessThan(280 * Number.EPSILON * 3492)
        expect(shown.length + (rest?.channels.length ?? 0)).toBe(count)
        expect(rest?.channels.length).not.toBe(1)
      }),
    )
  })
})

describe('credit by days before', () => {
  it('has a column a day up to a month, then whole weeks, at most 31', () => {
    expect(dayGroups(7).map(({ label }) => label)).toEqual(['0', '1', '2', '3', '4', '5', '6'])
    expect(dayGroups(32).map(({ label }) => label)).toEqual(['0–6', '7–13', '14–20', '21–27', '28–31'])
    expect(dayGroups(365)[1]?.label).toBe('14–27')
    for (let days = 1; days <= 365; days++) {
      const groups = dayGroups(days)
      expect(groups.length).toBeLessThanOrEqual(31)
      expect(groups.at(-1)?.lastDay).toBe(days - 1)
    }
  })

  it('puts every row into its channel and day, the folded channels into the last row', () => {
    const method = dailyMethod('shapley_hazard', manyChannels(20))
    const folded = foldChannels(totalsOf(method), 12)
    const credits = dayCreditsOf(daysByChannel(method.rows, 7)!, folded, 7)
    expect(credits?.rows).toHaveLength(13)
    expect(credits?.rows.at(-1)?.channel).toBeUndefined()
    const sums = credits?.rows.map(({ conversions }) => conversions.reduce((sum, one) => sum + one, 0)) ?? []
    const wanted = [...folded.shown, folded.rest!.total]
    sums.forEach((sum, at) => {
      expect(sum).toBeCloseTo(wanted[at]?.conversions ?? Number.NaN, 9)
    })
  })

  it('knows no days of a method without days', () => {
    const method = plainMethod('markov_1', CREDITS, 0)
    expect(daysByChannel(method.rows, 7)).toBeUndefined()
  })

  it('colours by steps from nothing to the most, negative credit apart', () => {
    expect([0, 0.04, 1, 50, 99, 100, -3].map((credit) => heatStep(credit, 100))).toEqual([
      0,
      0,
      1,
      4,
      6,
      6,
      'negative',
    ])
  })
})
