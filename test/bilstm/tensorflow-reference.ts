// Registers the gradients of the core's operations.
import '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import type { Backend } from '../../src/bilstm/net.ts'
import { tensorflowBackend } from '../../src/bilstm/tensorflow/tensorflow-net.ts'

/** @returns what TensorFlow.js composes of its own operations, on a backend of its own: no kernel of ours takes part. */
export async function startTensorflow(): Promise<Backend> {
  await tf.setBackend('wasm')
  await tf.ready()
  return tensorflowBackend('native')
}
