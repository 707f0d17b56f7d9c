import { expect, it } from 'vitest'
import { creditTotals } from '../../src/evidence/credit-totals.ts'
import { mixedNoise, noiseByPart } from '../../src/evidence/mixed-noise.ts'

const grid = { lookbackDays: 2, channelCount: 1 }
const credits = (first: number, second: number, baseline: number) => ({
  conversions: Float64Array.of(first, second),
  baselineConversions: baseline,
})
const noise = (cells: readonly [number, number], channels: number, baseline: number) => ({
  cells: Float64Array.from(cells),
  channels: Float64Array.of(channels),
  allChannels: channels,
  baseline,
})
const one = {
  totals: creditTotals(credits(10, 20, 70), grid, { seedFormat: false }),
  noise: noise([1, 2], 2, 3),
}
const other = {
  totals: creditTotals(credits(16, 20, 64), grid, { seedFormat: false }),
  noise: noise([3, 4], 5, 6),
}

it('is that of one model with weight 0, and of the other with weight 1', () => {
  expect(mixedNoise(one, other, 0)).toEqual(one.noise)
  expect(mixedNoise(one, other, 1)).toEqual(other.noise)
})

it('adds what the models differ by, by hand', () => {
  const mixed = mixedNoise(one, other, 0.25)
  // A cell of 10 +- 1 and 16 +- 3: 0.75 * 1 + 0.25 * 9 + 0.1875 * 36.
  expect(mixed.cells[0]).toBeCloseTo(Math.sqrt(9.75), 12)
  // One of 20 +- 2 and 20 +- 4.
  expect(mixed.cells[1]).toBeCloseTo(Math.sqrt(7), 12)
  // The channel: 30 +- 2 and 36 +- 5; the baseline: 70 +- 3 and 64 +- 6.
  expect(mixed.channels[0]).toBeCloseTo(Math.sqrt(0.75 * 4 + 0.25 * 25 + 6.75), 12)
  expect(mixed.allChannels).toBe(mixed.channels[0])
  expect(mixed.baseline).toBeCloseTo(Math.sqrt(0.75 * 9 + 0.25 * 36 + 6.75), 12)
})

it('has what a fit to a part of the users differs by, scaled to that of all, by hand', () => {
  const byHalf = noiseByPart(one, other.totals, 0.5)
  expect(byHalf.cells[0]).toBeCloseTo(Math.hypot(1, 6), 12)
  expect(byHalf.cells[1]).toBe(2)
  expect(byHalf.baseline).toBeCloseTo(Math.hypot(3, 6), 12)
  // A fit to a fifth differs by four times the variance: half of it is the deviation.
  expect(noiseByPart(one, other.totals, 0.2).baseline).toBeCloseTo(Math.hypot(3, 3), 12)
  for (const share of [0.9, 1]) expect(noiseByPart(one, other.totals, share)).toEqual(byHalf)
})

it('counts the channels of the seed format as sharing all conversions', () => {
  expect(creditTotals(credits(10, 30, 60), grid, { seedFormat: true })).toEqual({
    cells: Float64Array.of(25, 75),
    channels: Float64Array.of(100),
    allChannels: 100,
    baseline: 0,
  })
})
