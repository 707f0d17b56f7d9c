import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core'
import { firstFloat, floats, wasmBackend } from './heap.ts'
import { dayOf, dayProduct, named, shapeOf } from './recurrence-shapes.ts'

/** Backpropagation through time: one loop over the memory and one product a day; see `composeGradient`. */
export const backpropagate: KernelFunc = ({ inputs, backend: anyBackend, attrs }) => {
  const backend = wasmBackend(anyBackend)
  const given = named(inputs, ['gradient', 'gates', 'cell', 'squashed', 'transposed'])
  const reverse = attrs?.reverse === true
  const shape = shapeOf(given.gates)
  const { days, batch, units } = shape
  const size = batch * units
  const result = backend.makeOutput([days, batch, 4 * units], 'float32')
  const cellGradient = new Float32Array(size)
  let fromHidden: TensorInfo | undefined
  for (let step = days - 1; step >= 0; step--) {
    const day = dayOf(step, shape, reverse)
    const heap = floats(backend, result)
    stepBack(heap, cellGradient, {
      batch,
      units,
      gradient: firstFloat(backend, given.gradient) + day * size,
      fromHidden: fromHidden === undefined ? undefined : firstFloat(backend, fromHidden),
      gates: firstFloat(backend, given.gates) + day * 4 * size,
      squashed: firstFloat(backend, given.squashed) + day * size,
      cellBefore:
        step === 0 ? undefined : firstFloat(backend, given.cell) + dayOf(step - 1, shape, reverse) * size,
      result: firstFloat(backend, result) + day * 4 * size,
    })
    if (fromHidden !== undefined) backend.disposeData(fromHidden.dataId)
    fromHidden = step === 0 ? undefined : dayProduct(backend, result, day, given.transposed)
  }
  return result
}

/** Where one day's numbers begin in the memory, in floats. */
interface StepPlaces {
  readonly batch: number
  readonly units: number
  readonly gradient: number
  readonly fromHidden: number | undefined
  readonly gates: number
  readonly squashed: number
  readonly cellBefore: number | undefined
  readonly result: number
}

/** @param cellGradient of the loss by the day's cell on entry, by the cell of the step before on return. */
function stepBack(heap: Float32Array, cellGradient: Float32Array, places: StepPlaces): void {
  const { batch, units, gradient, fromHidden, gates, squashed, cellBefore, result } = places
  for (let row = 0; row < batch; row++) {
    const gate = gates + row * 4 * units
    const out = result + row * 4 * units
    for (let unit = 0; unit < units; unit++) {
      const at = row * units + unit
      const i = heap[gate + unit]!
      const f = heap[gate + units + unit]!
      const g = heap[gate + 2 * units + unit]!
      const o = heap[gate + 3 * units + unit]!
      const tanhCell = heap[squashed + at]!
      const hidden =
        fromHidden === undefined ? heap[gradient + at]! : heap[gradient + at]! + heap[fromHidden + at]!
      const cell = cellGradient[at]! + hidden * o * (1 - tanhCell * tanhCell)
      heap[out + unit] = cell * g * i * (1 - i)
      heap[out + units + unit] = cellBefore === undefined ? 0 : cell * heap[cellBefore + at]! * f * (1 - f)
      heap[out + 2 * units + unit] = cell * i * (1 - g * g)
      heap[out + 3 * units + unit] = hidden * tanhCell * o * (1 - o)
      cellGradient[at] = cell * f
    }
  }
}
