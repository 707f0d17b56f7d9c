import { solvePositiveDefinite } from '../numerics/cholesky.ts'
import { type CoalitionSample, readMembers } from './coalition-sample.ts'
import type { Stratum } from './sampling-plan.ts'

/** Shapley values of one game. */
export interface ShapleyEstimate {
  /** A credit per player; they add up to v(all) - v(none). */
  readonly credits: Float64Array
  /** Standard deviation per player over other draws of coalitions; 0 where all coalitions are known. */
  readonly standardErrors: Float64Array
}

/** Pairs of a stratum, and the weight of each in the regression. */
interface WeightedStratum extends Stratum {
  /** Index of the stratum's first pair in the sample. */
  readonly first: number
  /** Shapley kernel / probability to be drawn, over the kernel's sum: 2 (1 in the middle) / (draws size (n - size)). */
  readonly weight: number
}

/**
 * Estimates Shapley values by the weighted regression that has them as its solution (Charnes et al. 1988; Lundberg and
 * Lee 2017, https://arxiv.org/abs/1705.07874), over pairs drawn without replacement within each coalition size.
 *
 * With halves paired, only half the difference y(S) = (v(S) - v(rest)) / 2 depends on the credits. Credits are
 * D / n + u with D = v(all) - v(none) and u adding up to 0, which is the projection that makes efficiency exact; u is
 * fitted to y(S) - (|S| / n - 1 / 2) D. Games without interactions of three or more players are solved exactly.
 *
 * The standard error is that of a stratified sample with the residuals in place of the values (Cochran, Sampling
 * Techniques, 5.4 and 7.7): finite-population correction 1 - draws / population, matrix of the regression at its
 * known mean (identity / n on vectors that add up to 0), residuals divided by 1 - leverage for having been fitted.
 * @param sample of {@link drawCoalitions}.
 * @param values v(none), then v(S) and v(rest) for each pair of the sample, then v(all).
 * @returns deterministic in its arguments and linear in `values`. O(pairs n^2 / 8 + n^3).
 * @throws RangeError where the number of values is not 2 * pairs + 2.
 */
export function estimateShapley(sample: CoalitionSample, values: Float64Array): ShapleyEstimate {
  const { players, pairs } = sample
  if (values.length !== 2 * pairs + 2) {
    throw new RangeError(`${pairs} pairs of coalitions have ${2 * pairs + 2} values, got ${values.length}`)
  }
  const strata = weighStrata(sample)
  const surplus = values[values.length - 1]! - values[0]!
  const targets = centredDifferences(sample, strata, values, surplus)
  const deviations = fitDeviations(sample, strata, targets)
  const standardErrors = computeStandardErrors(sample, strata, targets, deviations)
  const mean = deviations.reduce((sum, deviation) => sum + deviation, 0) / players
  return { credits: deviations.map((deviation) => deviation - mean + surplus / players), standardErrors }
}

function weighStrata({ players, strata }: CoalitionSample): WeightedStratum[] {
  let first = 0
  return strata.map((stratum) => {
    const leverage = stratum.size * 2 === players ? 1 : 2
    const weight = leverage / (stratum.draws * stratum.size * (players - stratum.size))
    const weighted = { ...stratum, first, weight }
    first += stratum.draws
    return weighted
  })
}

function centredDifferences(
  { players, pairs }: CoalitionSample,
  strata: readonly WeightedStratum[],
  values: Float64Array,
  surplus: number,
): Float64Array {
  const targets = new Float64Array(pairs)
  for (const { first, draws, size } of strata) {
    const expected = (size / players - 0.5) * surplus
    for (let pair = first; pair < first + draws; pair++) {
      targets[pair] = (values[1 + 2 * pair]! - values[2 + 2 * pair]!) / 2 - expected
    }
  }
  return targets
}

/**
 * Solves sum weight a a' u = sum weight target a, where a = (1 in S, 0 outside) - |S| / n. Sums run over the members
 * of S only; the terms of |S| / n are taken off at the end. The matrix has no inverse along (1, ..., 1), where u is 0:
 * 1 / n^2 everywhere is added.
 */
function fitDeviations(
  sample: CoalitionSample,
  strata: readonly WeightedStratum[],
  targets: Float64Array,
): Float64Array {
  const { players } = sample
  const matrix = new Float64Array(players * players)
  const right = new Float64Array(players)
  const centring = new Float64Array(players)
  const members = new Uint32Array(players)
  let everywhere = 1 / players ** 2
  let rightEverywhere = 0
  for (const { first, draws, size, weight } of strata) {
    const fraction = size / players
    everywhere += draws * weight * fraction ** 2
    for (let pair = first; pair < first + draws; pair++) {
      readMembers(sample, pair, members)
      const pull = weight * targets[pair]!
      rightEverywhere -= pull * fraction
      for (let k = 0; k < size; k++) {
        const member = members[k]!
        right[member]! += pull
        centring[member]! += weight * fraction
        for (let j = 0; j <= k; j++) matrix[member * players + members[j]!]! += weight
      }
    }
  }
  for (let row = 0; row < players; row++) {
    right[row]! += rightEverywhere
    for (let column = 0; column <= row; column++) {
      matrix[row * players + column]! += everywhere - centring[row]! - centring[column]!
    }
  }
  return solvePositiveDefinite(matrix, right)
}

function computeStandardErrors(
  sample: CoalitionSample,
  strata: readonly WeightedStratum[],
  targets: Float64Array,
  deviations: Float64Array,
): Float64Array {
  const { players } = sample
  const variances = new Float64Array(players)
  const members = new Uint32Array(players)
  const memberSums = new Float64Array(players)
  const memberSquares = new Float64Array(players)
  for (const { first, draws, population, size, weight } of strata) {
    if (draws === population) continue
    memberSums.fill(0)
    memberSquares.fill(0)
    let sum = 0
    let squares = 0
    for (let pair = first; pair < first + draws; pair++) {
      readMembers(sample, pair, members)
      let residual = targets[pair]!
      for (let k = 0; k < size; k++) residual -= deviations[members[k]!]!
      sum += residual
      squares += residual ** 2
      for (let k = 0; k < size; k++) {
        memberSums[members[k]!]! += residual
        memberSquares[members[k]!]! += residual ** 2
      }
    }
    const fraction = size / players
    const leverage = weight * size * (players - size)
    const scale =
      ((players * weight) / (1 - leverage)) ** 2 * (1 - draws / population) * (draws / (draws - 1))
    for (let player = 0; player < players; player++) {
      const total = memberSums[player]! - fraction * sum
      const inside = (1 - fraction) ** 2 * memberSquares[player]!
      const outside = fraction ** 2 * (squares - memberSquares[player]!)
      variances[player]! += scale * Math.max(0, inside + outside - total ** 2 / draws)
    }
  }
  return variances.map(Math.sqrt)
}
