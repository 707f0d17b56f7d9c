import { sigmoid } from './activations'
import { advance } from './cell'
import {
  biasFirstOf,
  biasSecond,
  bytesOf,
  capacity,
  cellFirstOf,
  cellSecondOf,
  channels,
  dayOf,
  days,
  dense,
  denseBias,
  firstNodesOf,
  fromHidden,
  gatesFirstOf,
  gatesSecondOf,
  gateWidth,
  hiddenFirstOf,
  hiddenSecondOf,
  isTraining,
  kernelFirstOf,
  last,
  logits,
  nodesAt,
  outputBias,
  outputKernel,
  packedDenseOf,
  packedKernelSecondOf,
  packedRecurrentFirstOf,
  packedRecurrentSecondOf,
  parentsOf,
  projectedOf,
  representativesOf,
  squashedFirstOf,
  squashedSecondOf,
  units,
} from './layout'
import { addTo, multiply } from './matrices'
import { buildNodes, touchesOf } from './prefixes'

/**
 * The network for some rows, up to the log odds.
 * @param words of the rows' patterns.
 * @param rows at most the capacity.
 * @param mask rows x 2 units, what to multiply the second LSTMs' output by; 0: nothing is left out.
 */
export function runForward(words: usize, rows: i32, mask: usize): void {
  for (let direction = 0; direction < 2; direction++) {
    const nodes = buildNodes(direction, words, rows)
    runFirst(direction, words)
    multiply(
      hiddenFirstOf(direction),
      packedKernelSecondOf(direction, 0),
      projectedOf(direction),
      nodes,
      units,
      2 * gateWidth,
    )
  }
  for (let direction = 0; direction < 2; direction++) runSecond(direction, rows)
  runHead(rows, mask)
}

/** A first LSTM: step by step for all nodes of the step. */
function runFirst(direction: i32, words: usize): void {
  const firstNodes = firstNodesOf(direction)
  const parents = parentsOf(direction)
  const representatives = representativesOf(direction)
  const hidden = hiddenFirstOf(direction)
  const cell = cellFirstOf(direction)
  let former = 0
  for (let step = 0; step < days; step++) {
    const first = i32.load(firstNodes + bytesOf(step))
    const end = i32.load(firstNodes + bytesOf(step + 1))
    if (step > 0) {
      const recurrent = packedRecurrentFirstOf(direction, 0)
      multiply(hidden + bytesOf(former * units), recurrent, fromHidden, first - former, units, gateWidth)
    }
    for (let node = first; node < end; node++) {
      const gates = gatesFirstOf(direction) + bytesOf(node * gateWidth)
      const parent = i32.load(parents + bytesOf(node))
      addTouches(direction, gates, words, i32.load(representatives + bytesOf(node)), dayOf(direction, step))
      if (parent >= 0) addTo(gates, fromHidden + bytesOf((parent - former) * gateWidth), gateWidth)
      const at = bytesOf(node * units)
      const before: usize = parent < 0 ? 0 : cell + bytesOf(parent * units)
      advance(gates, before, cell + at, squashedFirstOf(direction) + at, hidden + at, bytesOf(units))
    }
    former = first
  }
}

/** Sets what the touches of a day and the bias add to the gates: a sum of rows, since the input is 0 or 1. */
function addTouches(direction: i32, gates: usize, words: usize, row: i32, day: i32): void {
  memory.copy(gates, biasFirstOf(direction), bytesOf(gateWidth))
  for (let first = 0; first < channels; first += 32) {
    for (let bits = touchesOf(words, row, day, first); bits != 0; bits &= bits - 1) {
      const channel = first + ctz(bits)
      addTo(gates, kernelFirstOf(direction) + bytesOf(channel * gateWidth), gateWidth)
    }
  }
}

