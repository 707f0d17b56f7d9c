import { expect, it } from 'vitest'
import { calibratedNoise } from '../../src/evidence/calibrated-noise.ts'

const grid = { lookbackDays: 2, channelCount: 3 }

/** Channel 0 was tested and keeps half of its 60 conversions; channels 1 and 2 keep all of theirs. */
const corrected = {
  noise: {
    cells: Float64Array.of(8, 4, 4, 6, 3, 3),
    channels: Float64Array.of(10, 5, 5),
    allChannels: 12,
    baseline: 12,
  },
  whole: [60, 20, 20],
  left: [30, 20, 20],
  credits: Float64Array.of(20, 12, 12, 10, 8, 8),
}

function testedOf(channels: readonly number[], deviation: number) {
  const estimate = { conversions: 0, deviation }
  return { channels, model: estimate, experiment: estimate, calibrated: estimate, spread: 0, most: 100 }
}

it('is that of model and experiment together for a tested channel, and the model’s for the others', () => {
  const { channels, baseline } = calibratedNoise(corrected, grid, [testedOf([0], 4)], 1)
  expect([...channels]).toEqual([4, 5, 5])
  expect(baseline).toBe(Math.hypot(12, 4))
})

it('keeps what a test of two channels together does not tell: how they divide it', () => {
  const { channels } = calibratedNoise(corrected, grid, [testedOf([1, 2], 1e-9)], 1)
  expect(channels[1]).toBeCloseTo(5, 9)
  expect(channels[2]).toBeCloseTo(5, 9)
})

it('is no narrower for one night than what other users of that night would change', () => {
  // Half of the credit is left, so half of the night’s own noise; the test’s error is a tenth, as the night is.
  const { channels, cells } = calibratedNoise(corrected, grid, [testedOf([0], 40)], 0.1)
  expect(channels[0]).toBeCloseTo(Math.hypot(4, 5), 12)
  expect(cells[0]).toBeCloseTo(Math.hypot(4, (20 * 4) / 30), 12)
})
