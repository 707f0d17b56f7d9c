// Where everything lies in the memory, which all threads share: the weights, the same weights in panels for products, and each
// thread's own states of the rows that it computes. Direction 0 goes from the oldest day to the example's own, 1 the other way.
// A "node" is what rows share that are equal up to a step, see prefixes.ts.

/** Rows that a product may write beyond its last one. */
const SPARE_ROWS: i32 = 3
/** Numbers of the panel of a transposed product. */
const PANEL_NUMBERS: i32 = 2048

export let days: i32 = 0
export let channels: i32 = 0
/** Units of each LSTM in each direction, and of the dense layer: a multiple of 8. */
export let units: i32 = 0
/** Width of what the four gates of one direction are computed from. */
export let gateWidth: i32 = 0
export let wordsPerPattern: i32 = 0
/** Most rows of a pass. */
export let capacity: i32 = 0
/** Whether states are kept for the way back. */
export let isTraining: bool = false

// Weights, in the order of `weight-places.ts` outside; their gradient has the same offsets. Addresses.
let kernelFirst: usize = 0
let biasFirst: usize = 0
let recurrentFirst: usize = 0
let kernelSecond: usize = 0
export let biasSecond: usize = 0
let recurrentSecond: usize = 0
export let denseKernel: usize = 0
export let denseBias: usize = 0
export let outputKernel: usize = 0
export let outputBias: usize = 0
export let parameterCount: i32 = 0

// Matrices in panels, as they are and transposed.
let packedRecurrentFirst: usize = 0
let packedKernelSecond: usize = 0
let packedRecurrentSecond: usize = 0
let packedDense: usize = 0
export let packedCount: i32 = 0

// The nodes: of each step and row its node; of each node its parent and one of its rows; of each step its first node.
let nodesOfRows: usize = 0
let parents: usize = 0
let representatives: usize = 0
let firstNodes: usize = 0
export let table: usize = 0
export let tableSize: i32 = 0

// States of the first LSTMs by node, of the second by step and row.
let gatesFirst: usize = 0
let cellFirst: usize = 0
let squashedFirst: usize = 0
let hiddenFirst: usize = 0
let projected: usize = 0
let gatesSecond: usize = 0
let cellSecond: usize = 0
let squashedSecond: usize = 0
let hiddenSecond: usize = 0
export let fromHidden: usize = 0
export let last: usize = 0
export let dense: usize = 0
export let logits: usize = 0
export let byHidden: usize = 0
export let byCell: usize = 0
export let panel: usize = 0
export let scratchBytes: usize = 0

export function bytesOf(numbers: i32): usize {
  return (<usize>numbers) << 2
}

let cursor: usize = 0

function take(numbers: i32): usize {
  const at = cursor
  cursor += bytesOf(numbers)
  return at
}

/** @param mostRows a multiple of 4. */
export function setShape(
  ofDays: i32,
  ofChannels: i32,
  ofUnits: i32,
  words: i32,
  mostRows: i32,
  trains: bool,
): void {
  days = ofDays
  channels = ofChannels
  units = ofUnits
  gateWidth = 4 * ofUnits
  wordsPerPattern = words
  capacity = mostRows
  isTraining = trains
  setPlaces(0, 0, 0)
}

export function setPlaces(parameters: usize, packed: usize, scratch: usize): void {
  placeParameters(parameters)
  placePacked(packed)
  placeScratch(scratch)
}

function placeParameters(from: usize): void {
  cursor = from
  kernelFirst = take(2 * channels * gateWidth)
  biasFirst = take(2 * gateWidth)
  recurrentFirst = take(2 * units * gateWidth)
  kernelSecond = take(4 * units * gateWidth)
  biasSecond = take(2 * gateWidth)
  recurrentSecond = take(2 * units * gateWidth)
  denseKernel = take(2 * units * units)
  denseBias = take(units)
  outputKernel = take(units)
  // One number, and three that keep the count a multiple of 4.
  outputBias = take(4)
  parameterCount = <i32>((cursor - from) >> 2)
}

function placePacked(from: usize): void {
  cursor = from
  packedRecurrentFirst = take(4 * units * gateWidth)
  packedKernelSecond = take(8 * units * gateWidth)
  packedRecurrentSecond = take(4 * units * gateWidth)
  packedDense = take(4 * units * units)
  packedCount = <i32>((cursor - from) >> 2)
}

function nodeCapacity(): i32 {
  return days * capacity + SPARE_ROWS
}

/** Rows of all steps, or of one where none are kept. */
function stepCapacity(): i32 {
  return (isTraining ? days * capacity : capacity) + SPARE_ROWS
}

