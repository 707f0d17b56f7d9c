import { retreat } from './cell'
import { probabilityOf, projectedRow } from './forward'
import {
  biasFirstOf,
  biasSecond,
  byCell,
  byHidden,
  bytesOf,
  cellFirstOf,
  cellSecondOf,
  channels,
  dayOf,
  days,
  dense,
  denseBias,
  denseKernel,
  firstNodesOf,
  fromHidden,
  gatesFirstOf,
  gatesSecondOf,
  gateWidth,
  hiddenFirstOf,
  hiddenSecondOf,
  kernelFirstOf,
  kernelSecondOf,
  last,
  logits,
  outputBias,
  outputKernel,
  packedDenseOf,
  packedKernelSecondOf,
  packedRecurrentFirstOf,
  packedRecurrentSecondOf,
  panel,
  parentsOf,
  projectedOf,
  recurrentFirstOf,
  recurrentSecondOf,
  representativesOf,
  squashedFirstOf,
  squashedSecondOf,
  units,
} from './layout'
import { addRows, addTo, addTransposedProduct, multiply } from './matrices'
import { touchesOf } from './prefixes'

/** From a weight's address to that of its gradient. */
let toGradient: usize = 0

/**
 * Adds the gradient of the weighted log loss of rows that have gone forward.
 * @param probabilities gets the rows' predictions.
 * @param factor of the loss.
 * @param distance of the gradient from the weights, in bytes.
 */
export function runBackward(
  words: usize,
  rows: i32,
  mask: usize,
  labels: usize,
  weights: usize,
  factor: f32,
  probabilities: usize,
  distance: usize,
): void {
  toGradient = distance
  for (let row = 0; row < rows; row++) {
    const at = bytesOf(row)
    const probability = probabilityOf(f32.load(logits + at))
    f32.store(probabilities + at, probability)
    f32.store(logits + at, (probability - f32.load(labels + at)) * f32.load(weights + at) * factor)
  }
  retreatHead(rows, mask)
  clearProjected()
  for (let direction = 0; direction < 2; direction++) retreatSecond(direction, rows)
  for (let direction = 0; direction < 2; direction++) retreatFirst(direction, words)
}

/** Leaves the gradient by the second LSTMs' output in `last`. */
function retreatHead(rows: i32, mask: usize): void {
  const outputGradient = outputKernel + toGradient
  const end = bytesOf(units)
  let biasGradient = f32.load(outputBias + toGradient)
  for (let row = 0; row < rows; row++) {
    const byLogit = f32.load(logits + bytesOf(row))
    biasGradient += byLogit
    const slope = f32x4.splat(byLogit)
    const values = dense + bytesOf(row * units)
    for (let at: usize = 0; at < end; at += 16) {
      const value = v128.load(values + at)
      const sum = f32x4.add(v128.load(outputGradient + at), f32x4.mul(value, slope))
      v128.store(outputGradient + at, sum)
      const isActive = f32x4.gt(value, f32x4.splat(0))
      v128.store(values + at, v128.and(isActive, f32x4.mul(slope, v128.load(outputKernel + at))))
    }
  }
  f32.store(outputBias + toGradient, biasGradient)
  addTransposedProduct(last, dense, denseKernel + toGradient, rows, 2 * units, units, panel)
  addRows(denseBias + toGradient, dense, rows, units)
  multiply(dense, packedDenseOf(1), last, rows, units, 2 * units)
  if (mask == 0) return
  const whole = bytesOf(2 * rows * units)
  for (let at: usize = 0; at < whole; at += 16) {
    v128.store(last + at, f32x4.mul(v128.load(last + at), v128.load(mask + at)))
  }
}

/** What the nodes add to the second LSTMs has served; its places take the gradient by it. */
function clearProjected(): void {
  for (let direction = 0; direction < 2; direction++) {
    memory.fill(projectedOf(direction), 0, bytesOf(2 * nodeCount(direction) * gateWidth))
  }
}

function nodeCount(direction: i32): i32 {
  return i32.load(firstNodesOf(direction) + bytesOf(days))
}

