import { expect, it } from 'vitest'
import { withModelError } from '../../src/evidence/model-error.ts'

const noise = (deviation: number) => ({
  cells: new Float64Array(4).fill(deviation),
  channels: new Float64Array(2).fill(deviation),
  allChannels: deviation,
  baseline: deviation,
})
/** Two channels on two days; the second channel's credit of day 0 is negative. */
const totals = (size: number) => ({
  cells: Float64Array.of(60 * size, -10 * size, 40 * size, 0),
  channels: Float64Array.of(100 * size, -10 * size),
  allChannels: 90 * size,
  baseline: 10 * size,
})

it('leaves parts of the credits where sampling noise is gone', () => {
  const { cells, channels, allChannels, baseline } = withModelError(noise(0), totals(1))
  const expected = [Math.hypot(4.2, 1), Math.hypot(0.7, 0.1), Math.hypot(2.8, 1), 0.1]
  cells.forEach((deviation, cell) => {
    expect(deviation).toBeCloseTo(expected[cell] ?? 0, 12)
  })
  expect(Array.from(channels)).toEqual([3, 0.3])
  expect([allChannels, baseline]).toEqual([1.8, 1.8])
})

it('adds to sampling noise as independent errors do, and never narrows an interval', () => {
  const { cells, channels, baseline } = withModelError(noise(4), totals(1))
  expect(channels[0]).toBe(5)
  expect(baseline).toBe(Math.hypot(4, 1.8))
  for (const deviation of cells) expect(deviation).toBeGreaterThanOrEqual(4)
})

it('grows as credits do, so that no number of users makes an interval narrower than a fixed part of it', () => {
  const small = withModelError(noise(0), totals(1))
  const large = withModelError(noise(0), totals(1000))
  small.channels.forEach((deviation, at) => {
    expect(large.channels[at]).toBeCloseTo(1000 * deviation, 9)
  })
})
