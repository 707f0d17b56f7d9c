import { DataError } from '../errors.ts'
import { DistinctPatterns } from '../examples/distinct-patterns.ts'
import { type CellGrid, cellCount, type PatternRecord, type ValueFunction } from '../examples/pattern.ts'
import { readSetBits } from '../numerics/bits.ts'
import { maximizePoisson } from '../numerics/non-negative-poisson.ts'
import { buildRows } from './event-rows.ts'
import {
  addUpExposure,
  CellCounts,
  columnOf,
  decay,
  type ExposureRule,
  HALF_LIVES_DAYS,
  MOMENT_EXPOSURE,
} from './exposure.ts'

/**
 * The additive hazard model: conversions of a user are a Poisson process whose rate per user-day is
 * h(x) = baseline + sum over touched cells (d, c) of sum over b of weights[c][b] * decay(d, halfLivesDays[b]).
 * Every touch adds to it and nothing reduces it, so a conversion has one cause, known up to a probability.
 */
export interface HazardModel {
  /** Conversions per user-day without any touch; not negative. */
  readonly baseline: number
  readonly halfLivesDays: readonly number[]
  /** Channel x half-life: conversions per user-day just after a touch; not negative. */
  readonly weights: readonly (readonly number[])[]
  /** Of the Poisson process, up to a constant that depends on the examples only. */
  readonly logLikelihood: number
  /** Newton steps of the fit. */
  readonly iterations: number
}

/** A fitted model with the exposure that it was fitted to. */
export interface HazardFit extends HazardModel {
  /** Days of exposure per column: the baseline, then the half-lives of each channel. */
  readonly exposure: Float64Array
}

/** The examples: each stream is read once, in batches. */
export interface HazardExamples {
  positives(): AsyncIterable<readonly PatternRecord[]>
  negatives(): AsyncIterable<readonly PatternRecord[]>
}

/** How {@link fitHazard} reads the examples. */
export interface HazardFitOptions {
  /** Absent: examples are users at a moment. */
  readonly exposure?: ExposureRule
  /** Stops the fit between two batches. */
  readonly signal?: AbortSignal
}

/**
 * Fits the additive hazard model by maximum likelihood, weights >= 0: the sum of log h(x) over conversions minus the
 * hazard that all examples were exposed to. All touches of a conversion come before it, so they count in full in h(x);
 * in the exposure they count for the part of the day given by `options`. The baseline is exposed on all days in full.
 * @param source examples of all users, those held out for validation included, as nothing is tuned on them.
 * @throws DataError where there are no conversions or a record lies outside the grid.
 * @throws the signal's reason when it is aborted.
 *
 * One pass over each class. Memory: one number per cell for the negatives, the distinct patterns of the positives.
 */
export async function fitHazard(
  grid: CellGrid,
  source: HazardExamples,
  options: HazardFitOptions = {},
): Promise<HazardFit> {
  const { signal, exposure: rule = MOMENT_EXPOSURE } = options
  const positives = new CellCounts(grid)
  const distinct = new DistinctPatterns(grid)
  for await (const records of source.positives()) {
    signal?.throwIfAborted()
    for (const record of records) {
      if (record.count === 0) continue
      positives.add(record)
      distinct.add(record)
    }
  }
  const negatives = new CellCounts(grid)
  for await (const records of source.negatives()) {
    signal?.throwIfAborted()
    for (const record of records) negatives.add(record)
  }
  if (positives.examples === 0) {
    throw new DataError('hazard model: got 0 conversions, needs at least 1; check the time range')
  }
  const { patterns, conversions } = distinct.build()
  const exposure = addUpExposure(grid, positives, negatives, rule)
  const fit = maximizePoisson(buildRows(patterns, conversions), exposure)
  return {
    ...ofColumns(fit.weights),
    halfLivesDays: HALF_LIVES_DAYS,
    logLikelihood: fit.logLikelihood,
    iterations: fit.iterations,
    exposure,
  }
}

/** @returns baseline and weights by channel, of the weights in the order of the fit's columns. */
export function ofColumns(columns: Float64Array): Pick<HazardModel, 'baseline' | 'weights'> {
  const channelCount = (columns.length - 1) / HALF_LIVES_DAYS.length
  return {
    baseline: columns[0]!,
    weights: Array.from({ length: channelCount }, (_, channel) =>
      Array.from(columns.subarray(columnOf(channel, 0), columnOf(channel + 1, 0))),
    ),
  }
}

/** @returns the weights in the order of the fit's columns. */
export function columnsOf({ baseline, weights }: HazardModel): Float64Array {
  return Float64Array.from([baseline, ...weights.flat()])
}

/**
 * @returns what a touch in each cell adds to the hazard, conversions per user-day; cells as bits of a pattern.
 * @throws DataError where the model has other channels than the grid. O(cells).
 */
export function buildCellHazards(model: HazardModel, grid: CellGrid): Float64Array {
  if (model.weights.length !== grid.channelCount) {
    throw new DataError(
      `hazard model: has ${model.weights.length} channels, the patterns have ${grid.channelCount}; train the model again`,
    )
  }
  return Float64Array.from({ length: cellCount(grid) }, (_, cell) => {
    const daysBefore = Math.floor(cell / grid.channelCount)
    const weights = model.weights[cell % grid.channelCount] ?? []
    return weights.reduce(
      (sum, weight, b) => sum + weight * decay(daysBefore, model.halfLivesDays[b] ?? 0),
      0,
    )
  })
}

/**
 * @param dayZeroExposure part of the day that its own touches were at work for: 1 for the hazard at the day's end, less
 *   for the probability of a conversion on that day, see {@link ExposureRule}.
 * @returns p(x) = 1 - exp(-h(x)): the probability of a conversion within a day at the hazard of pattern x.
 * @throws DataError where the model has other channels than the grid. O(touched cells) per pattern.
 */
export function hazardValueFunction(model: HazardModel, grid: CellGrid, dayZeroExposure = 1): ValueFunction {
  const cellHazards = buildCellHazards(model, grid)
  for (let channel = 0; channel < grid.channelCount; channel++) cellHazards[channel]! *= dayZeroExposure
  const touched = new Uint32Array(cellHazards.length)
  return async ({ count, words, wordsPerPattern }) =>
    Float64Array.from({ length: count }, (_, at) => {
      const found = readSetBits(words, at * wordsPerPattern, (at + 1) * wordsPerPattern, touched)
      let hazard = 0
      for (let k = 0; k < found; k++) hazard += cellHazards[touched[k]!]!
      return -Math.expm1(-(model.baseline + hazard))
    })
}