/** A second LSTM, row by row. In a prediction all steps share the places of one. */
function runSecond(direction: i32, rows: i32): void {
  const size = isTraining ? rows : 0
  const recurrent = packedRecurrentSecondOf(direction, 0)
  const hidden = hiddenSecondOf(direction)
  const cell = cellSecondOf(direction)
  const rowBytes = bytesOf(units)
  for (let step = 0; step < days; step++) {
    const first = step * size
    const former = first - size
    if (step > 0) multiply(hidden + bytesOf(former * units), recurrent, fromHidden, rows, units, gateWidth)
    for (let row = 0; row < rows; row++) {
      const gates = gatesSecondOf(direction) + bytesOf((first + row) * gateWidth)
      addProjected(direction, gates, dayOf(direction, step), row, step > 0)
      const at = bytesOf((first + row) * units)
      const before: usize = step == 0 ? 0 : cell + bytesOf((former + row) * units)
      advance(gates, before, cell + at, squashedSecondOf(direction) + at, hidden + at, rowBytes)
    }
  }
}

/** Sets what both first LSTMs, the bias and the step before add to a row's gates. */
function addProjected(direction: i32, gates: usize, day: i32, row: i32, isLater: bool): void {
  const offset = bytesOf(direction * gateWidth)
  const bias = biasSecond + offset
  const one = projectedRow(0, day, row) + offset
  const other = projectedRow(1, day, row) + offset
  const hidden = fromHidden + bytesOf(row * gateWidth)
  const end = bytesOf(gateWidth)
  for (let at: usize = 0; at < end; at += 16) {
    let sum = f32x4.add(f32x4.add(v128.load(one + at), v128.load(other + at)), v128.load(bias + at))
    if (isLater) sum = f32x4.add(sum, v128.load(hidden + at))
    v128.store(gates + at, sum)
  }
}

/** @returns where a row finds what a first LSTM's state on a day adds to the gates of both second ones. */
export function projectedRow(direction: i32, day: i32, row: i32): usize {
  const node = i32.load(nodesAt(direction, dayOf(direction, day)) + bytesOf(row))
  return projectedOf(direction) + bytesOf(2 * node * gateWidth)
}

/** Dropout, the dense layer and the log odds. */
function runHead(rows: i32, mask: usize): void {
  const lastStep = isTraining ? (days - 1) * rows : 0
  for (let row = 0; row < rows; row++) {
    for (let direction = 0; direction < 2; direction++) {
      const offset = bytesOf((2 * row + direction) * units)
      const hidden = hiddenSecondOf(direction) + bytesOf((lastStep + row) * units)
      keep(last + offset, hidden, mask == 0 ? 0 : mask + offset)
    }
  }
  multiply(last, packedDenseOf(0), dense, rows, 2 * units, units)
  for (let row = 0; row < rows; row++)
    f32.store(logits + bytesOf(row), finishRow(dense + bytesOf(row * units)))
}

function keep(to: usize, hidden: usize, mask: usize): void {
  const end = bytesOf(units)
  for (let at: usize = 0; at < end; at += 16) {
    const value = v128.load(hidden + at)
    v128.store(to + at, mask == 0 ? value : f32x4.mul(value, v128.load(mask + at)))
  }
}

/** Adds the bias to a row of the dense layer, cuts it off below 0, and returns the row's log odds. */
function finishRow(row: usize): f32 {
  let sum = f32x4.splat(0)
  const end = bytesOf(units)
  for (let at: usize = 0; at < end; at += 16) {
    const value = f32x4.pmax(f32x4.add(v128.load(row + at), v128.load(denseBias + at)), f32x4.splat(0))
    v128.store(row + at, value)
    sum = f32x4.add(sum, f32x4.mul(value, v128.load(outputKernel + at)))
  }
  const pairs = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1)
  return pairs + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3)) + f32.load(outputBias)
}

export function probabilityOf(logit: f32): f32 {
  return f32x4.extract_lane(sigmoid(f32x4.splat(logit)), 0)
}
