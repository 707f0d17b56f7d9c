import { afterAll, beforeAll, expect, it } from 'vitest'
import { drawInitialWeights } from '../../src/bilstm/initial-weights.ts'
import type { Backend } from '../../src/bilstm/net.ts'
import { Trainer } from '../../src/bilstm/trainer.ts'
import type { TrainingBatch } from '../../src/bilstm/training-batches.ts'
import { startWasm } from '../../src/bilstm/wasm/wasm-backend.ts'
import { type CellGrid, wordsPerPattern } from '../../src/examples/pattern.ts'
import { createRandom } from '../../src/numerics/random.ts'
import { FitSums } from '../../src/numerics/weighted-metrics.ts'

const grid: CellGrid = { lookbackDays: 3, channelCount: 2 }

const width = 5
let backend: Backend

beforeAll(async () => {
  backend = await startWasm(1)
})

afterAll(() => backend.close())

type Row = readonly [pattern: number, label: 0 | 1, weight: number]

function batchOf(rows: readonly Row[]): TrainingBatch {
  return {
    grid,
    count: rows.length,
    wordsPerPattern: wordsPerPattern(grid),
    words: Uint32Array.from(rows, ([pattern]) => pattern),
    labels: Float32Array.from(rows, ([, label]) => label),
    weights: Float32Array.from(rows, ([, , weight]) => weight),
  }
}

/** The weights after some steps on the same batch, and the loss before the last one. */
async function trained(rows: readonly Row[], dropoutRate = 0) {
  const weights = drawInitialWeights({ grid, width, seed: 2, baseRate: 0.25 })
  const net = backend.openLearningNet({ grid, width }, weights, rows.length)
  const random = createRandom(1, 'dropout')
  const trainer = new Trainer(net, { width, dropoutRate, random, lossScale: 0.5 })
  let sums = new FitSums()
  for (let step = 0; step < 5; step++) {
    sums = new FitSums()
    await trainer.step(batchOf(rows), 1e-2, sums)
  }
  const after = (await net.weights()).flatMap(({ values }) => Array.from(values))
  net.dispose()
  return { weights: after, loss: sums.totals().loss }
}

const counted: readonly Row[] = [
  [0b000000, 0, 0.5],
  [0b010010, 1, 0.375],
  [0b100001, 0, 0.125],
]

it('takes a weight for as many rows', async () => {
  const repeated = counted.flatMap(([pattern, label, weight]) =>
    Array.from({ length: weight * 8 }, () => [pattern, label, 1 / 8] as const),
  )
  const [together, apart] = [await trained(counted), await trained(repeated)]
  // Gradients that differ by rounding (2^-24 each of some 50 operations) move a step of 0.01 by as little in proportion,
  // unless they are near 0 where Adam divides by their size: there by the part that rounding is of the gradient.
  const furthest = Math.max(...together.weights.map((weight, at) => Math.abs(weight - apart.weights[at]!)))
  expect(furthest).toBeLessThan(1e-3)
  expect(Math.abs(together.loss - apart.loss)).toBeLessThan(1e-5)
  const halved = await trained([...counted.slice(0, 2), [0b100001, 0, 0.0625]])
  expect(Math.abs(halved.loss - apart.loss)).toBeGreaterThan(1e-3)
})

it('lowers the loss of its batch', async () => {
  const entropy = -(0.375 * Math.log(0.25) + 0.625 * Math.log(0.75))
  expect((await trained(counted)).loss).toBeLessThan(entropy)
})

it('leaves out other outputs in every step, the same by seed', async () => {
  const [first, second] = [await trained(counted, 0.5), await trained(counted, 0.5)]
  expect(second.weights).toEqual(first.weights)
  expect((await trained(counted, 0)).weights).not.toEqual(first.weights)
})
