import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, it } from 'vitest'
import { registerWasmKernels, startWasm } from '../../../src/bilstm/wasm/kernels.ts'
import { createRandom } from '../../../src/numerics/random.ts'

const EPSILON = 2 ** -24

beforeAll(startWasm)

const random = createRandom(5, 'kernel test')
const numbers = (length: number) => Float32Array.from({ length }, () => 2 * random.uniform() - 1)

function plainProduct(
  a: (row: number, k: number) => number,
  b: (k: number, column: number) => number,
  [rows, inner, columns]: readonly [number, number, number],
): number[] {
  return Array.from({ length: rows * columns }, (_, at) => {
    let sum = 0
    for (let k = 0; k < inner; k++) sum += a(Math.floor(at / columns), k) * b(k, at % columns)
    return sum
  })
}

it.each([
  [false, false],
  [true, false],
  [false, true],
  [true, true],
])('multiplies matrices, transposed or not (a: %s, b: %s)', (transposeA, transposeB) => {
  const [rows, inner, columns] = [7, 9, 5] as const
  const [left, right] = [numbers(rows * inner), numbers(inner * columns)]
  const expected = plainProduct(
    (row, k) => left[transposeA ? k * rows + row : row * inner + k]!,
    (k, column) => right[transposeB ? column * inner + k : k * columns + column]!,
    [rows, inner, columns],
  )
  tf.tidy(() => {
    const a = tf.tensor2d(left, transposeA ? [inner, rows] : [rows, inner])
    const b = tf.tensor2d(right, transposeB ? [columns, inner] : [inner, columns])
    const actual = tf.matMul(a, b, transposeA, transposeB)
    expect(actual.shape).toEqual([rows, columns])
    const bias = tf.fused.matMul({ a, b, transposeA, transposeB, bias: tf.fill([columns], 0.5) })
    actual.dataSync().forEach((value, at) => {
      expect(Math.abs(value - expected[at]!)).toBeLessThan(inner * EPSILON * 2)
      expect(Math.abs(bias.dataSync()[at]! - expected[at]! - 0.5)).toBeLessThan((inner + 1) * EPSILON * 2)
    })
  })
})

it('takes the hyperbolic tangent from the sigmoid, far out and at 0', () => {
  const values = [-90, -9, -1, -1e-3, 0, 1e-7, 0.5, 3, 20, 90]
  tf.tidy(() => {
    tf.tanh(tf.tensor1d(values))
      .dataSync()
      .forEach((value, at) => {
        // Twice the sigmoid's own error of an ulp, and the rounding of the difference.
        expect(Math.abs(value - Math.tanh(values[at]!))).toBeLessThanOrEqual(4 * EPSILON)
      })
  })
})

it('leaves no memory behind, and is registered once however often it is asked', () => {
  registerWasmKernels()
  const before = tf.memory()
  tf.tidy(() => {
    tf.tanh(tf.matMul(tf.ones([3, 4]), tf.ones([3, 4]), true, false))
  })
  expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers)
})
