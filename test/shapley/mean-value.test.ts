import { expect, it } from 'vitest'
import { meanValueFunction } from '../../src/shapley/mean-value.ts'
import { packPatterns } from '../pack-patterns.ts'

it('is the mean of all models, pattern by pattern, and one model itself', async () => {
  const patterns = packPatterns({ lookbackDays: 1, channelCount: 2 }, [
    { daysBefore: [], channels: [] },
    { daysBefore: [0], channels: [1] },
  ])
  const one = async () => Float64Array.of(0.1, 0.2)
  const other = async () => Float64Array.of(0.3, 0.8)
  expect(await meanValueFunction([one, other])(patterns)).toEqual(Float64Array.of(0.2, 0.5))
  expect(await meanValueFunction([one])(patterns)).toEqual(Float64Array.of(0.1, 0.2))
})