function placeScratch(from: usize): void {
  cursor = from
  const nodes = nodeCapacity()
  const rows = capacity + SPARE_ROWS
  const steps = stepCapacity()
  tableSize = 4
  while (tableSize < 2 * capacity) tableSize *= 2
  panel = take(PANEL_NUMBERS)
  gatesFirst = take(2 * nodes * gateWidth)
  cellFirst = take(2 * nodes * units)
  squashedFirst = take(2 * nodes * units)
  hiddenFirst = take(2 * nodes * units)
  projected = take(4 * nodes * gateWidth)
  gatesSecond = take(2 * steps * gateWidth)
  cellSecond = take(2 * steps * units)
  squashedSecond = take(2 * steps * units)
  hiddenSecond = take(2 * steps * units)
  fromHidden = take(rows * gateWidth)
  last = take(2 * rows * units)
  dense = take(rows * units)
  logits = take(rows)
  byHidden = take(isTraining ? nodes * units : 0)
  byCell = take(isTraining ? nodes * units : 0)
  nodesOfRows = take(2 * days * capacity)
  parents = take(2 * nodes)
  representatives = take(2 * nodes)
  firstNodes = take(2 * (days + 1))
  table = take(tableSize)
  scratchBytes = cursor - from
}

export function kernelFirstOf(direction: i32): usize {
  return kernelFirst + bytesOf(direction * channels * gateWidth)
}

export function biasFirstOf(direction: i32): usize {
  return biasFirst + bytesOf(direction * gateWidth)
}

export function recurrentFirstOf(direction: i32): usize {
  return recurrentFirst + bytesOf(direction * units * gateWidth)
}

/** @param direction of the first LSTM, whose states it takes: units x 2 gateWidth, for both of the second. */
export function kernelSecondOf(direction: i32): usize {
  return kernelSecond + bytesOf(2 * direction * units * gateWidth)
}

export function recurrentSecondOf(direction: i32): usize {
  return recurrentSecond + bytesOf(direction * units * gateWidth)
}

/** @param transposed 1: the panels of the transposed matrix. */
export function packedRecurrentFirstOf(direction: i32, transposed: i32): usize {
  return packedRecurrentFirst + bytesOf((2 * transposed + direction) * units * gateWidth)
}

export function packedKernelSecondOf(direction: i32, transposed: i32): usize {
  return packedKernelSecond + bytesOf(2 * (2 * transposed + direction) * units * gateWidth)
}

export function packedRecurrentSecondOf(direction: i32, transposed: i32): usize {
  return packedRecurrentSecond + bytesOf((2 * transposed + direction) * units * gateWidth)
}

export function packedDenseOf(transposed: i32): usize {
  return packedDense + bytesOf(2 * transposed * units * units)
}

/** @returns where the node of a row is kept, one after another for the rows of a step. */
export function nodesAt(direction: i32, step: i32): usize {
  return nodesOfRows + bytesOf((direction * days + step) * capacity)
}

export function parentsOf(direction: i32): usize {
  return parents + bytesOf(direction * nodeCapacity())
}

export function representativesOf(direction: i32): usize {
  return representatives + bytesOf(direction * nodeCapacity())
}

export function firstNodesOf(direction: i32): usize {
  return firstNodes + bytesOf(direction * (days + 1))
}

export function gatesFirstOf(direction: i32): usize {
  return gatesFirst + bytesOf(direction * nodeCapacity() * gateWidth)
}

export function cellFirstOf(direction: i32): usize {
  return cellFirst + bytesOf(direction * nodeCapacity() * units)
}

export function squashedFirstOf(direction: i32): usize {
  return squashedFirst + bytesOf(direction * nodeCapacity() * units)
}

export function hiddenFirstOf(direction: i32): usize {
  return hiddenFirst + bytesOf(direction * nodeCapacity() * units)
}

/** What the states of a first LSTM add to the gates of both second ones: nodes x 2 gateWidth. */
export function projectedOf(direction: i32): usize {
  return projected + bytesOf(2 * direction * nodeCapacity() * gateWidth)
}

export function gatesSecondOf(direction: i32): usize {
  return gatesSecond + bytesOf(direction * stepCapacity() * gateWidth)
}

export function cellSecondOf(direction: i32): usize {
  return cellSecond + bytesOf(direction * stepCapacity() * units)
}

export function squashedSecondOf(direction: i32): usize {
  return squashedSecond + bytesOf(direction * stepCapacity() * units)
}

export function hiddenSecondOf(direction: i32): usize {
  return hiddenSecond + bytesOf(direction * stepCapacity() * units)
}

/** @returns the day of a step of a direction; also the step of a day. */
export function dayOf(direction: i32, step: i32): i32 {
  return direction == 0 ? step : days - 1 - step
}
