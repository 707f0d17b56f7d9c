import { DataError } from '../errors.ts'
import {
  type CellGrid,
  cellCount,
  cellsOf,
  type PatternRecord,
  type ValueFunction,
} from '../examples/pattern.ts'
import { readSetBits } from '../numerics/bits.ts'
import { CompensatedSums } from '../numerics/compensated-sum.ts'
import { maximizePoisson } from '../numerics/non-negative-poisson.ts'
import type { ConvertingPatterns } from '../shapley/attribution.ts'
import { type CellCredits, checkIdentity, type PatternCredit } from '../shapley/credit.ts'
import {
  addUpExposure,
  buildRows,
  CellCounts,
  collectPositives,
  columnOf,
  decay,
  type ExposureRule,
  exposureRuleOf,
  HALF_LIVES_DAYS,
} from './hazard-rows.ts'

/**
 * The additive hazard model: conversions of a user come as a Poisson process whose rate, a user-day, is
 * h(x) = baseline + sum over touched cells (d, c) of sum over b of weights[c][b] * decay(d, halfLivesDays[b]).
 * Every touch adds, nothing takes away, so a conversion has one cause, and which one is known up to a probability.
 */
export interface HazardModel {
  /** Conversions a user-day without any touch; not negative. */
  readonly baseline: number
  readonly halfLivesDays: readonly number[]
  /** Channel x half-life: conversions a user-day just after a touch; not negative. */
  readonly weights: readonly (readonly number[])[]
  /** Of the Poisson process, up to a constant that the examples alone decide. */
  readonly logLikelihood: number
  /** Newton steps that the fit took. */
  readonly iterations: number
}

/** A fitted model, and what it was fitted to beside the conversions. */
export interface HazardFit extends HazardModel {
  /** Days that each column was at work on: the baseline, then the half-lives of each channel. */
  readonly exposure: Float64Array
}

/** Where the examples come from: each stream is read once, in batches. */
export interface HazardExamples {
  positives(): AsyncIterable<readonly PatternRecord[]>
  negatives(): AsyncIterable<readonly PatternRecord[]>
}

/** How {@link fitHazard} reads the examples. */
export interface HazardFitOptions {
  /** Every conversion lies on a touch row, which decides the {@link exposureRuleOf} the examples. */
  readonly seedFormat?: boolean
  /** Overrides both. */
  readonly exposure?: ExposureRule
  /** Stops the fit between two batches. */
  readonly signal?: AbortSignal
}

/**
 * Fits the additive hazard model by maximum likelihood, weights >= 0: the sum of log h(x) over conversions minus the
 * hazard that all examples were exposed to. A conversion's touches all come before it, so they count in full in h(x);
 * in the exposure they count for the part of the day that `options` say. The baseline is exposed on all days in full.
 * @param source counts of both classes over all users; validating ones too, as nothing is tuned on them.
 * @throws DataError where there are no conversions or a record lies outside the grid.
 * @throws the signal's reason when it is aborted.
 *
 * One pass over each class. Of the negatives only one number a cell is kept, of the positives the distinct patterns.
 */
export async function fitHazard(
  grid: CellGrid,
  source: HazardExamples,
  options: HazardFitOptions = {},
): Promise<HazardFit> {
  const { signal, seedFormat = false, exposure: rule = exposureRuleOf({ seedFormat }) } = options
  const positives = await collectPositives(grid, source.positives(), signal)
  const negatives = new CellCounts(grid)
  for await (const records of source.negatives()) {
    signal?.throwIfAborted()
    for (const record of records) negatives.add(record)
  }
  if (positives.cells.examples === 0) {
    throw new DataError('hazard model: got 0 conversions, needs at least 1; check the range of time')
  }
  const exposure = addUpExposure(grid, positives.cells, negatives, rule)
  const fit = maximizePoisson(buildRows(positives.patterns, positives.counts), exposure)
  return {
    baseline: fit.weights[0]!,
    halfLivesDays: HALF_LIVES_DAYS,
    weights: Array.from({ length: grid.channelCount }, (_, channel) =>
      Array.from(fit.weights.subarray(columnOf(channel, 0), columnOf(channel + 1, 0))),
    ),
    logLikelihood: fit.logLikelihood,
    iterations: fit.iterations,
    exposure,
  }
}

/**
 * @returns what a touch in each cell adds to the hazard, conversions a user-day; cells as bits of a pattern.
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
 * @throws DataError where the model has other channels than the grid. O(touched cells) a pattern.
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

/**
 * Exact incremental credit: conversions of an additive hazard are caused by one term of it, so each cell is credited
 * its term over h(x), the baseline its own. It is the Shapley value of the game S -> h(touches in S only), and needs no
 * evaluation of any coalition. Where no term explains a pattern (h(x) = 0) the baseline is credited.
 * @param onPattern is told what the conversions after each pattern are credited with, in the patterns' order.
 * @throws DataError where the model has other channels than the patterns.
 *
 * O(touched cells) a pattern.
 */
export function attributeByHazard(
  model: HazardModel,
  converting: ConvertingPatterns,
  onPattern?: (credit: PatternCredit) => void,
): CellCredits {
  const { patterns, conversions, value } = converting
  const cells = cellCount(patterns.grid)
  const cellHazards = buildCellHazards(model, patterns.grid)
  const credited = new CompensatedSums(cells + 1)
  const creditedValue = new CompensatedSums(cells + 1)
  const totals = new CompensatedSums(2)
  for (let at = 0; at < patterns.count; at++) {
    const touched = cellsOf(patterns, at)
    const hazard = touched.reduce((sum, cell) => sum + cellHazards[cell]!, model.baseline)
    const credit = (cell: number, fraction: number) => {
      credited.add(cell, conversions[at]! * fraction)
      creditedValue.add(cell, value[at]! * fraction)
    }
    const baseline = hazard > 0 ? model.baseline / hazard : 1
    const fractions = Float64Array.from(touched, (cell) => (hazard > 0 ? cellHazards[cell]! / hazard : 0))
    credit(cells, baseline)
    if (hazard > 0) for (const [k, cell] of touched.entries()) credit(cell, fractions[k]!)
    onPattern?.({ pattern: at, cells: touched, credits: fractions, baseline })
    totals.add(0, conversions[at]!)
    totals.add(1, value[at]!)
  }
  const credits = buildCredits(credited.totals(), creditedValue.totals(), patterns.count)
  checkIdentity(credits, totals.totals()[0]!, totals.totals()[1]!)
  return credits
}

/** @param conversions of each cell, the baseline's last; `value` likewise. */
function buildCredits(conversions: Float64Array, value: Float64Array, patterns: number): CellCredits {
  const cells = conversions.length - 1
  return {
    conversions: conversions.slice(0, cells),
    value: value.slice(0, cells),
    standardError: new Float64Array(cells),
    baselineConversions: conversions[cells]!,
    baselineValue: value[cells]!,
    evaluations: 0,
    evaluationSeconds: 0,
    exactPatterns: patterns,
    sampledPatterns: 0,
  }
}
