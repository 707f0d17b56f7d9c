import { maximizeQuadratic } from './non-negative-quadratic.ts'

/** Events as sparse rows: row i has entries `entry[k]` in columns `column[k]`, k from rowStart[i] to rowStart[i + 1]. */
export interface EventRows {
  readonly rowStart: Uint32Array
  /** Ascending within a row. */
  readonly column: Uint16Array
  /** Not negative. */
  readonly entry: Float64Array
  /** Events that each row represents, > 0. */
  readonly count: Float64Array
}

/** What is known of a sum of weights from elsewhere: a normal with this mean and standard deviation. */
export interface GaussianTerm {
  /** One per column. */
  readonly coefficients: Float64Array
  readonly target: number
  /** > 0. */
  readonly deviation: number
}

/** The maximum of a Poisson log likelihood over weights >= 0. */
export interface PoissonFit {
  /** One per column, >= 0; 0 where a column occurs in no row. */
  readonly weights: Float64Array
  readonly logLikelihood: number
  /** Newton steps. */
  readonly iterations: number
}

/** @returns row . weights of each row. O(entries). */
export function ratesOf({ rowStart, column, entry, count }: EventRows, weights: Float64Array): Float64Array {
  return count.map((_, row) => {
    let rate = 0
    for (let k = rowStart[row]!; k < rowStart[row + 1]!; k++) rate += entry[k]! * weights[column[k]!]!
    return rate
  })
}

const TOLERANCE = 1e-10
const WARM_UP_STEPS = 15
const MOST_ITERATIONS = 200
const MOST_HALVINGS = 20
/** Part of the gain predicted by the gradient that a step must reach (Armijo 1966). */
const SUFFICIENT = 1e-4
/** Gains below this are lost in the rounding of the objective. */
const FLAT = 1e-12

/**
 * Maximizes sum over rows of count * log(row . weights) - exposure . weights over weights >= 0: Poisson events whose
 * rate is a sum of non-negative effects. Concave, so the maximum is found from any start.
 *
 * Solved in the columns' shares of all events, u = weight * exposure / events, which add up to 1 at the maximum: a few
 * EM steps (Richardson 1972, Lucy 1974), then Newton steps, each the maximum of the quadratic model over shares >= 0
 * (as in Kim, Carbonetto, Stephens and Anitescu 2020, https://doi.org/10.1080/10618600.2019.1689985), with an EM step
 * wherever Newton does not ascend. Ends when the Karush-Kuhn-Tucker conditions hold to 1e-10: no share's gradient is
 * above that, nor is the absolute value of any share times its gradient; then the log likelihood is within events * 1e-10
 * of its maximum.
 * @param exposure one per column; > 0 for each column that occurs in a row. An infinite one leaves the column out.
 * @param near weights to start from, which saves most of the steps if they are near the maximum.
 * @param terms each takes (coefficients . weights - target)^2 / (2 deviation^2) off the log likelihood.
 * @returns deterministic; the log likelihood is without the terms. About 25 steps of O(rows * entries^2 + used columns^3) each.
 */
export function maximizePoisson(
  rows: EventRows,
  exposure: Float64Array,
  near?: Float64Array,
  terms: readonly GaussianTerm[] = [],
): PoissonFit {
  const columns = usedColumns(rows, exposure)
  const place = new Int32Array(exposure.length).fill(-1)
  columns.forEach((column, at) => {
    place[column] = at
  })
  const only = (all: Float64Array) => Float64Array.from(columns, (column) => all[column]!)
  const ofUsed = terms.map((term) => ({ ...term, coefficients: only(term.coefficients) }))
  const fit = maximizeUsed(rowsAt(rows, place), only(exposure), near && only(near), ofUsed)
  return { ...fit, weights: exposure.map((_, column) => fit.weights[place[column]!] ?? 0) }
}

