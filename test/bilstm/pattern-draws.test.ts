import fc from 'fast-check'
import { expect, it } from 'vitest'
import { surveyClass, takeSample, trainingWeight } from '../../src/bilstm/class-survey.ts'
import { PatternDraws } from '../../src/bilstm/pattern-draws.ts'
import { DataError } from '../../src/errors.ts'
import type { CellGrid, PatternRecord } from '../../src/examples/pattern.ts'
import { PatternPool } from '../../src/examples/pattern-pool.ts'
import { createRandom } from '../../src/numerics/random.ts'
import { SystematicSampler } from '../../src/numerics/systematic-sampler.ts'

const grid: CellGrid = { lookbackDays: 10, channelCount: 10 }
const never = new AbortController().signal

/** Pattern k touches the cells of k's decimal digits. */
function record(k: number, count: number, validationCount = 0): PatternRecord {
  const cells = [...new Set([...String(k)].map((digit, at) => at * 10 + Number(digit)))]
  return {
    daysBefore: cells.map((cell) => Math.floor(cell / 10)),
    channels: cells.map((cell) => cell % 10),
    label: 0,
    count,
    validationCount,
    value: 0,
  }
}

/** A stream that counts how often it is begun. */
function stream(records: readonly PatternRecord[]) {
  const counter = { passes: 0 }
  async function* open() {
    counter.passes++
    for (let at = 0; at < records.length; at += 7) yield records.slice(at, at + 7)
  }
  return { open, counter }
}

const keyOf = (pool: PatternPool, index: number) =>
  pool.words.subarray(index * pool.wordsPerPattern, (index + 1) * pool.wordsPerPattern).join()

async function drawnTimes(draws: PatternDraws, count: number) {
  const times = new Map<string, number>()
  let most = 0
  await draws.draw(
    count,
    (pool, index) => {
      most = Math.max(most, pool.count)
      times.set(keyOf(pool, index), (times.get(keyOf(pool, index)) ?? 0) + 1)
    },
    never,
  )
  return { times, most }
}

async function openDraws(records: readonly PatternRecord[], most: number) {
  const { open, counter } = stream(records)
  const survey = await surveyClass(grid, open, { training: most, validation: most }, never)
  return {
    draws: new PatternDraws(grid, open, survey.training, most, createRandom(1, 'draws')),
    survey,
    counter,
  }
}

it('draws every pattern as often as its count, within one, in a pass', async () => {
  const counts = [1, 3, 50, 2, 4]
  const { draws, counter } = await openDraws(
    counts.map((count, k) => record(k, count)),
    1000,
  )
  const { times } = await drawnTimes(draws, 60)
  expect([...times.values()].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 50])
  await drawnTimes(draws, 600)
  expect(counter.passes).toBe(1)
})

it('treats a count like as many records', async () => {
  const { draws: counted } = await openDraws([record(1, 30), record(2, 10)], 1000)
  const repeated = [
    ...Array.from({ length: 30 }, () => record(1, 1)),
    ...Array.from({ length: 10 }, () => record(2, 1)),
  ]
  const { draws: apart } = await openDraws(repeated, 1000)
  expect((await drawnTimes(counted, 40)).times).toEqual((await drawnTimes(apart, 40)).times)
})

it('holds no more patterns than the shuffle buffer, and reads the stream again for each pass', async () => {
  const records = Array.from({ length: 500 }, (_, k) => record(k, 2))
  const { draws, survey, counter } = await openDraws(records, 100)
  expect(survey.training).toMatchObject({ examples: 1000, patterns: undefined })
  const { most, times } = await drawnTimes(draws, 1000)
  expect(most).toBeLessThanOrEqual(100)
  // One survey, ten passes of a hundred draws.
  expect(counter.passes).toBe(11)
  // Each pass draws a pattern with a chance of 1 / 5: over ten passes nearly all of them come up.
  expect(times.size).toBeGreaterThan(400)
})

it('draws a pattern in proportion to its count where the buffer holds a part of them', async () => {
  const records = Array.from({ length: 300 }, (_, k) => record(k, k === 137 ? 300 : 1))
  const { draws } = await openDraws(records, 50)
  const { times } = await drawnTimes(draws, 50 * 40)
  const pool = new PatternPool(grid)
  pool.add(record(137, 300), 300)
  // 300 of 599 examples: 25.04 of each 50 draws, rounded up or down.
  const expected = (300 / 599) * 50 * 40
  expect(Math.abs((times.get(keyOf(pool, 0)) ?? 0) - expected)).toBeLessThanOrEqual(40)
})

it('leaves out validating examples', async () => {
  const { draws, survey } = await openDraws([record(1, 5, 5), record(2, 5, 2)], 100)
  expect(survey).toMatchObject({ training: { examples: 3 }, validation: { examples: 7 } })
  expect((await drawnTimes(draws, 30)).times.size).toBe(1)
})

it('samples systematically: each weight rounded up or down, the number of draws exact', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0.001, max: 0.999, noNaN: true }),
      (weights, draws, start) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        fc.pre(total > 0)
        const sampler = new SystematicSampler(total, draws, start)
        const times = weights.map((weight) => sampler.times(weight))
        times.forEach((time, at) => {
          expect(Math.abs(time - (weights[at]! * draws) / total)).toBeLessThan(1 + 1e-9)
        })
        expect(times.reduce((sum, time) => sum + time, 0)).toBe(draws)
      },
    ),
    { seed: 2 },
  )
})

it('takes a sample that stands for all', async () => {
  const { open } = stream(Array.from({ length: 400 }, (_, k) => record(k, 1 + (k % 3))))
  const random = createRandom(2, 'sample')
  const total = 400 + 399
  const sample = await takeSample(grid, open, { weightOf: trainingWeight, total, most: 60, random }, never)
  expect(sample.count).toBeLessThanOrEqual(60)
  const weight = sample.weights.subarray(0, sample.count).reduce((sum, one) => sum + one, 0)
  expect(Math.abs(weight / total - 1)).toBeLessThan(1e-12)
})

it('refuses a touch outside the grid', async () => {
  const outside = { ...record(1, 1), daysBefore: [10], channels: [2] }
  await expect(openDraws([outside], 10)).rejects.toThrow(
    new DataError(
      'patterns: got a touch 10 days before on channel 2, the grid has 10 days and 10 channels; export again',
    ),
  )
})
