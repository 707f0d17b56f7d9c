import type { ConvertingPatterns } from '../examples/pattern.ts'
import { type EventRows, maximizePoisson, type PoissonFit } from '../numerics/non-negative-poisson.ts'
import { type ChannelPair, HazardColumns } from './columns.ts'
import { type Decay, freeDecay, HALF_LIVES } from './decay.ts'
import { buildRows } from './event-rows.ts'
import { addUpExposure, type CellCounts, type ExposureRule } from './exposure.ts'
import { type HazardFit, withWeights } from './model.ts'
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
 * above what chance gives the best of so many pairs, 6.6 + 2 ln(pairs).
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

interface FittedColumns {
  readonly decay: Decay
  readonly pairs: readonly ChannelPair[]
  readonly rows: EventRows
  readonly poisson: PoissonFit
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
  const poisson = maximizePoisson(rows, exposure, near)
  const { logLikelihood, iterations } = poisson
  const model = withWeights({ decay, pairs: [], logLikelihood, iterations }, columns, poisson.weights)
  return { decay, pairs, rows, poisson, fit: { ...model, exposure } }
}

function criterionOf({ poisson: { logLikelihood, weights } }: FittedColumns): number {
  return logLikelihood - weights.reduce((used, weight) => used + (weight > 0 ? 1 : 0), 0)
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
  while (best.pairs.length < MOST_PAIRS) {
    const found = maybeBestPair(converting, ratesOf(best), exposed.pairs, best.pairs)
    if (found === undefined) return best
    const near = Float64Array.of(...best.poisson.weights, 0)
    const more = fitColumns(best.decay, [...best.pairs, found.pair], converting, exposed, near)
    if (2 * (more.poisson.logLikelihood - best.poisson.logLikelihood) <= needed) return best
    best = more
  }
  return best
}

/** @returns conversions per day of each row. */
function ratesOf({
  rows: { rowStart, column, entry, count },
  poisson: { weights },
}: FittedColumns): Float64Array {
  return count.map((_, row) => {
    let rate = 0
    for (let k = rowStart[row]!; k < rowStart[row + 1]!; k++) rate += entry[k]! * weights[column[k]!]!
    return rate
  })
}
