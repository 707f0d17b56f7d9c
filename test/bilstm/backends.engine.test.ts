import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { openBackend } from '../../src/bilstm/backends.ts'
import { ConfigError } from '../../src/errors.ts'
import type { Logger } from '../../src/logger.ts'
import { usableProcessors } from '../../src/processors.ts'

/** The native tiers are optional packages: which messages are due depends on what this machine has. */
function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name)
    return true
  } catch {
    return false
  }
}

const hasGpuPackage = isInstalled('@tensorflow/tfjs-node-gpu')
const hasNativePackage = isInstalled('@tensorflow/tfjs-node')

function recorder() {
  const lines: { fields: object; event: string }[] = []
  const logger: Logger = {
    debug() {},
    info: (fields, event) => lines.push({ fields, event }),
    warn() {},
    error() {},
  }
  return { logger, lines }
}

it('computes in WebAssembly where that is asked for, without looking further', async () => {
  const { logger, lines } = recorder()
  const backend = await openBackend('wasm', 3, logger)
  await backend.close()
  expect(backend.tier).toBe('wasm')
  const fields = { tier: 'wasm', asked: 'wasm', threads: 3, passedOver: [] }
  expect(lines).toEqual([{ fields, event: 'selected a backend' }])
})

it.skipIf(hasGpuPackage || hasNativePackage)('says why it did not take a faster tier', async () => {
  const { logger, lines } = recorder()
  const backend = await openBackend('auto', undefined, logger)
  await backend.close()
  expect(backend.tier).toBe('wasm')
  expect(lines.map(({ fields }) => fields)).toEqual([
    {
      tier: 'wasm',
      asked: 'auto',
      threads: usableProcessors(),
      passedOver: [
        'gpu: @tensorflow/tfjs-node-gpu is not installed',
        'native: @tensorflow/tfjs-node is not installed',
      ],
    },
  ])
})

it.skipIf(hasGpuPackage)('refuses a GPU where its package is missing', async () => {
  await expect(openBackend('gpu', 1, recorder().logger)).rejects.toThrow(
    new ConfigError(
      '--backend (BACKEND) is gpu, but @tensorflow/tfjs-node-gpu is not installed: install it with ' +
        'npm install @tensorflow/tfjs-node-gpu@4.22.0 on a machine with an NVIDIA GPU and CUDA, or use auto or wasm',
    ),
  )
})

it.skipIf(hasNativePackage)('refuses the native tier where its package is missing', async () => {
  await expect(openBackend('native', 1, recorder().logger)).rejects.toThrow(
    new ConfigError(
      '--backend (BACKEND) is native, but @tensorflow/tfjs-node is not installed: install it with ' +
        'npm install @tensorflow/tfjs-node@4.22.0, or use auto or wasm',
    ),
  )
})
