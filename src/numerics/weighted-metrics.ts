import { areaUnderCurve, binByRank, type Ranks, rankByScore } from './ranking.ts'

/** Predicted probabilities with what came, each for `weights` examples. */
export interface WeightedPredictions {
  readonly probabilities: Float64Array
  /** 0 or 1. */
  readonly labels: Float32Array
  readonly weights: Float64Array
}

/** How close probabilities come to the labels. */
export interface FitMetrics {
  /** Mean log loss, natural logarithm. */
  readonly loss: number
  /** Root of the mean squared error. */
  readonly rmse: number
}

/** How good the ranking is and how true the level. */
export interface RankMetrics {
  /** Probability that a positive example is ranked above a negative one, ties by half; 0.5 where a class is missing. */
  readonly auc: number
  /** Mean difference, by examples, between predicted and observed rate over about ten bins. */
  readonly calibrationError: number
}

/** Probabilities below count as this: a loss stays finite. */
export const LEAST_PROBABILITY = 1e-12

/** @param right the probability that was given to what came. */
function logLossOf(right: number): number {
  return -Math.log(Math.max(LEAST_PROBABILITY, right))
}

/** Adds up the losses of predictions, each for `weight` examples. */
export class FitSums {
  private weight = 0
  private loss = 0
  private squares = 0

  /** O(1). */
  add(probability: number, label: number, weight: number): void {
    const right = label === 1 ? probability : 1 - probability
    this.weight += weight
    this.loss += weight * logLossOf(right)
    this.squares += weight * (1 - right) ** 2
  }

  /** @throws {RangeError} where nothing was added. */
  totals(): FitMetrics {
    if (!(this.weight > 0)) throw new RangeError('metrics: got no examples')
    return { loss: this.loss / this.weight, rmse: Math.sqrt(this.squares / this.weight) }
  }
}

/** @returns the losses of predictions. O(n). @throws {RangeError} where there are none. */
export function computeFitMetrics({ probabilities, labels, weights }: WeightedPredictions): FitMetrics {
  const sums = new FitSums()
  probabilities.forEach((probability, at) => {
    sums.add(probability, labels[at]!, weights[at]!)
  })
  return sums.totals()
}

/** How much predictions gain over a single probability for all. */
export interface LossGain {
  /** Difference of the mean log losses. */
  readonly gain: number
  /** Its standard error: the two losses vary together. */
  readonly gainError: number
}

/** @returns the gain over the best single probability, the rate of the examples themselves. O(n). */
export function computeLossGain({ probabilities, labels, weights }: WeightedPredictions): LossGain {
  const examples = weights.reduce((sum, weight) => sum + weight, 0)
  const rate = weights.reduce((sum, weight, at) => sum + weight * labels[at]!, 0) / examples
  let [sum, squares] = [0, 0]
  probabilities.forEach((probability, at) => {
    const right = (chance: number) => (labels[at] === 1 ? chance : 1 - chance)
    const gain = logLossOf(right(rate)) - logLossOf(right(probability))
    sum += weights[at]! * gain
    squares += weights[at]! * gain ** 2
  })
  const variance = Math.max(0, squares - sum ** 2 / examples)
  return { gain: sum / examples, gainError: Math.sqrt(variance) / examples }
}

/** Examples with similar predictions. */
export interface PredictionBin {
  readonly examples: number
  /** Positive examples, as predicted and as observed. */
  readonly predicted: number
  readonly observed: number
}

/** @returns predictions added up over about ten bins, the lowest predictions first; see {@link binByRank}. O(n). */
export function binPredictions(
  { probabilities, labels, weights }: WeightedPredictions,
  ranks: Ranks,
  sizes: Float64Array,
): readonly PredictionBin[] {
  return binByRank(ranks, sizes).map((bin) => {
    let [examples, predicted, observed] = [0, 0, 0]
    for (const at of bin) {
      examples += weights[at]!
      predicted += weights[at]! * probabilities[at]!
      observed += weights[at]! * labels[at]!
    }
    return { examples, predicted, observed }
  })
}

/**
 * Area under the ROC curve, and the expected calibration error (Naeini et al. 2015) over bins of equally many examples:
 * bins of equal width would put all rare events into one. O(n log n).
 */
export function computeRankMetrics(predictions: WeightedPredictions, ranks?: Ranks): RankMetrics {
  const { probabilities, labels, weights } = predictions
  const ranked = ranks ?? rankByScore(probabilities)
  const positives = weights.map((weight, at) => (labels[at] === 1 ? weight : 0))
  const negatives = weights.map((weight, at) => (labels[at] === 1 ? 0 : weight))
  const gap = binPredictions(predictions, ranked, weights).reduce(
    (sum, { predicted, observed }) => sum + Math.abs(predicted - observed),
    0,
  )
  return {
    auc: areaUnderCurve(ranked, positives, negatives) ?? 0.5,
    calibrationError: gap / weights.reduce((sum, weight) => sum + weight, 0),
  }
}
