import { GrowingFactor } from './growing-factor.ts'

/** Added to the diagonal, relative: collinear columns leave the matrix singular, and a step must still be defined. */
const RIDGE = 1e-9
const TOLERANCE = 1e-12
const MOST_CHANGES = 10

/**
 * Maximizes gradient . (x - start) - (x - start)' hessian (x - start) / 2 over x >= 0 by an active-set method (Lawson
 * and Hanson, Solving Least Squares Problems, chapter 23, on normal equations), warm-started at the positive entries
 * of `start`. A ridge of 1e-9 of the diagonal pulls towards `start`, so it moves no fixed point.
 * @param hessian positive semidefinite, row by row; only its lower triangle is read. Entries without curvature stay as they are.
 * @param start >= 0.
 * @returns x. O(columns with curvature^2) for each one that enters or leaves, usually few.
 */
export function maximizeQuadratic(
  hessian: Float64Array,
  gradient: Float64Array,
  start: Float64Array,
): Float64Array {
  const size = start.length
  const curved = Array.from(start.keys()).filter((j) => hessian[j * size + j]! > 0)
  const only = (all: Float64Array) => Float64Array.from(curved, (j) => all[j]!)
  const found = maximizeCurved(completeMatrix(hessian, size, curved), only(gradient), only(start))
  const x = start.slice()
  curved.forEach((j, at) => {
    x[j] = found[at]!
  })
  return x
}

/** @param matrix positive definite, whole. */
function maximizeCurved(matrix: Float64Array, gradient: Float64Array, start: Float64Array): Float64Array {
  const positive = positiveEntries(start)
  const slope = gradient.map((own, j) => own + rowTimes(matrix, j, start, positive))
  const free = new GrowingFactor(matrix, start.length, RIDGE)
  for (const j of positive) free.add(j)
  const x = start.slice()
  let entering: number | undefined
  // Lawson and Hanson prove that this ends; the bound guards against cycling by rounding.
  for (let change = 0; change < MOST_CHANGES * start.length; change++) {
    const ideal = free.solve(slope)
    if (entering !== undefined && ideal[entering]! <= 0) break
    const blocking = moveTowards(x, ideal, free.columns)
    if (blocking !== undefined) {
      free.remove(blocking)
      x[blocking] = 0
      continue
    }
    entering = mostGaining(matrix, slope, x, free.columns)
    if (entering === undefined) break
    free.add(entering)
  }
  return x
}

/** @returns the whole symmetric matrix of some columns, its diagonal raised by the ridge. */
function completeMatrix(lower: Float64Array, size: number, columns: readonly number[]): Float64Array {
  const matrix = new Float64Array(columns.length ** 2)
  columns.forEach((from, row) => {
    for (let column = 0; column < row; column++) {
      const entry = lower[from * size + columns[column]!]!
      matrix[row * columns.length + column] = entry
      matrix[column * columns.length + row] = entry
    }
    matrix[row * columns.length + row] = lower[from * size + from]! * (1 + RIDGE) + RIDGE
  })
  return matrix
}

/** @returns the places of the entries above 0, ascending. */
function positiveEntries(x: Float64Array): readonly number[] {
  const places: number[] = []
  for (let j = 0; j < x.length; j++) if (x[j]! > 0) places.push(j)
  return places
}

/** @param positive see {@link positiveEntries}: of hundreds of columns a few are above 0. */
function rowTimes(matrix: Float64Array, row: number, x: Float64Array, positive: readonly number[]): number {
  const start = row * x.length
  let sum = 0
  for (const j of positive) sum += matrix[start + j]! * x[j]!
  return sum
}

/** Moves x towards `ideal` as far as it stays >= 0. @returns the entry that stopped it, undefined if none did. */
function moveTowards(x: Float64Array, ideal: Float64Array, free: readonly number[]): number | undefined {
  let length = 1
  let blocking: number | undefined
  for (const j of free) {
    if (ideal[j]! > 0) continue
    const reach = x[j]! / (x[j]! - ideal[j]!)
    // 0 / 0 where both are 0 already.
    if (blocking !== undefined && !(reach < length)) continue
    length = Number.isNaN(reach) ? 0 : reach
    blocking = j
  }
  for (const j of free) x[j] = Math.max(0, x[j]! + length * (ideal[j]! - x[j]!))
  return blocking
}

/** @returns the entry held at 0 whose release gains most; undefined if none gains. */
function mostGaining(
  matrix: Float64Array,
  slope: Float64Array,
  x: Float64Array,
  free: readonly number[],
): number | undefined {
  const positive = positiveEntries(x)
  const isFree = new Set(free)
  let best: number | undefined
  let most = TOLERANCE
  for (let j = 0; j < x.length; j++) {
    const gain = isFree.has(j) ? 0 : slope[j]! - rowTimes(matrix, j, x, positive)
    if (gain <= most) continue
    most = gain
    best = j
  }
  return best
}
