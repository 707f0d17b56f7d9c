import { type Ranks, rankByScore } from '../numerics/ranking.ts'
import {
  binPredictions,
  computeFitMetrics,
  computeLossGain,
  computeRankMetrics,
  type WeightedPredictions,
} from '../numerics/weighted-metrics.ts'

/** Held-out examples of similar predictions: the predicted and the observed rate. */
export interface CalibrationBar {
  readonly examples: number
  readonly predicted: number
  readonly observed: number
  /** 95 % interval of the rate that `observed` is a sample from. */
  readonly lower: number
  readonly upper: number
}

export interface Quality {
  /** Mean log loss, natural logarithm, of the predictions and of a single probability for all. */
  readonly logLoss: number
  readonly constantLogLoss: number
  /** Log loss of the best single probability for these examples, less that of the predictions; its standard error. */
  readonly gain: number
  readonly gainError: number
  readonly auc: number
  readonly calibrationError: number
  readonly bins: readonly CalibrationBar[]
}

/** Half width of a 95 % interval, in standard deviations. */
export const INTERVAL_REACH = 1.96

/**
 * @param constant the probability that a prediction has to beat: the rate of the users that the model was fitted to.
 * @returns how good predictions are. O(n log n).
 * @throws {RangeError} where there are none.
 */
export function measureQuality(predictions: WeightedPredictions, constant: number): Quality {
  const { probabilities } = predictions
  const ranks = rankByScore(probabilities)
  const { loss: logLoss } = computeFitMetrics(predictions)
  const same = { ...predictions, probabilities: new Float64Array(probabilities.length).fill(constant) }
  return {
    logLoss,
    constantLogLoss: computeFitMetrics(same).loss,
    ...computeLossGain(predictions),
    ...computeRankMetrics(predictions, ranks),
    bins: buildCalibration(predictions, ranks),
  }
}

/**
 * Examples by prediction in about ten bins of equally many *predicted conversions*: with equally many examples, rare
 * events would all fall into the last one. O(n log n).
 */
export function buildCalibration(
  predictions: WeightedPredictions,
  ranks: Ranks = rankByScore(predictions.probabilities),
): readonly CalibrationBar[] {
  const { probabilities, weights } = predictions
  const expected = probabilities.map((probability, at) => probability * weights[at]!)
  return binPredictions(predictions, ranks, expected).map(({ examples, predicted, observed }) => ({
    examples,
    predicted: predicted / examples,
    observed: observed / examples,
    ...wilsonInterval(observed, examples),
  }))
}

/**
 * @returns the 95 % interval of a probability after that many events (Wilson 1927,
 *   https://doi.org/10.1080/01621459.1927.10502953): `wilsonInterval(0, 100)` is { lower: 0, upper: 0.037 }.
 */
export function wilsonInterval(events: number, trials: number): { lower: number; upper: number } {
  const rate = events / trials
  const square = INTERVAL_REACH ** 2
  const centre = (rate + square / (2 * trials)) / (1 + square / trials)
  const half =
    (INTERVAL_REACH * Math.sqrt((rate * (1 - rate)) / trials + square / (4 * trials ** 2))) /
    (1 + square / trials)
  return { lower: Math.max(0, centre - half), upper: Math.min(1, centre + half) }
}

/** So many standard errors are no chance: one in 40. */
const CLEAR_GAIN = 2

/** @returns whether the predictions are better than any single probability for all, by more than chance. */
export function isBetterThanConstant({ gain, gainError }: Pick<Quality, 'gain' | 'gainError'>): boolean {
  return gain > CLEAR_GAIN * gainError
}

/** @returns the log loss against a constant, in one sentence. */
export function lossVerdict(quality: Quality): string {
  const { logLoss, constantLogLoss } = quality
  const gain = ((constantLogLoss - logLoss) / constantLogLoss) * 100
  if (logLoss >= constantLogLoss) {
    return `worse than a constant by ${(-gain).toPrecision(2)}%: a single probability for everybody predicts better`
  }
  const isClear = isBetterThanConstant(quality)
  return `better than a constant by ${gain.toPrecision(2)}%${isClear ? '' : ', which may be chance'}`
}

/** @returns the area under the curve, in one sentence. */
export function rankVerdict({ auc }: Quality): string {
  if (auc <= 0.5) return 'ranks converters no better than chance'
  return `ranks a conversion above another example in ${(100 * auc).toFixed(0)} of 100 cases`
}
