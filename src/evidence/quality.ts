import { computeRankMetrics, FitSums } from '../numerics/weighted-metrics.ts'

/** Predictions for held-out examples, each for `weights` of them. */
export interface HeldOutPredictions {
  readonly probabilities: Float64Array
  /** 0 or 1. */
  readonly labels: Float32Array
  readonly weights: Float64Array
}

/** Held-out examples of similar predictions: what was predicted and what came. */
export interface CalibrationBar {
  readonly examples: number
  readonly predicted: number
  readonly observed: number
  /** 95 % interval of the rate that `observed` is a sample of. */
  readonly lower: number
  readonly upper: number
}

export interface Quality {
  /** Mean log loss, natural logarithm, of the predictions and of the one probability for all. */
  readonly logLoss: number
  readonly constantLogLoss: number
  readonly auc: number
  readonly calibrationError: number
  readonly bins: readonly CalibrationBar[]
}

const BINS = 10
const REACH = 1.96

/**
 * @param constant the probability that a prediction has to beat: the rate of the users that the model was fitted to.
 * @returns how good predictions are. O(n log n).
 * @throws {RangeError} where there are none.
 */
export function measureQuality(predictions: HeldOutPredictions, constant: number): Quality {
  const { probabilities, labels, weights } = predictions
  const [model, same] = [new FitSums(), new FitSums()]
  probabilities.forEach((probability, at) => {
    model.add(probability, labels[at]!, weights[at]!)
    same.add(constant, labels[at]!, weights[at]!)
  })
  return {
    logLoss: model.totals().loss,
    constantLogLoss: same.totals().loss,
    ...computeRankMetrics(probabilities, labels, weights),
    bins: buildCalibration(predictions),
  }
}

/**
 * Examples by prediction in some ten bins of equally many *predicted conversions*: by equally many examples, rare events
 * would all stand in the last one. Equal predictions share a bin. O(n log n).
 */
export function buildCalibration({
  probabilities,
  labels,
  weights,
}: HeldOutPredictions): readonly CalibrationBar[] {
  const order = Uint32Array.from(probabilities.keys()).sort(
    (left, right) => probabilities[left]! - probabilities[right]!,
  )
  const all = probabilities.reduce((sum, probability, at) => sum + probability * weights[at]!, 0)
  const bins: CalibrationBar[] = []
  let bin = { examples: 0, predicted: 0, observed: 0 }
  let passed = 0
  order.forEach((at, place) => {
    bin.examples += weights[at]!
    bin.predicted += weights[at]! * probabilities[at]!
    bin.observed += weights[at]! * labels[at]!
    const next = order[place + 1]
    if (next !== undefined && probabilities[next] === probabilities[at]) return
    const isFull = Math.floor(((passed + bin.predicted) / all) * BINS) > Math.floor((passed / all) * BINS)
    if (!isFull && next !== undefined) return
    passed += bin.predicted
    bins.push(endBar(bin))
    bin = { examples: 0, predicted: 0, observed: 0 }
  })
  return bins
}

function endBar({
  examples,
  predicted,
  observed,
}: {
  examples: number
  predicted: number
  observed: number
}) {
  return {
    examples,
    predicted: predicted / examples,
    observed: observed / examples,
    ...wilsonInterval(observed, examples),
  }
}

/**
 * @returns the 95 % interval of a probability after so many events (Wilson 1927,
 *   https://doi.org/10.1080/01621459.1927.10502953): `wilsonInterval(0, 100)` is { lower: 0, upper: 0.037 }.
 */
export function wilsonInterval(events: number, trials: number): { lower: number; upper: number } {
  const rate = events / trials
  const square = REACH ** 2
  const centre = (rate + square / (2 * trials)) / (1 + square / trials)
  const half =
    (REACH * Math.sqrt((rate * (1 - rate)) / trials + square / (4 * trials ** 2))) / (1 + square / trials)
  return { lower: Math.max(0, centre - half), upper: Math.min(1, centre + half) }
}
