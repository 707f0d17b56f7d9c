import type { ConvertingPatterns } from '../examples/pattern.ts'
import { type EventRows, maximizePoisson, ratesOf } from '../numerics/non-negative-poisson.ts'
import { type ChannelPair, HazardColumns } from './columns.ts'
import { type Decay, freeDecay, HALF_LIVES } from './decay.ts'
import { buildRows } from './event-rows.ts'
import { addUpExposure, type CellCounts, type ExposureRule } from './exposure.ts'
import { type HazardFit, weightsOf, withWeights } from './model.ts'
import { maybeBestPair, type PairExposure } from './pairs.ts'

/** What all examples were exposed to. */
export interface ExposedExamples {
  readonly positives: CellCounts
  readonly negatives: CellCounts
  readonly pairs: PairExposure
  readonly rule: ExposureRule
}

/** The fit's time grows with the third power of its columns: many channels get fewer steps each. */
const MOST_FREE_COLUMNS = 400
const MOST_STEPS = 15
/** Fewer would fall no more freely than the half-lives. */
const LEAST_STEPS = 5
/** More pairs than a report could name. */
const MOST_PAIRS = 10
/** Twice the gain in log likelihood that a single pair has by chance once in 200 times, half a chi-squared of one degree. */
const CHANCE_GAIN = 6.6

/**
 * Chooses what the hazard model is made of, and fits it.
 *
 * *How effects fall*: a few half-lives, or any curve that never rises, whichever has the higher log likelihood less the number of
 * its weights above 0 (Akaike 1974, https://doi.org/10.1109/TAC.1974.1100705), which stands for the likelihood of data not seen.
 * So few conversions get few half-lives, and many show their true curve. More than 80 channels always get half-lives.
 *
 * *Pairs of channels*: one after the other, the pair that conversions ask for most, as long as twice its gain in log likelihood is
 * above what chance gives the best of that many pairs, 6.6 + 2 ln(pairs), and more where their exposure is an estimate.
 * @param converting each pattern that led to conversions.
 */
export function chooseColumns(converting: ConvertingPatterns, exposed: ExposedExamples): HazardFit {
  const { grid } = converting.patterns
  const few = fitColumns(HALF_LIVES, [], converting, exposed)
  const steps = Math.min(MOST_STEPS, Math.floor(MOST_FREE_COLUMNS / grid.channelCount))
  if (steps < LEAST_STEPS) return addPairs(few, converting, exposed).fit
  const any = fitColumns(freeDecay(grid.lookbackDays, steps), [], converting, exposed)
  return addPairs(criterionOf(any) > criterionOf(few) ? any : few, converting, exposed).fit
}

/** A fit, and the conversions that it was made to. */
interface FittedColumns {
  readonly rows: EventRows
  readonly fit: HazardFit
}

function fitColumns(
  decay: Decay,
  pairs: readonly ChannelPair[],
  { patterns, conversions }: ConvertingPatterns,
  { positives, negatives, rule, pairs: ofPairs }: ExposedExamples,
  near?: Float64Array,
): FittedColumns {
  const columns = new HazardColumns(patterns.grid, decay, pairs)
  const days = pairs.map((pair) => ofPairs.of(pair))
  const exposure = addUpExposure(columns, positives, negatives, rule, days)
  const rows = buildRows(columns, patterns, conversions)
  const { weights, logLikelihood, iterations } = maximizePoisson(rows, exposure, near)
  return { rows, fit: { ...withWeights({ decay, logLikelihood, iterations }, columns, weights), exposure } }
}

function criterionOf({ fit }: FittedColumns): number {
  return fit.logLikelihood - weightsOf(fit).reduce((used, weight) => used + (weight > 0 ? 1 : 0), 0)
}

/** @returns the fit with the pairs that conversions ask for. */
function addPairs(
  fitted: FittedColumns,
  converting: ConvertingPatterns,
  exposed: ExposedExamples,
): FittedColumns {
  const { channelCount } = converting.patterns.grid
  const needed = CHANCE_GAIN + 2 * Math.log(Math.max(1, (channelCount * (channelCount - 1)) / 2))
  let best = fitted
  while (best.fit.pairs.length < MOST_PAIRS) {
    const { decay, logLikelihood } = best.fit
    const weights = weightsOf(best.fit)
    const pairs = best.fit.pairs.map(({ channels }) => channels)
    const found = maybeBestPair(converting, ratesOf(best.rows, weights), exposed.pairs, pairs)
    if (found === undefined) return best
    const near = Float64Array.of(...weights, 0)
    const more = fitColumns(decay, [...pairs, found.pair], converting, exposed, near)
    if (2 * (more.fit.logLikelihood - logLikelihood) <= needed * found.inflation) return best
    best = more
  }
  return best
}
