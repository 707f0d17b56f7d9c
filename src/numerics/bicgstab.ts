/** x(row) = sum of weight * x(target) + constant, row by row. */
export interface FixedPointRows {
  readonly count: number
  readonly starts: Uint32Array
  readonly targets: Uint32Array
  readonly weights: Float64Array
  readonly constants: Float64Array
}

const MOST_ITERATIONS = 1000
/** Largest residual that counts as 0, relative to the largest constant or value. */
const RESIDUAL = 2 ** -53

/**
 * Solves the rows by the stabilised biconjugate gradient method (van der Vorst 1992,
 * https://doi.org/10.1137/0913035), preconditioned by one Gauss-Seidel sweep.
 * @returns the best values found; the caller checks them. O(weights x iterations).
 */
export function solveBiCgStab(rows: FixedPointRows, start: Float64Array): Float64Array {
  const values = start.slice()
  const residual = residualOf(rows, values)
  const shadow = residual.slice()
  let direction = residual.slice()
  let rho = dot(shadow, residual)
  const small = RESIDUAL * Math.max(largest(rows.constants), largest(values))
  for (let iteration = 0; iteration < MOST_ITERATIONS && largest(residual) > small; iteration++) {
    const swept = sweepFromZero(rows, direction)
    const image = imageOf(rows, swept)
    const alpha = rho / dot(shadow, image)
    addTo(residual, image, -alpha)
    const sweptResidual = sweepFromZero(rows, residual)
    const residualImage = imageOf(rows, sweptResidual)
    const omega = dot(residualImage, residual) / dot(residualImage, residualImage)
    if (!Number.isFinite(alpha)) break
    addTo(values, swept, alpha)
    if (!Number.isFinite(omega)) break
    addTo(values, sweptResidual, omega)
    addTo(residual, residualImage, -omega)
    const nextRho = dot(shadow, residual)
    const beta = (nextRho / rho) * (alpha / omega)
    rho = nextRho
    direction = residual.map((one, at) => one + beta * (direction[at]! - omega * image[at]!))
    if (!Number.isFinite(beta)) break
  }
  return values
}

/** @returns constants + weights x values - values. */
function residualOf(rows: FixedPointRows, values: Float64Array): Float64Array {
  const image = imageOf(rows, values)
  return rows.constants.map((constant, row) => constant - image[row]!)
}

/** @returns values - weights x values. */
function imageOf({ count, starts, targets, weights }: FixedPointRows, values: Float64Array): Float64Array {
  const image = new Float64Array(count)
  for (let row = 0; row < count; row++) {
    let sum = 0
    for (let at = starts[row]!; at < starts[row + 1]!; at++) sum += weights[at]! * values[targets[at]!]!
    image[row] = values[row]! - sum
  }
  return image
}

/** One Gauss-Seidel sweep from 0: only weights to rows that were swept before have an effect. */
function sweepFromZero(rows: FixedPointRows, constants: Float64Array): Float64Array {
  const { count, starts, targets, weights } = rows
  const values = new Float64Array(count)
  for (let row = 0; row < count; row++) {
    let sum = constants[row]!
    for (let at = starts[row]!; at < starts[row + 1]!; at++) sum += weights[at]! * values[targets[at]!]!
    values[row] = sum
  }
  return values
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0
  for (let at = 0; at < left.length; at++) sum += left[at]! * right[at]!
  return sum
}

function addTo(values: Float64Array, step: Float64Array, factor: number): void {
  for (let at = 0; at < values.length; at++) values[at]! += factor * step[at]!
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
}
