import { DataError } from '../errors.ts'
import { solveBiCgStab } from '../numerics/bicgstab.ts'
import type { ChainRows } from './chain-rows.ts'
import { PLACES } from './path-table.ts'

/** Columns that are solved side by side: a row's values share a cache line. */
export const COLUMNS = 8

/**
 * Each row's value is its reward plus the weighted mean of the rows it leads to, but for given values: column c keeps
 * those of the rows whose newest touch is `fixedPlaces[c]`.
 */
export interface AbsorptionSystem {
  /** What is added to each row; undefined: nothing. */
  readonly reward: Float64Array | undefined
  /** At most {@link COLUMNS}; {@link NO_PLACE} in a column without given values. */
  readonly fixedPlaces: readonly number[]
  /** Given values, one per row. */
  readonly fixed: Float64Array | undefined
}

/** A place that no row has (the start of a path has -1). */
export const NO_PLACE = -2

/** Relative error to reach. */
const TOLERANCE = 1e-12
/** If a chain needs more sweeps, Gauss-Seidel gives way to a faster method. */
const MAX_SWEEPS = 320
/** Convergence is checked once every four sweeps. */
const SWEEPS_PER_CHECK = 4
const MIN_CHANGE = 2 ** -51

/**
 * @returns values, {@link COLUMNS} per row. All terms are positive, so nothing cancels and all values lie within
 *   [0, largest reward].
 * @throws {DataError} if paths cycle for so long that no exact solution is found.
 *
 * Gauss-Seidel from 0 converges upwards for any such chain, since every state was observed to end: the matrix is a
 * nonsingular M-matrix (Varga, Matrix Iterative Analysis, theorem 3.10). It stops when the geometric series of the
 * remaining changes is below {@link TOLERANCE}. O(terms x columns x sweeps); about 5 to 50 sweeps.
 */
export function solveAbsorption(rows: ChainRows, order: number, system: AbsorptionSystem): Float64Array {
  const values = givenValues(rows, system)
  const all = Uint32Array.from({ length: rows.count }, (_, row) => row)
  sweep(rows, all, system, values, false)
  if (!sweepCycles(rows, system, values)) solveSlowCycles(rows, order, system, values)
  sweep(rows, all, system, values, false)
  return values
}

function givenValues({ count, newest }: ChainRows, { fixedPlaces, fixed }: AbsorptionSystem): Float64Array {
  const values = new Float64Array(count * COLUMNS)
  const columnOf = columnsByPlace(fixedPlaces)
  for (let row = 0; row < count; row++) {
    const column = columnOf.get(newest[row]!)
    if (column !== undefined) values[row * COLUMNS + column] = fixed?.[row] ?? 0
  }
  return values
}

function columnsByPlace(fixedPlaces: readonly number[]): ReadonlyMap<number, number> {
  return new Map(fixedPlaces.map((place, column) => [place, column]))
}

/** @returns false if it takes too many sweeps. */
function sweepCycles(rows: ChainRows, system: AbsorptionSystem, values: Float64Array): boolean {
  if (rows.onCycles.length === 0) return true
  let previous = Number.POSITIVE_INFINITY
  for (let sweeps = 0; sweeps < MAX_SWEEPS; sweeps += SWEEPS_PER_CHECK) {
    for (let unchecked = 1; unchecked < SWEEPS_PER_CHECK; unchecked++)
      sweep(rows, rows.onCycles, system, values, false)
    const change = sweep(rows, rows.onCycles, system, values, true)
    const rate = (change / previous) ** (1 / SWEEPS_PER_CHECK)
    if (change <= MIN_CHANGE || (rate > 0 && rate < 1 && (change * rate) / (1 - rate) <= TOLERANCE))
      return true
    previous = change
  }
  return false
}

