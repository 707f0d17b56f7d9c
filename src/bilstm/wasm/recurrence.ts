import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import { type KernelFunc, registerKernel, type TensorInfo } from '@tensorflow/tfjs-core'
import { RECURRENCE_GRADIENT_KERNEL, RECURRENCE_KERNEL } from '../recurrence-composed.ts'
import { callKernel, firstFloat, floats, wasmBackend } from './heap.ts'
import { backpropagate } from './recurrence-gradient.ts'
import { dayOf, dayProduct, named, type Shape, shapeOf } from './recurrence-shapes.ts'

/** Adds the recurrence of an LSTM and its gradient to the wasm backend; see `recur`. */
export function registerWasmRecurrence(): void {
  registerKernel({ kernelName: RECURRENCE_KERNEL, backendName: 'wasm', kernelFunc: runSteps })
  registerKernel({
    kernelName: RECURRENCE_GRADIENT_KERNEL,
    backendName: 'wasm',
    kernelFunc: backpropagate,
  })
}

/**
 * Products and sigmoids run in the backend's SIMD, everything else in loops over its memory: one pass instead of the
 * dozen that separate operations would make, and none of their allocations.
 */
const runSteps: KernelFunc = ({ inputs, backend: anyBackend, attrs }) => {
  const backend = wasmBackend(anyBackend)
  const { projected, recurrent } = named(inputs, ['projected', 'recurrent'])
  const reverse = attrs?.reverse === true
  const shape = shapeOf(projected)
  const { days, batch, units } = shape
  const make = (width: number) => backend.makeOutput([days, batch, width], 'float32')
  const [hidden, gates, cell, squashed] = [make(units), make(4 * units), make(units), make(units)]
  const state = { hidden, gates, cell, squashed }
  for (let step = 0; step < days; step++) {
    const day = dayOf(step, shape, reverse)
    const before = step === 0 ? undefined : dayOf(step - 1, shape, reverse)
    activateGates(backend, { projected, recurrent, ...state }, shape, day, before)
    advanceCell(backend, state, shape, day, before)
  }
  return [hidden, gates, cell, squashed]
}

interface State {
  readonly hidden: TensorInfo
  readonly gates: TensorInfo
  readonly cell: TensorInfo
  readonly squashed: TensorInfo
}

/** Writes the day's gates: sigmoid of z, for the candidate tanh z = 2 sigmoid(2z) - 1. */
function activateGates(
  backend: BackendWasm,
  {
    projected,
    recurrent,
    hidden,
    gates,
  }: State & { readonly projected: TensorInfo; readonly recurrent: TensorInfo },
  { batch, units }: Shape,
  day: number,
  before: number | undefined,
): void {
  const width = 4 * units
  const product = before === undefined ? undefined : dayProduct(backend, hidden, before, recurrent)
  const z = backend.makeOutput([batch, width], 'float32')
  const heap = floats(backend, z)
  const zFrom = firstFloat(backend, z)
  const from = firstFloat(backend, projected) + day * batch * width
  const productFrom = product === undefined ? undefined : firstFloat(backend, product)
  addUp(heap, zFrom, from, productFrom, batch, units)
  const activated = callKernel(backend, 'Sigmoid', { x: z })
  const after = floats(backend, activated)
  copyGates(
    after,
    firstFloat(backend, activated),
    firstFloat(backend, gates) + day * batch * width,
    batch,
    units,
  )
  for (const temporary of [product, z, activated]) {
    if (temporary !== undefined) backend.disposeData(temporary.dataId)
  }
}

/** z = projected + product, the candidate's quarter doubled. */
function addUp(
  heap: Float32Array,
  z: number,
  projected: number,
  product: number | undefined,
  batch: number,
  units: number,
): void {
  for (let row = 0; row < batch; row++) {
    const first = row * 4 * units
    for (let at = first; at < first + 4 * units; at++) {
      const sum = product === undefined ? heap[projected + at]! : heap[projected + at]! + heap[product + at]!
      const quarter = at - first
      heap[z + at] = quarter >= 2 * units && quarter < 3 * units ? 2 * sum : sum
    }
  }
}

function copyGates(heap: Float32Array, from: number, to: number, batch: number, units: number): void {
  heap.copyWithin(to, from, from + batch * 4 * units)
  for (let row = 0; row < batch; row++) {
    const candidate = to + row * 4 * units + 2 * units
    for (let at = candidate; at < candidate + units; at++) heap[at] = 2 * heap[at]! - 1
  }
}

/** c = f c + i g, hidden = o tanh c. */
function advanceCell(
  backend: BackendWasm,
  { hidden, gates, cell, squashed }: State,
  { batch, units }: Shape,
  day: number,
  before: number | undefined,
): void {
  const size = batch * units
  const doubled = backend.makeOutput([batch, units], 'float32')
  let heap = floats(backend, doubled)
  const gatesFrom = firstFloat(backend, gates) + day * 4 * size
  const cellFrom = firstFloat(backend, cell) + day * size
  const cellBefore = firstFloat(backend, cell) + (before ?? 0) * size
  const doubledFrom = firstFloat(backend, doubled)
  for (let row = 0; row < batch; row++) {
    const gate = gatesFrom + row * 4 * units
    for (let unit = 0; unit < units; unit++) {
      const at = row * units + unit
      const kept = before === undefined ? 0 : heap[gate + units + unit]! * heap[cellBefore + at]!
      const value = Math.fround(kept + heap[gate + unit]! * heap[gate + 2 * units + unit]!)
      heap[cellFrom + at] = value
      heap[doubledFrom + at] = 2 * value
    }
  }
  const activated = callKernel(backend, 'Sigmoid', { x: doubled })
  heap = floats(backend, activated)
  const activatedFrom = firstFloat(backend, activated)
  const squashedFrom = firstFloat(backend, squashed) + day * size
  const hiddenFrom = firstFloat(backend, hidden) + day * size
  for (let row = 0; row < batch; row++) {
    const output = gatesFrom + row * 4 * units + 3 * units
    for (let unit = 0; unit < units; unit++) {
      const at = row * units + unit
      const value = 2 * heap[activatedFrom + at]! - 1
      heap[squashedFrom + at] = value
      heap[hiddenFrom + at] = heap[output + unit]! * value
    }
  }
  for (const { dataId } of [doubled, activated]) backend.disposeData(dataId)
}
