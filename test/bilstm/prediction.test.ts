import { afterAll, beforeAll, expect, it } from 'vitest'
import { drawInitialWeights } from '../../src/bilstm/initial-weights.ts'
import type { Backend, Net } from '../../src/bilstm/net.ts'
import { startWasm } from '../../src/bilstm/wasm/wasm-backend.ts'
import { type CellGrid, cellsOf, type PatternBlock } from '../../src/examples/pattern.ts'
import { plainNetwork } from './plain-lstm.ts'
import { somePatterns, someWeights } from './some-net.ts'

const grid: CellGrid = { lookbackDays: 5, channelCount: 9 }
const shape = { grid, width: 6 }
const weights = someWeights(shape)
let backend: Backend
let net: Net

beforeAll(async () => {
  backend = await startWasm(1)
  net = backend.openNet(shape, weights)
})

afterAll(() => backend.close())

/** Dense rows, the oldest day first. */
function denseOf(patterns: PatternBlock, at: number): number[][] {
  const rows = Array.from({ length: grid.lookbackDays }, () => new Array<number>(grid.channelCount).fill(0))
  for (const cell of cellsOf(patterns, at)) {
    const daysBefore = Math.floor(cell / grid.channelCount)
    rows[grid.lookbackDays - 1 - daysBefore]![cell % grid.channelCount] = 1
  }
  return rows
}

/** Some 40 roundings a unit and day through two layers of slopes up to 1, and the slope 1/4 of the last sigmoid. */
const TOLERANCE = 2 * 5 * 40 * 2 ** -24

it('gives what the equations give', async () => {
  const patterns = somePatterns(grid, 40)
  const probabilities = await net.predict(patterns)
  const dense = Array.from({ length: patterns.count }, (_, at) => denseOf(patterns, at))
  probabilities.forEach((probability, at) => {
    expect(Math.abs(probability - plainNetwork(weights, dense[at]!))).toBeLessThan(TOLERANCE)
  })
  // Far from what another order of the days would give.
  const reversed = plainNetwork(weights, [...dense[1]!].reverse())
  expect(Math.abs(probabilities[1]! - reversed)).toBeGreaterThan(100 * TOLERANCE)
})

it('gives a pattern the same number to the last bit in any batch, at any place, beside any others', async () => {
  const patterns = somePatterns(grid, 300)
  const together = await net.predict(patterns)
  const width = patterns.wordsPerPattern
  // All asked for at once: none gets another one's answer.
  const apart = await Promise.all(
    Array.from({ length: patterns.count }, async (_, at) => {
      const words = patterns.words.slice(at * width, (at + 1) * width)
      return (await net.predict({ ...patterns, count: 1, words }))[0]
    }),
  )
  expect(Array.from(together)).toEqual(apart)
  const backwards = new Uint32Array(patterns.words.length)
  for (let at = 0; at < patterns.count; at++) {
    backwards.set(patterns.words.subarray(at * width, (at + 1) * width), (patterns.count - 1 - at) * width)
  }
  const turned = await net.predict({ ...patterns, words: backwards })
  expect(Array.from(turned).reverse()).toEqual(Array.from(together))
})

it('answers for more patterns than it takes at once, and for none', async () => {
  const patterns = somePatterns(grid, 9000)
  const probabilities = await net.predict(patterns)
  expect(probabilities.length).toBe(9000)
  const words = patterns.words.slice(8999 * patterns.wordsPerPattern)
  const last = await net.predict({ ...patterns, count: 1, words })
  expect(probabilities[8999]).toBe(last[0])
  expect(await net.predict({ ...patterns, count: 0, words: new Uint32Array() })).toEqual(new Float64Array())
})

it('begins as the base rate for every pattern', async () => {
  const untrained = backend.openNet(shape, drawInitialWeights({ ...shape, seed: 4, baseRate: 0.2 }))
  const probabilities = await untrained.predict(somePatterns(grid, 20))
  probabilities.forEach((probability) => {
    // An ulp of the logit and one of the sigmoid.
    expect(Math.abs(probability - 0.2)).toBeLessThan(2 ** -23)
  })
  untrained.dispose()
})
