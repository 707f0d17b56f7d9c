import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import { BatchMatMul, type NamedTensorInfoMap, type TensorInfo } from '@tensorflow/tfjs-core'
import { callKernel, withView } from './heap.ts'

/** Shape of an LSTM's states: [days, batch, units]. */
export interface Shape {
  readonly days: number
  readonly batch: number
  readonly units: number
}

/** @returns the day of a step. */
export function dayOf(step: number, { days }: Shape, reverse: boolean): number {
  return reverse ? days - 1 - step : step
}

/** @param tensor of shape [days, batch, 4 units]. */
export function shapeOf({ shape }: TensorInfo): Shape {
  const [days = 0, batch = 0, width = 0] = shape
  return { days, batch, units: width / 4 }
}

/** @throws {TypeError} where an input is missing. */
export function named<Name extends string>(
  inputs: NamedTensorInfoMap,
  names: readonly Name[],
): Record<Name, TensorInfo> {
  const found = {} as Record<Name, TensorInfo>
  for (const name of names) {
    const input = inputs[name]
    if (input === undefined) throw new TypeError(`a kernel of the recurrence needs an input ${name}`)
    found[name] = input
  }
  return found
}

/**
 * @param states [days, batch, width].
 * @param weights [width, columns].
 * @returns the product of one day's states and the weights; the caller disposes of its data.
 */
export function dayProduct(
  backend: BackendWasm,
  states: TensorInfo,
  day: number,
  weights: TensorInfo,
): TensorInfo {
  const [, batch = 0, width = 0] = states.shape
  return withView(backend, states, day * batch * width, [batch, width], (a) =>
    callKernel(backend, BatchMatMul, { a, b: weights }, { transposeA: false, transposeB: false }),
  )
}
