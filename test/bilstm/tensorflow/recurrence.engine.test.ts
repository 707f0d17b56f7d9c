import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, it } from 'vitest'
import { recur } from '../../../src/bilstm/tensorflow/recurrence.ts'
import { createRandom } from '../../../src/numerics/random.ts'
import { plainLstm, toMatrix } from '../plain-lstm.ts'
import { startTensorflow } from '../tensorflow-reference.ts'

const [DAYS, BATCH, UNITS] = [4, 3, 5]
const WIDTH = 4 * UNITS
/** Half an ulp of 1 in 32 bits. */
const EPSILON = 2 ** -24
/** Each day adds UNITS products and some ten roundings of numbers up to 4; no slope is above 1. */
const TOLERANCE = DAYS * (UNITS + 10) * 4 * EPSILON

beforeAll(startTensorflow)

const random = createRandom(3, 'recurrence test')
const numbers = (length: number) => Float32Array.from({ length }, () => 2 * random.uniform() - 1)
const projected = numbers(DAYS * BATCH * WIDTH)
const recurrent = numbers(UNITS * WIDTH)
/** What the loss weighs each hidden state by. */
const outer = numbers(DAYS * BATCH * UNITS)
const identity = Array.from({ length: WIDTH }, (_, row) =>
  Array.from({ length: WIDTH }, (_, column) => (row === column ? 1 : 0)),
)

/** Hidden states by the plain equations, laid out as [days, batch, units]. */
function plainHidden(z: ArrayLike<number>, weights: ArrayLike<number>, reverse: boolean): number[] {
  const rows = toMatrix(z, WIDTH)
  const cell = {
    kernel: identity,
    recurrent: toMatrix(weights, WIDTH),
    bias: new Array<number>(WIDTH).fill(0),
  }
  const hidden = Array.from({ length: BATCH }, (_, at) =>
    plainLstm(
      cell,
      Array.from({ length: DAYS }, (_, day) => rows[day * BATCH + at]!),
      reverse,
    ),
  )
  return Array.from({ length: DAYS }, (_, day) => hidden.flatMap((one) => one[day]!)).flat()
}

const plainLoss = (z: ArrayLike<number>, weights: ArrayLike<number>, reverse: boolean) =>
  plainHidden(z, weights, reverse).reduce((sum, h, at) => sum + h * outer[at]!, 0)

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) {
  expect(actual.length).toBe(expected.length)
  for (let at = 0; at < expected.length; at++) {
    expect(Math.abs(actual[at]! - expected[at]!)).toBeLessThanOrEqual(tolerance)
  }
}

/** Central differences: their own error is some 1e-10. */
function slopes(at: Float32Array, loss: (moved: Float64Array) => number): number[] {
  const step = 1e-5
  return Array.from(at, (_, index) => {
    const moved = (by: number) => Float64Array.from(at, (value, k) => (k === index ? value + by : value))
    return (loss(moved(step)) - loss(moved(-step))) / (2 * step)
  })
}

const z = () => tf.tensor3d(projected, [DAYS, BATCH, WIDTH])
const weights = () => tf.tensor2d(recurrent, [UNITS, WIDTH])

it.each([false, true])('steps through the days as the plain equations do (reverse: %s)', (reverse) => {
  tf.tidy(() => {
    const expected = plainHidden(projected, recurrent, reverse)
    expectClose(recur(z(), weights(), reverse).dataSync(), expected, TOLERANCE)
    // What tells the directions apart, and a wrong result from a right one.
    expect(() => expectClose(recur(z(), weights(), !reverse).dataSync(), expected, TOLERANCE)).toThrow()
  })
})

it.each([false, true])('has the gradient that differences have (reverse: %s)', (reverse) => {
  tf.tidy(() => {
    const loss = (input: tf.Tensor, by: tf.Tensor) =>
      tf.sum(
        tf.mul(
          recur(input as tf.Tensor3D, by as tf.Tensor2D, reverse),
          tf.tensor3d(outer, [DAYS, BATCH, UNITS]),
        ),
      )
    const [byInput, byWeights] = tf.grads(loss)([z(), weights()])
    const expectedInput = slopes(projected, (moved) => plainLoss(moved, recurrent, reverse))
    const expectedWeights = slopes(recurrent, (moved) => plainLoss(projected, moved, reverse))
    expectClose(byInput!.dataSync(), expectedInput, 4 * TOLERANCE)
    // A weight adds up DAYS * BATCH such terms.
    expectClose(byWeights!.dataSync(), expectedWeights, 4 * DAYS * BATCH * TOLERANCE)
  })
})

it('leaves no tensor behind', () => {
  const before = tf.memory()
  tf.tidy(() => {
    tf.grads((input: tf.Tensor, by: tf.Tensor) =>
      tf.sum(recur(input as tf.Tensor3D, by as tf.Tensor2D, false)),
    )([z(), weights()])
  })
  expect(tf.memory().numTensors).toBe(before.numTensors)
  expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers)
})
