import type { Backend } from '../net.ts'
import { loadKernels } from './kernels.ts'
import { ThreadPool } from './thread-pool.ts'
import { WasmNet } from './wasm-net.ts'

/** @param threads that compute, this one among them. */
export async function startWasm(threads: number): Promise<Backend> {
  const pool = new ThreadPool(await loadKernels(), threads)
  return {
    tier: 'wasm',
    openNet: (shape, weights) => new WasmNet(pool, shape, weights, 0),
    openLearningNet: (shape, weights, mostRows) => new WasmNet(pool, shape, weights, mostRows),
    close: () => pool.close(),
  }
}