/** @returns the columns that occur in a row, ascending: of thousands often a few, and time grows with their third power. */
function usedColumns({ column, entry }: EventRows, exposure: Float64Array): readonly number[] {
  const isUsed = new Uint8Array(exposure.length)
  column.forEach((j, k) => {
    if (entry[k]! > 0 && exposure[j]! < Infinity) isUsed[j] = 1
  })
  return Array.from(isUsed.keys()).filter((j) => isUsed[j] === 1)
}

/** @returns the rows without the columns that have no place, the others in their places. */
function rowsAt({ rowStart, column, entry, count }: EventRows, place: Int32Array): EventRows {
  const kept = { column: new Uint16Array(column.length), entry: new Float64Array(column.length) }
  const starts = new Uint32Array(rowStart.length)
  let end = 0
  for (let row = 0; row < count.length; row++) {
    for (let k = rowStart[row]!; k < rowStart[row + 1]!; k++) {
      if (place[column[k]!]! < 0) continue
      kept.column[end] = place[column[k]!]!
      kept.entry[end++] = entry[k]!
    }
    starts[row + 1] = end
  }
  return { rowStart: starts, column: kept.column.subarray(0, end), entry: kept.entry.subarray(0, end), count }
}

function maximizeUsed(
  rows: EventRows,
  exposure: Float64Array,
  near: Float64Array | undefined,
  terms: readonly GaussianTerm[],
): PoissonFit {
  const problem = new ScaledProblem(rows, exposure, terms)
  const start = near && problem.sharesOf(near)
  let point = problem.evaluate(start ?? problem.start())
  if (start === undefined) {
    for (let step = 0; step < WARM_UP_STEPS; step++) point = problem.maybeExpectationStep(point) ?? point
  }
  let iterations = 0
  while (violation(point) > TOLERANCE && iterations < MOST_ITERATIONS) {
    const next = newtonStep(problem, point) ?? problem.maybeExpectationStep(point) ?? point
    iterations++
    // Rounding: neither step ascends any further.
    if (next.objective <= point.objective && violation(next) >= violation(point)) break
    point = next
  }
  return problem.result(point, iterations)
}

interface Point {
  readonly shares: Float64Array
  /** Log likelihood per event. */
  readonly objective: number
  /** Of the objective, by share. */
  readonly gradient: Float64Array
  /** Rate of each row. */
  readonly rates: Float64Array
}

/** @returns by how much a point violates the Karush-Kuhn-Tucker conditions. */
function violation({ shares, gradient }: Point): number {
  return gradient.reduce((worst, slope, j) => Math.max(worst, slope, Math.abs(slope * shares[j]!)), 0)
}

/** @returns the first point on the way to the end of the Newton step that gains enough; undefined if none does. */
function newtonStep(problem: ScaledProblem, point: Point): Point | undefined {
  const { shares, gradient } = point
  const end = maximizeQuadratic(problem.hessian(point), gradient, shares)
  const promised = gradient.reduce((sum, slope, j) => sum + slope * (end[j]! - shares[j]!), 0)
  for (let halving = 0, length = 1; halving < MOST_HALVINGS; halving++, length /= 2) {
    const next = problem.evaluate(shares.map((share, j) => share + length * (end[j]! - share)))
    // Near the maximum the objective is flat to rounding while the gradient is not.
    const flat = promised < FLAT && violation(next) < violation(point)
    if (next.objective > point.objective + SUFFICIENT * length * promised || flat) return next
  }
  return undefined
}

class ScaledProblem {
  private readonly rows: EventRows
  /** Factor from share to weight per column. */
  private readonly scale: Float64Array
  private readonly events: number
  /** Entries times their column's scale. */
  private readonly entry: Float64Array
  /** In units of their deviation, per share. */
  private readonly terms: readonly { readonly coefficients: Float64Array; readonly target: number }[]

