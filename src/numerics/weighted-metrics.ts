/** How good probabilities are over weighted examples; see {@link WeightedMetrics}. */
export interface FitMetrics {
  /** Mean log loss, natural logarithm. */
  readonly loss: number
  /** Root of the mean squared error. */
  readonly rmse: number
}

/** How good the ranking is and how true the level. */
export interface RankMetrics {
  /** Probability that a conversion is ranked above another example, ties by half; 0.5 where a class is missing. */
  readonly auc: number
  /** Mean difference, by examples, between predicted and observed rate over some ten bins. */
  readonly calibrationError: number
}

const LEAST_PROBABILITY = 1e-12
const BINS = 10

/** Adds up the losses of predictions, each for `weight` examples. */
export class FitSums {
  private weight = 0
  private loss = 0
  private squares = 0

  /** O(1). */
  add(probability: number, label: number, weight: number): void {
    const right = label === 1 ? probability : 1 - probability
    this.weight += weight
    this.loss -= weight * Math.log(Math.max(LEAST_PROBABILITY, right))
    this.squares += weight * (1 - right) ** 2
  }

  /** @throws {RangeError} where nothing was added. */
  totals(): FitMetrics {
    if (!(this.weight > 0)) throw new RangeError('metrics: got no examples')
    return { loss: this.loss / this.weight, rmse: Math.sqrt(this.squares / this.weight) }
  }
}

/**
 * Area under the ROC curve, exact by sorting (Mann and Whitney 1947), and the expected calibration error (Naeini et al.
 * 2015) over bins of equally many examples: a bin ends at the first change of the prediction after each tenth of all
 * examples, so that equal predictions share a bin (equal widths would put all rare events in one).
 * @param probabilities, labels 0 or 1, and the examples each stands for. O(n log n).
 */
export function computeRankMetrics(
  probabilities: Float64Array,
  labels: Float32Array,
  weights: Float64Array,
): RankMetrics {
  const order = Uint32Array.from(probabilities.keys()).sort(
    (left, right) => probabilities[left]! - probabilities[right]!,
  )
  const tally = new RankTally(weights.reduce((sum, weight) => sum + weight, 0))
  for (const at of order) tally.add(probabilities[at]!, labels[at]!, weights[at]!)
  return tally.totals()
}

/** Takes predictions in ascending order. */
class RankTally {
  private readonly all: number
  private former = Number.NaN
  /** Of the current run of equal predictions. */
  private tiedPositive = 0
  private tiedNegative = 0
  private positive = 0
  private negative = 0
  private pairs = 0
  private bin = { weight: 0, predicted: 0, positive: 0 }
  private gap = 0

  constructor(all: number) {
    this.all = all
  }

  add(probability: number, label: number, weight: number): void {
    if (probability !== this.former) this.endTies()
    this.former = probability
    if (label === 1) this.tiedPositive += weight
    else this.tiedNegative += weight
    this.bin.weight += weight
    this.bin.predicted += weight * probability
    this.bin.positive += label * weight
  }

  totals(): RankMetrics {
    this.endTies()
    this.endBin()
    const total = this.positive * this.negative
    return { auc: total > 0 ? this.pairs / total : 0.5, calibrationError: this.gap / this.all }
  }

  private endTies(): void {
    const before = this.positive + this.negative
    this.pairs += this.tiedPositive * (this.negative + this.tiedNegative / 2)
    this.positive += this.tiedPositive
    this.negative += this.tiedNegative
    this.tiedPositive = 0
    this.tiedNegative = 0
    const tenth = (examples: number) => Math.floor((examples / this.all) * BINS)
    if (tenth(this.positive + this.negative) > tenth(before)) this.endBin()
  }

  private endBin(): void {
    this.gap += Math.abs(this.bin.predicted - this.bin.positive)
    this.bin = { weight: 0, predicted: 0, positive: 0 }
  }
}
