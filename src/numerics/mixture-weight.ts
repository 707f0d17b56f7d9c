import { LEAST_PROBABILITY, type WeightedPredictions } from './weighted-metrics.ts'

/** The best mixture of two predictions, and how much better it is than the first one alone. */
export interface MixtureWeight {
  /** Of the second one, 0 to 1. */
  readonly weight: number
  /** By how much the mean log loss falls; not negative. */
  readonly gain: number
  /** Its standard error. */
  readonly gainError: number
}

/** Halvings of [0, 1]: the weight is known to 1e-12. */
const HALVINGS = 40

/**
 * Finds the weight w at which (1 - w) first + w second has the least log loss. The loss of a mixture is convex in w, so its
 * slope is 0 at one place, which halving finds.
 * @param first predictions with what came. @param second probabilities of the same examples.
 * @throws {RangeError} where they are not equally many. O(n).
 */
export function findMixtureWeight(first: WeightedPredictions, second: Float64Array): MixtureWeight {
  const { labels, weights } = first
  if (second.length !== labels.length) {
    throw new RangeError(
      `mixture: got ${labels.length} and ${second.length} predictions, must be equally many`,
    )
  }
  const right = (probabilities: Float64Array) =>
    probabilities.map((probability, at) =>
      Math.max(LEAST_PROBABILITY, labels[at] === 1 ? probability : 1 - probability),
    )
  const [ones, others] = [right(first.probabilities), right(second)]
  const weight = leastLossAt((mixed) =>
    sumOver(weights, (at) => (others[at]! - ones[at]!) / (ones[at]! + mixed * (others[at]! - ones[at]!))),
  )
  const gainOf = (at: number) => Math.log1p((weight * (others[at]! - ones[at]!)) / ones[at]!)
  const examples = sumOver(weights, () => 1)
  const gain = sumOver(weights, gainOf) / examples
  const variance = sumOver(weights, (at) => (gainOf(at) - gain) ** 2)
  return { weight, gain: Math.max(0, gain), gainError: Math.sqrt(variance) / examples }
}

/** @param slope of the log likelihood at a weight: falling. */
function leastLossAt(slope: (weight: number) => number): number {
  if (slope(0) <= 0) return 0
  if (slope(1) >= 0) return 1
  let [low, high] = [0, 1]
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (low + high) / 2
    if (slope(middle) > 0) low = middle
    else high = middle
  }
  return (low + high) / 2
}

function sumOver(weights: Float64Array, of: (at: number) => number): number {
  let sum = 0
  for (let at = 0; at < weights.length; at++) sum += weights[at]! * of(at)
  return sum
}
