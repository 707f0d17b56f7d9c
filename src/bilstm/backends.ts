import { createRequire } from 'node:module'
import util from 'node:util'
import { ConfigError, messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { usableProcessors } from '../processors.ts'
import type { Backend } from './net.ts'

/** What a user can ask for. */
export type BackendChoice = 'auto' | 'gpu' | 'native' | 'wasm'

const NATIVE_PACKAGES = {
  gpu: '@tensorflow/tfjs-node-gpu',
  native: '@tensorflow/tfjs-node',
} as const

const NO_GPU = 'found no GPU'

/**
 * Opens the tier asked for, or the fastest that is installed, and logs which and why. The native tiers are TensorFlow's, optional packages,
 * so they are looked up by name at run time.
 * @param threads of the tier wasm; undefined: as many as there are processors. TensorFlow has its own.
 * @returns the backend; the caller closes it.
 * @throws {ConfigError} where the tier asked for isn't installed, or has no GPU.
 */
export async function openBackend(
  choice: BackendChoice,
  threads: number | undefined,
  logger: Logger,
): Promise<Backend> {
  const passedOver: string[] = []
  for (const tier of ['gpu', 'native'] as const) {
    if (choice !== tier && choice !== 'auto') continue
    const started = await startNative(tier)
    if (typeof started !== 'string') {
      logger.info({ tier, asked: choice, passedOver }, 'selected a backend')
      return started
    }
    if (choice === tier) throw notAvailable(tier, started)
    passedOver.push(`${tier}: ${started}`)
  }
  const { startWasm } = await import('./wasm/wasm-backend.ts')
  const used = threads ?? usableProcessors()
  logger.info({ tier: 'wasm', asked: choice, threads: used, passedOver }, 'selected a backend')
  return await startWasm(used)
}

/** @returns the backend, or why the tier can't be used. */
async function startNative(tier: 'gpu' | 'native'): Promise<Backend | string> {
  if (!isInstalled(NATIVE_PACKAGES[tier])) return `${NATIVE_PACKAGES[tier]} is not installed`
  const tf = await import('@tensorflow/tfjs-core')
  try {
    completeUtil()
    // Through `require`, so that neither compiler nor bundler looks for packages that may be missing; the packages are CommonJS.
    createRequire(import.meta.url)(NATIVE_PACKAGES[tier])
    await tf.setBackend('tensorflow')
    await tf.ready()
  } catch (error) {
    return `${NATIVE_PACKAGES[tier]} does not start: ${messageOf(error).split('\n')[0]}`
  }
  if (tier === 'gpu' && !hasGpu(tf.backend())) {
    // The other package registers its backend by the same name.
    tf.removeBackend('tensorflow')
    return NO_GPU
  }
  const { tensorflowBackend } = await import('./tensorflow/tensorflow-net.ts')
  return tensorflowBackend(tier)
}

/** TensorFlow.js 4.22 for Node calls a function that newer versions of Node no longer have. */
function completeUtil(): void {
  const legacy: { isNullOrUndefined?: (value: unknown) => boolean } = util
  legacy.isNullOrUndefined ??= (value) => value === null || value === undefined
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name)
    return true
  } catch {
    return false
  }
}

/** The native backend knows whether TensorFlow listed a device of type GPU. */
function hasGpu(backend: object): boolean {
  return 'isUsingGpuDevice' in backend && backend.isUsingGpuDevice === true
}

function notAvailable(tier: 'gpu' | 'native', obstacle: string): ConfigError {
  const machine = tier === 'gpu' ? ' on a machine with an NVIDIA GPU and CUDA' : ''
  const help =
    obstacle === NO_GPU
      ? 'check that nvidia-smi lists one here (a container needs --gpus all) and that CUDA is installed'
      : `install it with npm install ${NATIVE_PACKAGES[tier]}@4.22.0${machine}`
  return new ConfigError(`--backend (BACKEND) is ${tier}, but ${obstacle}: ${help}, or use auto or wasm`)
}
