import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildModel } from '../../src/bilstm/architecture.ts'
import { valueFunctionOf } from '../../src/bilstm/prediction.ts'
import { startWasm } from '../../src/bilstm/wasm/kernels.ts'
import {
  type CellGrid,
  cellCount,
  cellsOf,
  type PatternBlock,
  wordsPerPattern,
} from '../../src/examples/pattern.ts'
import { createRandom } from '../../src/numerics/random.ts'
import { plainNetwork } from './plain-lstm.ts'

const grid: CellGrid = { lookbackDays: 5, channelCount: 9 }
const WIDTH = 6
let model: LayersModel

beforeAll(async () => {
  await startWasm()
  model = randomModel()
})

afterAll(() => model.dispose())

/** The last layer starts at zero: with that all patterns would get the same probability. */
function randomModel(): LayersModel {
  const built = buildModel({ grid, width: WIDTH, dropoutRate: 0.5, seed: 4, baseRate: 0.2 })
  const random = createRandom(1, 'last layer')
  tf.tidy(() => {
    const weights = built.getWeights()
    weights[14] = tf.tensor2d(
      Float32Array.from({ length: WIDTH }, () => 4 * random.uniform() - 2),
      [WIDTH, 1],
    )
    built.setWeights(weights)
  })
  return built
}

/** Random patterns of two words each; the first one is empty. */
function randomPatterns(count: number): PatternBlock {
  const random = createRandom(count, 'patterns')
  const width = wordsPerPattern(grid)
  const words = new Uint32Array(count * width)
  for (let at = 1; at < count; at++) {
    for (let cell = 0; cell < cellCount(grid); cell++) {
      if (random.uniform() < 0.15) words[at * width + (cell >>> 5)]! |= 1 << (cell & 31)
    }
  }
  return { grid, count, wordsPerPattern: width, words }
}

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

it('gives what the equations give, and what tf.layers predicts', async () => {
  const patterns = randomPatterns(40)
  const probabilities = await valueFunctionOf(model, grid)(patterns)
  const dense = Array.from({ length: patterns.count }, (_, at) => denseOf(patterns, at))
  const weights = model.weights.map((weight) => ({
    values: weight.read().dataSync(),
    shape: weight.read().shape,
  }))
  const predicted = tf.tidy(() => (model.predict(tf.tensor3d(dense)) as tf.Tensor).dataSync())
  probabilities.forEach((probability, at) => {
    expect(Math.abs(probability - plainNetwork(weights, dense[at]!))).toBeLessThan(TOLERANCE)
    expect(Math.abs(probability - predicted[at]!)).toBeLessThan(TOLERANCE)
  })
  // Far from what another order of the days would give.
  const reversed = plainNetwork(weights, [...dense[1]!].reverse())
  expect(Math.abs(probabilities[1]! - reversed)).toBeGreaterThan(100 * TOLERANCE)
})

it('gives a pattern the same number to the last bit in any batch, at any place, beside any others', async () => {
  const patterns = randomPatterns(300)
  const evaluate = valueFunctionOf(model, grid)
  const together = await evaluate(patterns)
  const width = patterns.wordsPerPattern
  const apart = await Promise.all(
    Array.from({ length: patterns.count }, async (_, at) => {
      const words = patterns.words.slice(at * width, (at + 1) * width)
      return (await evaluate({ ...patterns, count: 1, words }))[0]
    }),
  )
  expect(Array.from(together)).toEqual(apart)
  const backwards = new Uint32Array(patterns.words.length)
  for (let at = 0; at < patterns.count; at++) {
    backwards.set(patterns.words.subarray(at * width, (at + 1) * width), (patterns.count - 1 - at) * width)
  }
  const turned = await evaluate({ ...patterns, words: backwards })
  expect(Array.from(turned).reverse()).toEqual(Array.from(together))
  expect(Array.from(await valueFunctionOf(model, grid, 7)(patterns))).toEqual(Array.from(together))
})

it('answers for more patterns than fit in one pass, and leaves no tensor behind', async () => {
  const before = tf.memory().numTensors
  const patterns = randomPatterns(2100)
  const probabilities = await valueFunctionOf(model, grid)(patterns)
  expect(probabilities.length).toBe(2100)
  const last = await valueFunctionOf(
    model,
    grid,
  )({
    ...patterns,
    count: 1,
    words: patterns.words.slice(2099 * patterns.wordsPerPattern),
  })
  expect(probabilities[2099]).toBe(last[0])
  expect(tf.memory().numTensors).toBe(before)
})

it('begins as the base rate for every pattern', async () => {
  const untrained = buildModel({ grid, width: WIDTH, dropoutRate: 0.5, seed: 4, baseRate: 0.2 })
  const probabilities = await valueFunctionOf(untrained, grid)(randomPatterns(20))
  probabilities.forEach((probability) => {
    expect(Math.abs(probability - 0.2)).toBeLessThan(2 ** -24)
  })
  untrained.dispose()
})