function retreatSecond(direction: i32, rows: i32): void {
  const gates = gatesSecondOf(direction)
  const cell = cellSecondOf(direction)
  const squashed = squashedSecondOf(direction)
  const rowBytes = bytesOf(units)
  memory.fill(byCell, 0, bytesOf(rows * units))
  for (let step = days - 1; step >= 0; step--) {
    for (let row = 0; row < rows; row++) {
      const place = step * rows + row
      const gate = gates + bytesOf(place * gateWidth)
      const before: usize = step == 0 ? 0 : cell + bytesOf((place - rows) * units)
      const outer =
        step == days - 1 ? last + bytesOf((2 * row + direction) * units) : fromHidden + bytesOf(row * units)
      const onCell = byCell + bytesOf(row * units)
      retreat(gate, before, squashed + bytesOf(place * units), outer, 0, onCell, onCell, rowBytes)
      const day = dayOf(direction, step)
      const offset = bytesOf(direction * gateWidth)
      addTo(projectedRow(0, day, row) + offset, gate, gateWidth)
      addTo(projectedRow(1, day, row) + offset, gate, gateWidth)
    }
    if (step > 0) {
      const transposed = packedRecurrentSecondOf(direction, 1)
      multiply(gates + bytesOf(step * rows * gateWidth), transposed, fromHidden, rows, gateWidth, units)
    }
  }
  const gradient = recurrentSecondOf(direction) + toGradient
  const later = gates + bytesOf(rows * gateWidth)
  addTransposedProduct(hiddenSecondOf(direction), later, gradient, (days - 1) * rows, units, gateWidth, panel)
}

/** The gradient by the nodes' part in the second LSTMs becomes that by their weights, the states, and the first LSTM's weights. */
function retreatFirst(direction: i32, words: usize): void {
  const nodes = nodeCount(direction)
  const projected = projectedOf(direction)
  const hidden = hiddenFirstOf(direction)
  const width = 2 * gateWidth
  // All rows of all days are in either direction's nodes.
  if (direction == 0) addRows(biasSecond + toGradient, projected, nodes, width)
  addTransposedProduct(hidden, projected, kernelSecondOf(direction) + toGradient, nodes, units, width, panel)
  multiply(projected, packedKernelSecondOf(direction, 1), byHidden, nodes, width, units)
  retreatNodes(direction, words, nodes)
}

function retreatNodes(direction: i32, words: usize, nodes: i32): void {
  const firstNodes = firstNodesOf(direction)
  const parents = parentsOf(direction)
  const gates = gatesFirstOf(direction)
  const cell = cellFirstOf(direction)
  // The sum over a node's children of the gradient by their gates; the places have served.
  const ofChildren = projectedOf(direction)
  memory.fill(ofChildren, 0, bytesOf(nodes * gateWidth))
  memory.fill(byCell, 0, bytesOf(nodes * units))
  for (let step = days - 1; step >= 0; step--) {
    const first = i32.load(firstNodes + bytesOf(step))
    const end = i32.load(firstNodes + bytesOf(step + 1))
    if (step < days - 1) {
      const transposed = packedRecurrentFirstOf(direction, 1)
      multiply(ofChildren + bytesOf(first * gateWidth), transposed, fromHidden, end - first, gateWidth, units)
    }
    for (let node = first; node < end; node++) {
      const gate = gates + bytesOf(node * gateWidth)
      const at = bytesOf(node * units)
      const parent = i32.load(parents + bytesOf(node))
      retreat(
        gate,
        parent < 0 ? 0 : cell + bytesOf(parent * units),
        squashedFirstOf(direction) + at,
        byHidden + at,
        step == days - 1 ? 0 : fromHidden + bytesOf((node - first) * units),
        byCell + at,
        parent < 0 ? 0 : byCell + bytesOf(parent * units),
        bytesOf(units),
      )
      if (parent >= 0) addTo(ofChildren + bytesOf(parent * gateWidth), gate, gateWidth)
      addToInput(direction, words, node, dayOf(direction, step), gate)
    }
  }
  const inner = i32.load(firstNodes + bytesOf(days - 1))
  const gradient = recurrentFirstOf(direction) + toGradient
  addTransposedProduct(hiddenFirstOf(direction), ofChildren, gradient, inner, units, gateWidth, panel)
}

function addToInput(direction: i32, words: usize, node: i32, day: i32, gate: usize): void {
  const row = i32.load(representativesOf(direction) + bytesOf(node))
  addTo(biasFirstOf(direction) + toGradient, gate, gateWidth)
  for (let first = 0; first < channels; first += 32) {
    for (let bits = touchesOf(words, row, day, first); bits != 0; bits &= bits - 1) {
      const channel = first + ctz(bits)
      addTo(kernelFirstOf(direction) + toGradient + bytesOf(channel * gateWidth), gate, gateWidth)
    }
  }
}
