import '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import { registerWasmKernels } from './kernels.ts'

/** Makes TensorFlow.js compute in WebAssembly, with the kernels of ours. A second call does nothing. */
export async function startWasm(): Promise<void> {
  await tf.setBackend('wasm')
  await tf.ready()
  registerWasmKernels()
}
