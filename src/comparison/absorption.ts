import { DataError } from '../errors.ts'
import { solveBiCgStab } from './bicgstab.ts'
import type { MarkovChain } from './markov-chain.ts'

/**
 * A linear system over the states of a chain: x(s) is the mean of what s leads to. Several such systems, which differ
 * only in where values are given, are solved side by side as columns.
 */
export interface AbsorptionSystem {
  /** What ends in each state add to it, as counts; undefined: nothing. */
  readonly reward: Float64Array | undefined
  /** In column c, states whose newest touch is `fixedPlaces[c]` keep their value of `fixed`; {@link NO_PLACE}: none does. */
  readonly fixedPlaces: readonly number[]
  /** Values of {@link fixedPlaces}, one entry a state. */
  readonly fixed: Float64Array | undefined
}

/** A place that no state has; the start of a path has -1. */
export const NO_PLACE = -2

/** Relative error that is aimed at. */
const TOLERANCE = 1e-12
/** Gauss-Seidel is given up for a faster method where a chain needs more sweeps. */
const MOST_SWEEPS = 300
const LEAST_CHANGE = 2 ** -51

/**
 * @param order of the states, each after most of those it leads to ({@link sweepOrder}): then few sweeps are needed.
 * @returns x, column within state. All terms are positive, so nothing cancels and no value leaves [0, largest reward].
 * @throws {DataError} where paths go round in circles for so long that no exact answer is found.
 *
 * Gauss-Seidel from 0 converges upwards for any such chain, since every state was seen to end: the matrix is a
 * nonsingular M-matrix (Varga, Matrix Iterative Analysis, theorem 3.10). It stops when the geometric series of the
 * changes still to come is below {@link TOLERANCE}. O(transitions x columns x sweeps); sweeps are some 5 to 50.
 */
export function solveAbsorption(
  chain: MarkovChain,
  order: Uint32Array,
  system: AbsorptionSystem,
): Float64Array {
  const solution = startValues(chain, system)
  const leaving = leavingCounts(chain)
  let former = 1
  let formerRate = 1
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    const change = sweepOnce(chain, order, leaving, system, solution)
    const rate = Math.max(change / former, formerRate)
    if (change <= LEAST_CHANGE || (rate < 1 && (change * rate) / (1 - rate) <= TOLERANCE)) return solution
    formerRate = change / former
    former = change
  }
  return solveSlowChain(chain, order, leaving, system, solution)
}

/** @returns the chain's states, each behind those that it leads to but for the ways back. O(transitions). */
export function sweepOrder(chain: MarkovChain): Uint32Array {
  const { stateCount, rowStarts, targets } = chain
  const order = new Uint32Array(stateCount)
  const next = rowStarts.slice(0, stateCount)
  const isMet = new Uint8Array(stateCount)
  const way = [0]
  isMet[0] = 1
  let done = 0
  while (way.length > 0) {
    const state = way.at(-1)!
    const at = next[state]!++
    if (at >= rowStarts[state + 1]!) {
      order[done++] = state
      way.pop()
    } else if (isMet[targets[at]!] === 0) {
      isMet[targets[at]!] = 1
      way.push(targets[at]!)
    }
  }
  return order
}

/** @returns how often each state was left for another one or for an end. */
function leavingCounts({ stateCount, rowStarts, targets, counts, conversions, nullPaths }: MarkovChain) {
  return Float64Array.from({ length: stateCount }, (_, state) => {
    let sum = conversions[state]! + nullPaths[state]!
    for (let at = rowStarts[state]!; at < rowStarts[state + 1]!; at++) {
      if (targets[at] !== state) sum += counts[at]!
    }
    return sum
  })
}

function startValues({ stateCount, newest }: MarkovChain, system: AbsorptionSystem): Float64Array {
  const columns = system.fixedPlaces.length
  const values = new Float64Array(stateCount * columns)
  system.fixedPlaces.forEach((place, column) => {
    for (let state = 0; state < stateCount; state++) {
      if (newest[state] === place) values[state * columns + column] = system.fixed?.[state] ?? 0
    }
  })
  return values
}

/** @returns the largest relative change of a value. The loop is hot: bench/comparison.mjs. */
function sweepOnce(
  chain: MarkovChain,
  order: Uint32Array,
  leaving: Float64Array,
  { fixedPlaces, reward }: AbsorptionSystem,
  values: Float64Array,
): number {
  const { rowStarts, targets, counts, newest } = chain
  const columns = fixedPlaces.length
  const sums = new Float64Array(columns)
  let most = 0
  for (const state of order) {
    sums.fill(reward === undefined ? 0 : reward[state]!)
    for (let at = rowStarts[state]!; at < rowStarts[state + 1]!; at++) {
      const target = targets[at]!
      if (target === state) continue
      const count = counts[at]!
      for (let column = 0; column < columns; column++)
        sums[column]! += count * values[target * columns + column]!
    }
    for (let column = 0; column < columns; column++) {
      if (newest[state] === fixedPlaces[column]) continue
      const at = state * columns + column
      const value = sums[column]! / leaving[state]!
      const change = Math.abs(value - values[at]!)
      if (change > most * value) most = change / value
      values[at] = value
    }
  }
  return most
}

/** Where a path goes round for thousands of touches, column by column from where Gauss-Seidel came to. */
function solveSlowChain(
  chain: MarkovChain,
  order: Uint32Array,
  leaving: Float64Array,
  system: AbsorptionSystem,
  values: Float64Array,
): Float64Array {
  const columns = system.fixedPlaces.length
  system.fixedPlaces.forEach((place, column) => {
    const one: AbsorptionSystem = { ...system, fixedPlaces: [place] }
    const guess = Float64Array.from(
      { length: chain.stateCount },
      (_, state) => values[state * columns + column]!,
    )
    const solved = solveBiCgStab(
      { size: chain.stateCount, order, ...rowsOf(chain, leaving, one, guess) },
      guess,
    )
    for (let state = 0; state < solved.length; state++) solved[state] = Math.max(0, solved[state]!)
    let change = 1
    for (let sweep = 0; sweep < 3; sweep++) change = sweepOnce(chain, order, leaving, one, solved)
    if (!(change <= TOLERANCE)) {
      throw new DataError(
        `markov_${chain.order}: paths go round in circles for so many touches that the chain can't be solved ` +
          `(relative change ${change.toExponential(1)} a sweep, at most ${TOLERANCE}): leave out the users with thousands ` +
          'of touches, give fewer --lookback-window-days (LOOKBACK_WINDOW), or lower --markov-orders (MARKOV_ORDERS)',
      )
    }
    solved.forEach((value, state) => {
      values[state * columns + column] = value
    })
  })
  return values
}

/** The system as rows x(s) = sum of weights x(target) + constant. */
function rowsOf(
  chain: MarkovChain,
  leaving: Float64Array,
  { fixedPlaces: [place], reward }: AbsorptionSystem,
  start: Float64Array,
) {
  const { stateCount, rowStarts, targets, counts, newest } = chain
  const isFixed = (state: number) => newest[state] === place
  const weights = new Float64Array(counts.length)
  for (let state = 0; state < stateCount; state++) {
    for (let at = rowStarts[state]!; at < rowStarts[state + 1]!; at++) {
      if (targets[at] !== state && !isFixed(state)) weights[at] = counts[at]! / leaving[state]!
    }
  }
  const constants = Float64Array.from({ length: stateCount }, (_, state) =>
    isFixed(state) ? start[state]! : (reward?.[state] ?? 0) / leaving[state]!,
  )
  return { rowStarts, targets, weights, constants }
}
