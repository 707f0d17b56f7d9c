import { createRequire } from 'node:module'
import util from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import { ConfigError, messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'

/** What a user can ask for. */
export type BackendChoice = 'auto' | 'gpu' | 'native' | 'wasm'

/** Where computation runs: on a GPU or the processor by TensorFlow's own library, or on the processor by WebAssembly. */
export type Tier = 'gpu' | 'native' | 'wasm'

const NATIVE_PACKAGES = {
  gpu: '@tensorflow/tfjs-node-gpu',
  native: '@tensorflow/tfjs-node',
} as const

const NO_GPU = 'found no GPU'

/**
 * Makes TensorFlow.js compute on the tier asked for, or on the fastest that is installed, and logs which and why.
 * The native tiers are optional packages, so they are looked up by name at run time.
 * @throws {ConfigError} where the tier asked for isn't installed, or has no GPU.
 */
export async function selectBackend(choice: BackendChoice, logger: Logger): Promise<{ readonly tier: Tier }> {
  const passedOver: string[] = []
  for (const tier of ['gpu', 'native'] as const) {
    if (choice !== tier && choice !== 'auto') continue
    const obstacle = await startNative(tier)
    if (obstacle === undefined) return taken(tier, choice, passedOver, logger)
    if (choice === tier) throw notAvailable(tier, obstacle)
    passedOver.push(`${tier}: ${obstacle}`)
  }
  const { startWasm } = await import('./wasm/kernels.ts')
  await startWasm()
  return taken('wasm', choice, passedOver, logger)
}

function taken(tier: Tier, asked: BackendChoice, passedOver: readonly string[], logger: Logger) {
  logger.info({ tier, asked, passedOver }, 'selected a TensorFlow.js backend')
  return { tier }
}

/** @returns why the tier can't be used, undefined where it now is. */
async function startNative(tier: 'gpu' | 'native'): Promise<string | undefined> {
  try {
    completeUtil()
    // Through `require`, so that neither compiler nor bundler looks for packages that may be missing; the packages are CommonJS.
    createRequire(import.meta.url)(NATIVE_PACKAGES[tier])
    await tf.setBackend('tensorflow')
    await tf.ready()
  } catch (error) {
    return isNotInstalled(error, NATIVE_PACKAGES[tier])
      ? `${NATIVE_PACKAGES[tier]} is not installed`
      : `${NATIVE_PACKAGES[tier]} does not start: ${messageOf(error).split('\n')[0]}`
  }
  if (tier === 'native' || hasGpu(tf.backend())) return undefined
  // The other package registers its backend by the same name.
  tf.removeBackend('tensorflow')
  return NO_GPU
}

/** TensorFlow.js 4.22 for Node calls a function that newer versions of Node no longer have. */
function completeUtil(): void {
  const legacy: { isNullOrUndefined?: (value: unknown) => boolean } = util
  legacy.isNullOrUndefined ??= (value) => value === null || value === undefined
}

function isNotInstalled(error: unknown, name: string): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'MODULE_NOT_FOUND' &&
    error.message.includes(`'${name}'`)
  )
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
