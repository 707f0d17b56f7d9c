import type { NetShape } from '../weights.ts'

/** Widths that the kernels compute with are multiples of it. */
const PANEL = 8

/** @returns the width that a net of this width has in the kernels: the units that are added are 0 and stay so. */
export function paddedWidth(width: number): number {
  return Math.ceil(width / PANEL) * PANEL
}

/**
 * @returns for each weight of a net, in the order of `weightShapes`, where its numbers are among the kernels' parameters; those have the
 * order of `assembly/layout.ts`. O(weights).
 */
export function weightPlaces({ grid: { channelCount }, width }: NetShape): readonly Int32Array[] {
  const units = paddedWidth(width)
  const gates = 4 * units
  let taken = 0
  const take = (count: number) => {
    taken += count
    return taken - count
  }
  const kernelFirst = take(2 * channelCount * gates)
  const biasFirst = take(2 * gates)
  const recurrentFirst = take(2 * units * gates)
  const kernelSecond = take(4 * units * gates)
  const biasSecond = take(2 * gates)
  const recurrentSecond = take(2 * units * gates)
  const denseKernel = take(2 * units * units)
  const denseBias = take(units)
  const outputKernel = take(units)
  const outputBias = take(1)

  /** Of 4 x width columns: four gates side by side, each padded. */
  const gate = (column: number) => Math.floor(column / width) * units + (column % width)
  /** Of 2 x width rows: both directions, each padded. */
  const half = (row: number) => Math.floor(row / width) * units + (row % width)
  const first = (direction: number) => [
    places(
      channelCount,
      4 * width,
      (row, column) => kernelFirst + (direction * channelCount + row) * gates + gate(column),
    ),
    places(
      width,
      4 * width,
      (row, column) => recurrentFirst + (direction * units + row) * gates + gate(column),
    ),
    places(1, 4 * width, (_, column) => biasFirst + direction * gates + gate(column)),
  ]
  const second = (direction: number) => [
    places(
      2 * width,
      4 * width,
      (row, column) => kernelSecond + (2 * half(row) + direction) * gates + gate(column),
    ),
    places(
      width,
      4 * width,
      (row, column) => recurrentSecond + (direction * units + row) * gates + gate(column),
    ),
    places(1, 4 * width, (_, column) => biasSecond + direction * gates + gate(column)),
  ]
  return [
    ...first(0),
    ...first(1),
    ...second(0),
    ...second(1),
    places(2 * width, width, (row, column) => denseKernel + half(row) * units + column),
    places(1, width, (_, column) => denseBias + column),
    places(width, 1, (row) => outputKernel + row),
    places(1, 1, () => outputBias),
  ]
}

function places(rows: number, columns: number, placeOf: (row: number, column: number) => number): Int32Array {
  return Int32Array.from({ length: rows * columns }, (_, at) =>
    placeOf(Math.floor(at / columns), at % columns),
  )
}
