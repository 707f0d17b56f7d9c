import type { ExportManifest } from '../artifacts/manifest.ts'
import { gridOf } from '../artifacts/pattern-source.ts'
import { effectWithoutLeads, type LeadTest, testLeads } from '../evidence/confounding.ts'
import { areAtMoments } from '../examples/touchpoints.ts'
import { type Finding, finding } from '../findings/finding.ts'
import { exposureRuleOf } from '../hazard/exposure.ts'
import { attributeByHazard, meanCellHazards } from '../hazard/hazard-credit.ts'
import { creditSplit } from '../shapley/campaign-credit.ts'
import { sumByChannel } from '../shapley/totals.ts'
import type { ConfoundingRow } from '../tables/confounding.ts'
import type { KnownCauses } from './experiments.ts'
import { askCalibrated, type CalibratedAnswer, type HazardAnswer } from './known-causes.ts'

const ADJUSTED_METHOD = 'hazard_adjusted'

/** What causes have to do with the hazard model's credit. */
export interface CausalAnswers extends Pick<CalibratedAnswer, 'credits' | 'known' | 'evidence' | 'findings'> {
  /** Rows of the table `confounding`. */
  readonly confounding: readonly ConfoundingRow[]
}

/**
 * Looks for association without effect among the touches after conversions and takes it off the hazard model's credits; and
 * corrects these credits by what is known of causes from elsewhere.
 */
export async function askCausalMethods(answer: HazardAnswer, known: KnownCauses): Promise<CausalAnswers> {
  const adjusted = askAdjusted(answer)
  const calibrated = await askCalibrated(answer, known, adjusted.effect)
  return {
    ...calibrated,
    credits: [...adjusted.credits, ...calibrated.credits],
    confounding: adjusted.confounding,
    findings: [...adjusted.findings, ...calibrated.findings],
  }
}

interface AdjustedAnswer extends Pick<CausalAnswers, 'credits' | 'confounding' | 'findings'> {
  /** By cell the part of the hazard model's credit that is left; undefined where nothing could be tested. */
  readonly effect: Float64Array | undefined
}

/** @returns no method where nothing was found. */
function askAdjusted({ learned, conversions, sample, credits: whole, split }: HazardAnswer): AdjustedAnswer {
  const { manifest, model } = learned
  const { channels } = manifest
  if (!canTest(manifest)) {
    const unknown = { likelihoodRatio: null, pValue: null, suspectedConversions: null }
    const confounding = channels.map((channel) => ({ channel, ...unknown }))
    return { effect: undefined, credits: [], confounding, findings: [] }
  }
  const grid = gridOf(manifest)
  const tests = testLeads(sample, exposureRuleOf(manifest))
  const effect = effectWithoutLeads(meanCellHazards(model.hazard, conversions.learned), grid, tests)
  const credited = creditSplit(split, (add) =>
    attributeByHazard(model.hazard, conversions.credited, add, effect),
  )
  const adjusted = credited.credits
  const suspected = sumByChannel(
    whole.conversions.map((credit, cell) => credit - (adjusted.conversions[cell] ?? 0)),
    grid,
  )
  return {
    effect,
    credits: suspected.some((conversions) => conversions > 0)
      ? [{ method: ADJUSTED_METHOD, ...credited, noise: undefined, least: 0 }]
      : [],
    confounding: tests.map(({ likelihoodRatio, pValue }, channel) => ({
      channel: channels[channel] ?? '',
      likelihoodRatio,
      pValue,
      suspectedConversions: suspected[channel] ?? 0,
    })),
    findings: confoundingFindings(channels, tests, suspected),
  }
}

/**
 * The original's examples are the last days of users who never convert, and in the seed format days without a touch are no
 * examples: what follows on them says nothing of what follows on others.
 */
function canTest({ seedFormat, options }: ExportManifest): boolean {
  return areAtMoments(options.examples, seedFormat)
}

function confoundingFindings(
  channels: readonly string[],
  tests: readonly LeadTest[],
  suspected: Float64Array,
): readonly Finding[] {
  const found = channels
    .map((channel, at) => ({ channel, ...tests[at], conversions: suspected[at] ?? 0 }))
    .filter(({ isSignificant }) => isSignificant)
    .sort((left, right) => right.conversions - left.conversions)
  const count = Math.round(found.reduce((sum, { conversions }) => sum + conversions, 0))
  if (count === 0) return []
  const list = found.map(({ channel, pValue = 1, conversions }) => {
    return `${channel} (${Math.round(conversions).toLocaleString('en-US')}, p ${formatBound(pValue)})`
  })
  const what = `credited to channels whose touches follow conversions as they precede them: ${list.join(', ')}`
  return [finding('association-without-effect', { count, what })]
}

function formatBound(pValue: number): string {
  return pValue < 0.001 ? '< 0.001' : `<= ${pValue.toFixed(3)}`
}
