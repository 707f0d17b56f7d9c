// What the program around calls. Addresses are bytes from the beginning of the memory.
import {
  denseKernel,
  gateWidth,
  kernelSecondOf,
  packedCount,
  packedDenseOf,
  packedKernelSecondOf,
  packedRecurrentFirstOf,
  packedRecurrentSecondOf,
  parameterCount,
  recurrentFirstOf,
  recurrentSecondOf,
  scratchBytes,
  setPlaces,
  setShape,
  units,
} from './layout'
import { addTo, pack, packTransposed } from './matrices'

export { stepAdam } from './adam'
export { runNext } from './task'
export { addTo, setPlaces, setShape }

export function countParameters(): i32 {
  return parameterCount
}

export function countPacked(): i32 {
  return packedCount
}

export function countScratchBytes(): usize {
  return scratchBytes
}

/** Renews the panels after the weights have changed. */
export function packWeights(): void {
  for (let direction = 0; direction < 2; direction++) {
    const first = recurrentFirstOf(direction)
    pack(first, units, gateWidth, packedRecurrentFirstOf(direction, 0))
    packTransposed(first, units, gateWidth, packedRecurrentFirstOf(direction, 1))
    const between = kernelSecondOf(direction)
    pack(between, units, 2 * gateWidth, packedKernelSecondOf(direction, 0))
    packTransposed(between, units, 2 * gateWidth, packedKernelSecondOf(direction, 1))
    const second = recurrentSecondOf(direction)
    pack(second, units, gateWidth, packedRecurrentSecondOf(direction, 0))
    packTransposed(second, units, gateWidth, packedRecurrentSecondOf(direction, 1))
  }
  pack(denseKernel, 2 * units, units, packedDenseOf(0))
  packTransposed(denseKernel, 2 * units, units, packedDenseOf(1))
}
