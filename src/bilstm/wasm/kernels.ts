import { readFile } from 'node:fs/promises'
import { ConfigError, messageOf } from '../../errors.ts'

declare global {
  /** What of WebAssembly is used here: it is part of Node.js, but its types come with those of browsers. */
  namespace WebAssembly {
    class Module {
      private readonly brand
    }
    class Instance {
      constructor(module: Module, imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>)
      readonly exports: Readonly<Record<string, unknown>>
    }
    class Memory {
      /** In pages of 64 KiB. */
      constructor(size: { readonly initial: number; readonly maximum: number; readonly shared: true })
      readonly buffer: SharedArrayBuffer
    }
    function compile(bytes: Uint8Array): Promise<Module>
  }
}

/** What the WebAssembly made of `assembly/` exports. Addresses are bytes from the beginning of its memory. */
export interface Kernels {
  setShape(
    days: number,
    channels: number,
    units: number,
    wordsPerPattern: number,
    rows: number,
    isTraining: boolean,
  ): void
  setPlaces(parameters: number, packed: number, scratch: number): void
  countParameters(): number
  countPacked(): number
  countScratchBytes(): number
  packWeights(): void
  /** @returns whether a piece of the task was left. */
  runNext(task: number, scratch: number): number
  addTo(to: number, from: number, count: number): void
  stepAdam(
    weights: number,
    gradient: number,
    first: number,
    second: number,
    count: number,
    rate: number,
    firstPart: number,
    secondPart: number,
  ): void
}

/**
 * @param file that `npm run build` has made.
 * @throws {ConfigError} where this processor can't run it.
 */
export async function loadKernels(
  file: URL = new URL('net.wasm', import.meta.url),
): Promise<WebAssembly.Module> {
  const bytes = await readFile(file)
  try {
    return await WebAssembly.compile(bytes)
  } catch (error) {
    throw new ConfigError(
      `--backend (BACKEND) is wasm, which does not start here (${messageOf(error)}): a processor with SSE 4.1 or NEON is needed; ` +
        'install TensorFlow for Node.js for the backend native, or set --model (MODEL) to hazard',
      { cause: error },
    )
  }
}

export function startKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels
}
