import type { ExportManifest } from '../artifacts/manifest.ts'
import type { EvidenceSample } from '../evidence/sample.ts'
import { estimateUsedTouches } from '../evidence/used-touches.ts'
import { areAtMoments } from '../examples/touchpoints.ts'
import { type Finding, finding } from '../findings/finding.ts'
import { exposureRuleOf } from '../hazard/exposure.ts'

/** Twice a difference in log likelihood that chance reaches once in a hundred times (chi-squared, one degree of freedom). */
const BEYOND_CHANCE = 6.6
/** Fewer conversions after a used touch say nothing. */
const FEWEST_CONVERSIONS = 30

/**
 * @param sample of the users that the model was learned from, exported with the manifest.
 * @returns a finding where touches do otherwise after a conversion than `--after-conversion` says.
 */
export function afterConversionFindings(
  manifest: ExportManifest,
  sample: EvidenceSample,
): readonly Finding[] {
  const { seedFormat, options } = manifest
  if (!areAtMoments(options.examples, seedFormat)) return []
  const { factor, keptOverUsedUp, conversions } = estimateUsedTouches(sample, exposureRuleOf(manifest))
  const isKept = sample.afterConversion === 'keep'
  const gain = isKept ? -keptOverUsedUp : keptOverUsedUp
  if (gain <= BEYOND_CHANCE || conversions < FEWEST_CONVERSIONS) return []
  const other = isKept ? 'used-up' : 'keep'
  const atWork = `such touches work at ${Math.round(100 * factor)} % of their strength`
  return [
    finding('after-conversion', {
      count: Math.round(conversions),
      what: `of sampled users come after touches that came before an earlier conversion: ${atWork} (2 x log likelihood ${gain.toFixed(1)} better)`,
      remedy: `export again with --after-conversion (AFTER_CONVERSION) ${other}`,
    }),
  ]
}
