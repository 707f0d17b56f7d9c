import type { MarkovChain } from './markov-chain.ts'

/**
 * A chain as equations x(row) = sum of weight x(target) + reward, without self-loops. Each row comes after most of the
 * rows it leads to; the start of a path is the last row.
 */
export interface ChainRows {
  readonly count: number
  /** State of each row. */
  readonly states: Uint32Array
  /** Place of the newest touch, one per row; -1 for the start. */
  readonly newest: Int16Array
  /** The terms of row r are `starts[r]` up to, but excluding, `starts[r + 1]`. */
  readonly starts: Uint32Array
  readonly targets: Uint32Array
  readonly weights: Float64Array
  /** How often each row's state was left for another state or an end. */
  readonly leaving: Float64Array
  /** Rows on a cycle or between two cycles; for all others, one sweep is exact. */
  readonly onCycles: Uint32Array
}

/** @returns the rows of a chain. O(transitions). */
export function buildChainRows(chain: MarkovChain): ChainRows {
  const { rowStarts, targets, counts, stateCount, newest } = chain
  const states = rowOrder(chain)
  const rowOf = new Uint32Array(stateCount)
  states.forEach((state, row) => {
    rowOf[state] = row
  })
  const leaving = Float64Array.from(states, (state) => leavingCount(chain, state))
  const starts = new Uint32Array(stateCount + 1)
  const rowTargets = new Uint32Array(targets.length)
  const weights = new Float64Array(targets.length)
  let terms = 0
  states.forEach((state, row) => {
    for (let at = rowStarts[state]!; at < rowStarts[state + 1]!; at++) {
      if (targets[at] === state) continue
      rowTargets[terms] = rowOf[targets[at]!]!
      weights[terms++] = counts[at]! / leaving[row]!
    }
    starts[row + 1] = terms
  })
  const rows = {
    count: stateCount,
    states,
    newest: Int16Array.from(states, (state) => newest[state]!),
    starts,
    targets: rowTargets.slice(0, terms),
    weights: weights.slice(0, terms),
    leaving,
  }
  return { ...rows, onCycles: rowsOnCycles(rows) }
}

/** The chain's states in depth-first post-order: each after those it leads to. */
function rowOrder({ stateCount, rowStarts, targets }: MarkovChain): Uint32Array {
  const order = new Uint32Array(stateCount)
  const next = rowStarts.slice(0, stateCount)
  const isVisited = new Uint8Array(stateCount)
  const stack = [0]
  isVisited[0] = 1
  let done = 0
  while (stack.length > 0) {
    const state = stack.at(-1)!
    const at = next[state]!++
    if (at >= rowStarts[state + 1]!) {
      order[done++] = state
      stack.pop()
    } else if (isVisited[targets[at]!] === 0) {
      isVisited[targets[at]!] = 1
      stack.push(targets[at]!)
    }
  }
  return order
}

function leavingCount(chain: MarkovChain, state: number): number {
  const { rowStarts, targets, counts, conversions, nullPaths } = chain
  let sum = conversions[state]! + nullPaths[state]!
  for (let at = rowStarts[state]!; at < rowStarts[state + 1]!; at++) {
    if (targets[at] !== state) sum += counts[at]!
  }
  return sum
}

/** Peels off rows that lead only to rows already peeled off, and then rows that are reached only from such rows. */
function rowsOnCycles({
  count,
  starts,
  targets,
}: Pick<ChainRows, 'count' | 'starts' | 'targets'>): Uint32Array {
  const isPeeled = new Uint8Array(count)
  for (let row = 0; row < count; row++) {
    let leadsToPeeled = true
    for (let at = starts[row]!; at < starts[row + 1]!; at++) leadsToPeeled &&= isPeeled[targets[at]!] === 1
    isPeeled[row] = Number(leadsToPeeled)
  }
  const waysIn = new Uint32Array(count)
  for (let row = 0; row < count; row++) {
    for (let at = starts[row]!; at < starts[row + 1]!; at++) waysIn[targets[at]!]! += 1
  }
  for (let row = count - 1; row >= 0; row--) {
    if (isPeeled[row] === 1 || waysIn[row]! > 0) continue
    isPeeled[row] = 1
    for (let at = starts[row]!; at < starts[row + 1]!; at++) waysIn[targets[at]!]! -= 1
  }
  return Uint32Array.from({ length: count }, (_, row) => row).filter((row) => isPeeled[row] === 0)
}