/** @returns the largest relative change of a value, or 0 if not measured. A hot loop: bench/comparison.mjs. */
function sweep(
  { starts, targets, weights, newest }: ChainRows,
  swept: Uint32Array,
  { reward, fixedPlaces }: AbsorptionSystem,
  values: Float64Array,
  isMeasured: boolean,
): number {
  const columnOf = new Int8Array(PLACES + 1).fill(-1)
  fixedPlaces.forEach((place, column) => {
    if (place !== NO_PLACE) columnOf[place + 1] = column
  })
  const sums = new Float64Array(COLUMNS)
  let most = 0
  for (let at = 0; at < swept.length; at++) {
    const row = swept[at]!
    const own = row * COLUMNS
    const start = reward === undefined ? 0 : reward[row]!
    let [a, b, c, d, e, f, g, h] = [start, start, start, start, start, start, start, start]
    for (let term = starts[row]!; term < starts[row + 1]!; term++) {
      const weight = weights[term]!
      const from = targets[term]! * COLUMNS
      a += weight * values[from]!
      b += weight * values[from + 1]!
      c += weight * values[from + 2]!
      d += weight * values[from + 3]!
      e += weight * values[from + 4]!
      f += weight * values[from + 5]!
      g += weight * values[from + 6]!
      h += weight * values[from + 7]!
    }
    const column = columnOf[newest[row]! + 1]!
    const given = column < 0 ? 0 : values[own + column]!
    if (isMeasured) {
      sums[0] = a
      sums[1] = b
      sums[2] = c
      sums[3] = d
      sums[4] = e
      sums[5] = f
      sums[6] = g
      sums[7] = h
      if (column >= 0) sums[column] = given
      for (let at = 0; at < COLUMNS; at++) {
        const sum = sums[at]!
        const change = Math.abs(sum - values[own + at]!)
        if (change > most * sum) most = change / sum
      }
    }
    values[own] = a
    values[own + 1] = b
    values[own + 2] = c
    values[own + 3] = d
    values[own + 4] = e
    values[own + 5] = f
    values[own + 6] = g
    values[own + 7] = h
    if (column >= 0) values[own + column] = given
  }
  return most
}

/**
 * For paths that cycle for thousands of touches: column by column, starting from the result of Gauss-Seidel. Exact to
 * {@link TOLERANCE} of the largest value.
 */
function solveSlowCycles(
  rows: ChainRows,
  order: number,
  system: AbsorptionSystem,
  values: Float64Array,
): void {
  const solvedOf = new Map<number, Float64Array>()
  for (let column = 0; column < COLUMNS; column++) {
    const place = system.fixedPlaces[column] ?? NO_PLACE
    const guess = Float64Array.from({ length: rows.count }, (_, row) => values[row * COLUMNS + column]!)
    const solved = solvedOf.get(place) ?? solveColumn(rows, system.reward, place, guess)
    solvedOf.set(place, solved)
    solved.forEach((value, row) => {
      values[row * COLUMNS + column] = Math.max(0, value)
    })
  }
  const before = values.slice()
  sweep(rows, rows.onCycles, system, values, false)
  const change = values.reduce((most, value, at) => Math.max(most, Math.abs(value - before[at]!)), 0)
  if (change <= TOLERANCE * values.reduce((most, value) => Math.max(most, value), 0)) return
  throw new DataError(
    `markov_${order}: paths cycle through so many touches that the chain can't be solved ` +
      `(a sweep still changes values by ${change.toExponential(1)}): exclude users with thousands of touches, or lower ` +
      '--lookback-window-days (LOOKBACK_WINDOW) or --markov-orders (MARKOV_ORDERS)',
  )
}

function solveColumn(
  { count, newest, starts, targets, weights: all }: ChainRows,
  reward: Float64Array | undefined,
  place: number,
  guess: Float64Array,
): Float64Array {
  const weights = all.slice()
  const constants = guess.map((given, row) => {
    if (newest[row] !== place) return reward?.[row] ?? 0
    weights.fill(0, starts[row], starts[row + 1])
    return given
  })
  return solveBiCgStab({ count, starts, targets, weights, constants }, guess)
}
