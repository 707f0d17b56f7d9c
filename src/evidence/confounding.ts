import type { CellGrid } from '../examples/pattern.ts'
import { decay, HALF_LIVES_DAYS } from '../hazard/decay.ts'
import type { ExposureRule } from '../hazard/exposure.ts'
import { chiSquareTail } from '../numerics/chi-square.ts'
import { maximizePoisson } from '../numerics/non-negative-poisson.ts'
import { type LeadExamples, leadColumn, readLeads } from './leads.ts'
import type { EvidenceSample } from './sample.ts'

/** What a channel's touches after conversions say. */
export interface LeadTest {
  /** Twice the gain in log likelihood by the channel's leads. */
  readonly likelihoodRatio: number
  /**
   * An upper bound of the probability that any channel's likelihood ratio is as large where no touch after an example's day
   * has to do with conversions.
   */
  readonly pValue: number
  readonly isSignificant: boolean
  /** By half-life, conversions per user-day: the leads' weights, fitted with those of all significant channels; else 0. */
  readonly weights: Float64Array
}

/** Chance that anything is found where nothing is to be found: of the test over all channels together. */
export const LEAD_SIGNIFICANCE = 0.05

/**
 * Do people convert more often just before a channel's touches? These touches can't have caused the conversions, so both
 * have something else in common, such as an intention to buy. Flanders et al. 2011,
 * https://doi.org/10.1097/EDE.0b013e3181fdcabe: a future exposure as negative control.
 *
 * The weights of leads are not negative, so their likelihood ratio is a mixture of chi-squared numbers of up to k degrees of
 * freedom, and at most the mean of those of k - 1 and k (Perlman 1969, https://doi.org/10.1214/aoms/1177697729).
 * @returns one entry per channel. A fit for each channel with more leads than expected, O(conversions * entries^2) each.
 */
export function testLeads(sample: EvidenceSample, rule: ExposureRule): readonly LeadTest[] {
  const { channelCount } = sample.grid
  const examples = readLeads(sample, rule)
  if (examples.rows.count.length === 0) return Array.from({ length: channelCount }, nothingSeen)
  const without = fitWith(examples, channelCount, () => false)
  const ratios = Array.from({ length: channelCount }, (_, channel) => {
    const own = fitWith(examples, channelCount, (one) => one === channel, without.weights)
    return Math.max(0, 2 * (own.logLikelihood - without.logLikelihood))
  })
  const pValues = ratios.map((ratio) =>
    Math.min(1, channelCount * pValueBound(ratio, HALF_LIVES_DAYS.length)),
  )
  const isSignificant = (channel: number) => pValues[channel]! <= LEAD_SIGNIFICANCE
  const all = pValues.some((_, channel) => isSignificant(channel))
    ? fitWith(examples, channelCount, isSignificant, without.weights).weights
    : without.weights
  return ratios.map((likelihoodRatio, channel) => ({
    likelihoodRatio,
    pValue: pValues[channel]!,
    isSignificant: isSignificant(channel),
    weights: all.slice(leadColumn(examples, channel, 0), leadColumn(examples, channel + 1, 0)),
  }))
}

/** Without any conversion in the sample. */
function nothingSeen(): LeadTest {
  const weights = new Float64Array(HALF_LIVES_DAYS.length)
  return { likelihoodRatio: 0, pValue: 1, isSignificant: false, weights }
}

/** @returns the fit of lags, activity and the leads of some of the channels. */
function fitWith(
  examples: LeadExamples,
  channelCount: number,
  hasLeads: (channel: number) => boolean,
  near?: Float64Array,
) {
  const exposure = examples.exposure.slice()
  for (let channel = 0; channel < channelCount; channel++) {
    if (hasLeads(channel)) continue
    exposure.fill(Infinity, leadColumn(examples, channel, 0), leadColumn(examples, channel + 1, 0))
  }
  return maximizePoisson(examples.rows, exposure, near)
}

function pValueBound(ratio: number, columns: number): number {
  return ratio === 0 ? 1 : (chiSquareTail(ratio, columns - 1) + chiSquareTail(ratio, columns)) / 2
}

/**
 * An intention that leads to touches does so before a conversion just as after it. So what a touch d days after adds to the
 * hazard is subtracted from what one d days before adds, down to 0.
 * @param hazards by cell, what a touch adds to the hazard, with its part of pairs.
 * @returns by cell the part of the model's credit that is left as effect, 0 to 1. O(cells).
 */
export function effectWithoutLeads(
  hazards: Float64Array,
  { channelCount }: CellGrid,
  tests: readonly LeadTest[],
): Float64Array {
  return hazards.map((hazard, cell) => {
    const channel = cell % channelCount
    const daysApart = (cell - channel) / channelCount
    const { weights } = tests[channel]!
    const lead = weights.reduce((sum, weight, b) => sum + weight * decay(daysApart, HALF_LIVES_DAYS[b]!), 0)
    return lead === 0 ? 1 : Math.max(0, hazard - lead) / hazard || 0
  })
}
