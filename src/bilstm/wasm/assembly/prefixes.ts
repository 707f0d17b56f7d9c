import {
  bytesOf,
  channels,
  dayOf,
  days,
  firstNodesOf,
  nodesAt,
  parentsOf,
  representativesOf,
  table,
  tableSize,
  wordsPerPattern,
} from './layout'

// After some steps of a direction the first LSTM is in the same state for all rows with the same touches until then. Such rows
// share a node: its state, and what that adds to the second LSTMs, is computed once. Most patterns have few touches, and the
// sub-patterns of one pattern are equal for long, so nodes are a fraction of rows times days.

/** @returns how many nodes there are, numbered step by step in the order in which rows need them. O(rows x days x channels / 32). */
export function buildNodes(direction: i32, words: usize, rows: i32): i32 {
  let count = 0
  for (let step = 0; step < days; step++) {
    i32.store(firstNodesOf(direction) + bytesOf(step), count)
    count = addStep(direction, step, words, rows, count)
  }
  i32.store(firstNodesOf(direction) + bytesOf(days), count)
  return count
}

function addStep(direction: i32, step: i32, words: usize, rows: i32, count: i32): i32 {
  const day = dayOf(direction, step)
  const parents = parentsOf(direction)
  const representatives = representativesOf(direction)
  const nodes = nodesAt(direction, step)
  const before: usize = step == 0 ? 0 : nodesAt(direction, step - 1)
  memory.fill(table, 0, bytesOf(tableSize))
  for (let row = 0; row < rows; row++) {
    const parent = step == 0 ? -1 : i32.load(before + bytesOf(row))
    const slot = findSlot(representatives, parents, parent, words, row, day)
    let node = i32.load(slot) - 1
    if (node < 0) {
      node = count++
      i32.store(slot, node + 1)
      i32.store(parents + bytesOf(node), parent)
      i32.store(representatives + bytesOf(node), row)
    }
    i32.store(nodes + bytesOf(row), node)
  }
  return count
}

/** @returns where the node with this parent and these touches is in the table, or would be. */
function findSlot(
  representatives: usize,
  parents: usize,
  parent: i32,
  words: usize,
  row: i32,
  day: i32,
): usize {
  let place = hashOf(parent, words, row, day)
  while (true) {
    const slot = table + bytesOf(place & (tableSize - 1))
    const node = i32.load(slot) - 1
    if (node < 0) return slot
    if (
      i32.load(parents + bytesOf(node)) == parent &&
      isSameDay(words, i32.load(representatives + bytesOf(node)), row, day)
    ) {
      return slot
    }
    place++
  }
}

function hashOf(parent: i32, words: usize, row: i32, day: i32): i32 {
  let hash = parent
  for (let channel = 0; channel < channels; channel += 32) {
    hash = (hash ^ touchesOf(words, row, day, channel)) * 0x2c1b3c6d
    hash ^= hash >>> 15
  }
  return hash
}

function isSameDay(words: usize, one: i32, other: i32, day: i32): bool {
  for (let channel = 0; channel < channels; channel += 32) {
    if (touchesOf(words, one, day, channel) != touchesOf(words, other, day, channel)) return false
  }
  return true
}

/**
 * @param first channel, a multiple of 32.
 * @returns as bits, which of 32 channels a row touches on a day.
 */
export function touchesOf(words: usize, row: i32, day: i32, first: i32): i32 {
  const cell = (days - 1 - day) * channels + first
  const at = words + bytesOf(row * wordsPerPattern + (cell >> 5))
  const shift = cell & 31
  const some = min(32, channels - first)
  let bits: u32 = <u32>i32.load(at) >>> shift
  if (shift + some > 32) bits |= (<u32>i32.load(at, 4)) << (32 - shift)
  return <i32>(some == 32 ? bits : bits & ((1 << some) - 1))
}
