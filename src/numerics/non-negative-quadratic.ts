import { solvePositiveDefinite } from './cholesky.ts'

/** Added to the diagonal, relative: collinear columns leave the matrix singular, and a step must still be defined. */
const RIDGE = 1e-9
const TOLERANCE = 1e-12
const MOST_CHANGES = 10

/**
 * Maximizes gradient . (x - start) - (x - start)' hessian (x - start) / 2 over x >= 0 by an active-set method (Lawson
 * and Hanson, Solving Least Squares Problems, chapter 23, on normal equations), warm-started at the positive entries
 * of `start`. A ridge of 1e-9 of the diagonal pulls towards `start`, so it moves no fixed point.
 * @param hessian positive semidefinite, row by row; only its lower triangle is read.
 * @param start >= 0.
 * @returns x. O(size^3) for each column that enters or leaves, usually few.
 */
export function maximizeQuadratic(
  hessian: Float64Array,
  gradient: Float64Array,
  start: Float64Array,
): Float64Array {
  const matrix = completeMatrix(hessian, start.length)
  const positive = positiveEntries(start)
  const slope = gradient.map((own, j) => own + rowTimes(matrix, j, start, positive))
  const free = new Set(positive)
  const x = start.slice()
  let entering: number | undefined
  // Lawson and Hanson prove that this ends; the bound guards against cycling by rounding.
  for (let change = 0; change < MOST_CHANGES * start.length; change++) {
    const ideal = solveFree(matrix, slope, free)
    if (entering !== undefined && ideal[entering]! <= 0) break
    const blocking = moveTowards(x, ideal, free)
    if (blocking !== undefined) {
      free.delete(blocking)
      x[blocking] = 0
      continue
    }
    entering = mostGaining(matrix, slope, x, free)
    if (entering === undefined) break
    free.add(entering)
  }
  return x
}

/** @returns the whole symmetric matrix, its diagonal raised by the ridge. */
function completeMatrix(lower: Float64Array, size: number): Float64Array {
  const matrix = new Float64Array(size * size)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < row; column++) {
      matrix[row * size + column] = lower[row * size + column]!
      matrix[column * size + row] = lower[row * size + column]!
    }
    // A column that occurs in no row has a diagonal of 0.
    matrix[row * size + row] = lower[row * size + row]! * (1 + RIDGE) + RIDGE
  }
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

/** @returns the maximum over the free entries with the others at 0, whatever the signs. */
function solveFree(matrix: Float64Array, slope: Float64Array, free: ReadonlySet<number>): Float64Array {
  const columns = Array.from(free)
  const part = new Float64Array(columns.length ** 2)
  columns.forEach((row, k) => {
    columns.forEach((column, l) => {
      part[k * columns.length + l] = matrix[row * slope.length + column]!
    })
  })
  const solved = solvePositiveDefinite(
    part,
    Float64Array.from(columns, (j) => slope[j]!),
  )
  const ideal = new Float64Array(slope.length)
  columns.forEach((j, k) => {
    ideal[j] = solved[k]!
  })
  return ideal
}

/** Moves x towards `ideal` as far as it stays >= 0. @returns the entry that stopped it, undefined if none did. */
function moveTowards(x: Float64Array, ideal: Float64Array, free: ReadonlySet<number>): number | undefined {
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
  free: ReadonlySet<number>,
): number | undefined {
  const positive = positiveEntries(x)
  let best: number | undefined
  let most = TOLERANCE
  for (let j = 0; j < x.length; j++) {
    const gain = free.has(j) ? 0 : slope[j]! - rowTimes(matrix, j, x, positive)
    if (gain <= most) continue
    most = gain
    best = j
  }
  return best
}
