import { readFile } from 'node:fs/promises'

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

/** @throws {Error} where `npm run build` has not made the file. */
export async function loadKernels(): Promise<WebAssembly.Module> {
  return await WebAssembly.compile(await readFile(new URL('net.wasm', import.meta.url)))
}

export function startKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels
}