  constructor(rows: EventRows, exposure: Float64Array, terms: readonly GaussianTerm[]) {
    this.rows = rows
    this.events = rows.count.reduce((sum, count) => sum + count, 0)
    this.scale = exposure.map((days) => this.events / days)
    this.entry = rows.entry.map((entry, k) => entry * this.scale[rows.column[k]!]!)
    this.terms = terms.map(({ coefficients, target, deviation }) => ({
      coefficients: coefficients.map((one, j) => (one * this.scale[j]!) / deviation),
      target: target / deviation,
    }))
  }

  /** EM: each share becomes what the rows assign to it. Ascends always, keeps zeros. Undefined where there are terms. */
  maybeExpectationStep({ shares, gradient }: Point): Point | undefined {
    if (this.terms.length > 0) return undefined
    return this.evaluate(shares.map((share, j) => share * (gradient[j]! + 1)))
  }

  /** Equal shares of all columns. */
  start(): Float64Array {
    return this.scale.map(() => 1 / this.scale.length)
  }

  /** @returns shares of these weights; undefined where a row would have no rate. O(entries). */
  sharesOf(weights: Float64Array): Float64Array | undefined {
    const shares = weights.map((weight, j) => weight / this.scale[j]!)
    const { rates } = this.evaluate(shares)
    return rates.every((rate) => rate > 0) ? shares : undefined
  }

  /** O(entries). */
  evaluate(shares: Float64Array): Point {
    const { rowStart, column, count } = this.rows
    const { entry, events } = this
    const gradient = new Float64Array(shares.length)
    const rates = new Float64Array(count.length)
    let objective = 0
    for (let row = 0; row < count.length; row++) {
      let rate = 0
      for (let k = rowStart[row]!; k < rowStart[row + 1]!; k++) rate += entry[k]! * shares[column[k]!]!
      rates[row] = rate
      objective += count[row]! * Math.log(rate)
      const pull = count[row]! / rate / events
      for (let k = rowStart[row]!; k < rowStart[row + 1]!; k++) gradient[column[k]!]! += entry[k]! * pull
    }
    objective = objective / events - shares.reduce((sum, share) => sum + share, 0)
    for (let j = 0; j < gradient.length; j++) gradient[j]! -= 1
    for (const { coefficients, target } of this.terms) {
      const off = coefficients.reduce((sum, one, j) => sum + one * shares[j]!, -target)
      objective -= off ** 2 / 2 / events
      for (let j = 0; j < gradient.length; j++) gradient[j]! -= (coefficients[j]! * off) / events
    }
    return { shares, objective, gradient, rates }
  }

  /** @returns minus the second derivative by share, row by row, its lower triangle. O(rows * entries^2). */
  hessian({ rates }: Point): Float64Array {
    const { rowStart, column, count } = this.rows
    const { entry, events } = this
    const size = this.scale.length
    const hessian = new Float64Array(size * size)
    for (let row = 0; row < count.length; row++) {
      const curvature = count[row]! / events / rates[row]! ** 2
      for (let k = rowStart[row]!; k < rowStart[row + 1]!; k++) {
        const start = column[k]! * size
        const pull = curvature * entry[k]!
        for (let l = rowStart[row]!; l <= k; l++) hessian[start + column[l]!]! += pull * entry[l]!
      }
    }
    for (const { coefficients } of this.terms) {
      for (let j = 0; j < size; j++) {
        for (let l = 0; l <= j; l++) hessian[j * size + l]! += (coefficients[j]! * coefficients[l]!) / events
      }
    }
    return hessian
  }

  result({ shares, objective }: Point, iterations: number): PoissonFit {
    const offs = this.terms.map(({ coefficients, target }) =>
      coefficients.reduce((sum, one, j) => sum + one * shares[j]!, -target),
    )
    return {
      weights: shares.map((share, j) => share * this.scale[j]!),
      logLikelihood: objective * this.events + offs.reduce((sum, off) => sum + off ** 2 / 2, 0),
      iterations,
    }
  }
}
