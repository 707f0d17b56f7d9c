import { expect, it } from 'vitest'
import { refitNoise, resampleExamples } from '../../src/evidence/refits.ts'
import { createRandom } from '../../src/numerics/random.ts'
import { manifestOf } from '../report/fixtures.ts'
import { makeSample } from './make-sample.ts'

const grid = { lookbackDays: 1, channelCount: 1 }
const REFITS = 500
const USERS = 2000
const manifest = manifestOf([['email', 1]])

/** Users who convert or not, each by a coin. */
function flipCoins(rate: number) {
  const random = createRandom(5, 'coins')
  const spans = Array.from({ length: USERS }, (_, slot) => {
    return { slot, cells: [[0, 0]] as const, kind: random.below(2) === 0 ? (0 as const) : (1 as const) }
  })
  return makeSample(grid, spans, { rate })
}

/** The noise of credits by models that give each conversion `1 + off`, where off varies by `spread`. */
function noiseOf(rates: { readonly learned: number; readonly credited: number }, spread: number): number {
  const sample = flipCoins(rates.credited)
  const random = createRandom(6, 'models')
  const refits = Array.from({ length: REFITS }, (_, refit) => {
    const { positives } = resampleExamples(sample, manifest, 1, refit, rates.learned / rates.credited)
    const conversions = positives.reduce((sum, { creditedCount = 0 }) => sum + creditedCount, 0)
    // Of models from a part of the users.
    const off = ((random.uniform() - 0.5) * Math.sqrt(12) * spread) / Math.sqrt(rates.learned)
    return { conversions: Float64Array.of(conversions * (1 + off)), baselineConversions: 0 }
  })
  return refitNoise(refits, { grid, rate: rates.learned }, manifest).channels[0] ?? 0
}

// A standard deviation from 500 draws is known to 3.2 %, one between 64 groups to 8.9 %: three of both.
const TOLERANCE = 3 * Math.hypot(0.032, 0.089)

it.each([
  { learned: 1, credited: 1 },
  { learned: 0.25, credited: 0.25 },
  { learned: 0.25, credited: 1 },
  { learned: 1, credited: 0.25 },
])('is that of all users, whatever parts of them are sampled: %o', (rates) => {
  const users = USERS / rates.credited
  const ofConversions = Math.sqrt(users) / 2
  expect(Math.abs(noiseOf(rates, 0) / ofConversions - 1)).toBeLessThan(TOLERANCE)
  const ofModels = 0.1 * (users / 2)
  expect(Math.abs(noiseOf(rates, 0.1) / Math.hypot(ofModels, ofConversions) - 1)).toBeLessThan(TOLERANCE)
})
