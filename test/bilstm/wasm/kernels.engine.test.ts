import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Backend, LearningNet, StepOptions } from '../../../src/bilstm/net.ts'
import { startWasm } from '../../../src/bilstm/wasm/wasm-backend.ts'
import type { NetShape } from '../../../src/bilstm/weights.ts'
import { someBatch, someMask, someWeights } from '../some-net.ts'
import { startTensorflow } from '../tensorflow-reference.ts'

let ours: Backend
let reference: Backend

beforeAll(async () => {
  ours = await startWasm(1)
  reference = await startTensorflow()
})

afterAll(() => ours.close())

/** Of numbers up to 1: their rounding is 6e-8, and both add up some hundred numbers in another order. */
const TOLERANCE = 1e-6

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) {
  expect(actual.length).toBe(expected.length)
  let furthest = 0
  for (let at = 0; at < expected.length; at++) {
    furthest = Math.max(furthest, Math.abs(actual[at]! - expected[at]!))
  }
  expect(furthest).toBeLessThanOrEqual(tolerance)
}

/** The same net twice. */
function withBoth<T>(
  shape: NetShape,
  rows: number,
  work: (ours: LearningNet, theirs: LearningNet) => Promise<T>,
) {
  const weights = someWeights(shape)
  const nets = [ours, reference].map((backend) => backend.openLearningNet(shape, weights, rows))
  return work(nets[0]!, nets[1]!).finally(() => {
    for (const net of nets) net.dispose()
  })
}

const shapes: readonly (readonly [rows: number, width: number, days: number, channels: number])[] = [
  [1, 8, 3, 2],
  [127, 16, 7, 7],
  [128, 8, 5, 3],
  [129, 13, 4, 9],
  [300, 5, 2, 33],
  [64, 16, 1, 70],
  [33, 1, 3, 1],
]

it.each(shapes)(
  'computes as TensorFlow.js does: %i rows, width %i, %i days, %i channels',
  async (rows, width, lookbackDays, channelCount) => {
    const shape = { grid: { lookbackDays, channelCount }, width }
    const batch = someBatch(shape.grid, rows)
    await withBoth(shape, rows, async (one, other) => {
      expectClose(await one.predict(batch), await other.predict(batch), TOLERANCE)
      for (const mask of [undefined, someMask(rows, width)]) {
        const how: StepOptions = { rate: 1e-3, mask, lossScale: 1 }
        const [found, expected] = [await one.gradient(batch, how), await other.gradient(batch, how)]
        for (const [at, { values }] of expected.entries()) expectClose(found[at]!.values, values, TOLERANCE)
        // What tells a gradient from none.
        const furthest = Math.max(...expected.flatMap(({ values }) => [...values].map(Math.abs)))
        expect(furthest).toBeGreaterThan(1e-3)
      }
    })
  },
)

it('takes the same steps', async () => {
  const shape = { grid: { lookbackDays: 3, channelCount: 4 }, width: 12 }
  const batch = someBatch(shape.grid, 40)
  const how: StepOptions = { rate: 1e-3, mask: someMask(40, 12), lossScale: 0.01 }
  await withBoth(shape, 40, async (one, other) => {
    const [firsts, seconds] = [await one.step(batch, how), await other.step(batch, how)]
    expectClose(firsts, seconds, TOLERANCE)
    for (let step = 0; step < 4; step++) {
      await one.step(batch, how)
      await other.step(batch, how)
    }
    const [found, expected] = [await one.weights(), await other.weights()]
    // A gradient near 0, whose rounding is a part of it, moves a weight by that part of 5 steps of 0.001.
    for (const [at, { values }] of expected.entries()) expectClose(found[at]!.values, values, 5e-5)
    for (const [at, { shape: size }] of expected.entries()) expect(found[at]!.shape).toEqual(size)
  })
})
