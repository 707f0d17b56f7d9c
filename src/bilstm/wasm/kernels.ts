import '@tensorflow/tfjs-backend-wasm'
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import {
  _FusedMatMul,
  BatchMatMul,
  getKernel,
  type KernelFunc,
  type NamedTensorInfoMap,
  registerKernel,
  Tanh,
  type TensorInfo,
  Transpose,
  unregisterKernel,
} from '@tensorflow/tfjs-core'
import { callKernel, firstFloat, floats, wasmBackend } from './heap.ts'
import { registerWasmRecurrence } from './recurrence.ts'

/** Makes TensorFlow.js compute in WebAssembly, with our kernels. A second call does nothing. */
export async function startWasm(): Promise<void> {
  await tf.setBackend('wasm')
  await tf.ready()
  registerWasmKernels()
}

let isRegistered = false

/**
 * Replaces slow kernels of the wasm backend by faster ones with the same results up to float32 rounding, and adds the
 * recurrence of an LSTM as one kernel. For a backend that is ready; a second call does nothing.
 */
export function registerWasmKernels(): void {
  if (isRegistered) return
  isRegistered = true
  for (const name of [BatchMatMul, _FusedMatMul]) replaceKernel(name, transposeFirst)
  replaceKernel(Tanh, () => tanh)
  registerWasmRecurrence()
}

function replaceKernel(name: string, replacement: (original: KernelFunc) => KernelFunc): void {
  const original = getKernel(name, 'wasm')
  if (original === undefined) throw new Error(`the wasm backend has no kernel ${name}`)
  unregisterKernel(name, 'wasm')
  registerKernel({ ...original, kernelFunc: replacement(original.kernelFunc) })
}

/** XNNPACK multiplies plain matrices only: with a transpose flag a naive loop runs, 12 times slower. */
function transposeFirst(original: KernelFunc): KernelFunc {
  return ({ inputs, backend, attrs }) => {
    if (attrs?.transposeA !== true && attrs?.transposeB !== true) {
      return original({ inputs, backend, ...(attrs && { attrs }) })
    }
    const wasm = wasmBackend(backend)
    const transposed: TensorInfo[] = []
    const plain: NamedTensorInfoMap = { ...inputs }
    for (const [name, flag] of [
      ['a', 'transposeA'],
      ['b', 'transposeB'],
    ] as const) {
      const input = inputs[name]
      if (attrs[flag] !== true || input === undefined) continue
      const copy = transpose(wasm, input)
      transposed.push(copy)
      plain[name] = copy
    }
    const product = original({
      inputs: plain,
      backend,
      attrs: { ...attrs, transposeA: false, transposeB: false },
    })
    for (const { dataId } of transposed) wasm.disposeData(dataId)
    return product
  }
}

/** Swaps the last two axes. */
function transpose(backend: BackendWasm, x: TensorInfo): TensorInfo {
  const rank = x.shape.length
  const perm = x.shape.map((_, axis) => axis)
  perm.splice(rank - 2, 2, rank - 1, rank - 2)
  return callKernel(backend, Transpose, { x }, { perm })
}

/** tanh x = 2 sigmoid(2x) - 1: the backend has SIMD for the sigmoid only. Off by 1.2e-7 (one float32 ulp of 1) at most. */
const tanh: KernelFunc = ({ inputs, backend }) => {
  const wasm = wasmBackend(backend)
  const x = inputs.x
  if (x === undefined) throw new TypeError('Tanh needs an input x')
  const doubled = wasm.makeOutput(x.shape, 'float32')
  const size = x.shape.reduce((product, length) => product * length, 1)
  const before = floats(wasm, x)
  const from = firstFloat(wasm, x)
  const to = firstFloat(wasm, doubled)
  for (let at = 0; at < size; at++) before[to + at] = 2 * before[from + at]!
  const result = callKernel(wasm, 'Sigmoid', { x: doubled })
  wasm.disposeData(doubled.dataId)
  const after = floats(wasm, result)
  const begin = firstFloat(wasm, result)
  for (let at = begin; at < begin + size; at++) after[at] = 2 * after[at]! - 1
  return result
}
