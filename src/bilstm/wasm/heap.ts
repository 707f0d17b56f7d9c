import { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import { type DataId, getKernel, type NamedAttrMap, type TensorInfo } from '@tensorflow/tfjs-core'

/** @returns the backend that a kernel was called with. @throws {TypeError} where it isn't the wasm backend. */
export function wasmBackend(backend: unknown): BackendWasm {
  if (backend instanceof BackendWasm) return backend
  throw new TypeError('a kernel for the wasm backend was called with another backend')
}

/**
 * @param tensor any tensor in the wasm memory.
 * @returns all of that memory as floats. Any allocation may move it: never keep it across one.
 */
export function floats(backend: BackendWasm, tensor: TensorInfo): Float32Array {
  return new Float32Array(backend.typedArrayFromHeap(tensor).buffer)
}

/** @returns where a tensor's numbers begin in {@link floats}. */
export function firstFloat(backend: BackendWasm, { dataId }: TensorInfo): number {
  return backend.getMemoryOffset(dataId) / Float32Array.BYTES_PER_ELEMENT
}

/**
 * Lends a slice of a tensor to `work` as a tensor of its own, without copying.
 * @param offset floats from the tensor's beginning.
 */
export function withView<T>(
  backend: BackendWasm,
  whole: TensorInfo,
  offset: number,
  shape: number[],
  work: (view: TensorInfo) => T,
): T {
  const address = backend.getMemoryOffset(whole.dataId) + offset * Float32Array.BYTES_PER_ELEMENT
  const view = backend.makeOutput(shape, 'float32', address)
  try {
    return work(view)
  } finally {
    forget(backend, view.dataId)
  }
}

/** Takes a tensor off the backend's books without freeing the memory, which is another tensor's. */
function forget(backend: BackendWasm, dataId: DataId): void {
  backend.wasm.tfjs.disposeData(backend.dataIdMap.get(dataId).id)
  backend.dataIdMap.delete(dataId)
}

/** Calls a kernel of the wasm backend from within another one; the caller disposes of the result's data. */
export function callKernel(
  backend: BackendWasm,
  name: string,
  inputs: Readonly<Record<string, TensorInfo>>,
  attrs: NamedAttrMap = {},
): TensorInfo {
  const kernel = getKernel(name, 'wasm')
  if (kernel === undefined) throw new Error(`the wasm backend has no kernel ${name}`)
  const result = kernel.kernelFunc({ inputs: { ...inputs }, backend, attrs })
  const [first] = Array.isArray(result) ? result : [result]
  if (first === undefined) throw new Error(`kernel ${name} made no tensor`)
  return first
}
