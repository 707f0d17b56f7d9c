import type { ExportManifest, ModelManifest } from '../artifacts/manifest.ts'
import type { ShapleyDocument } from '../artifacts/results.ts'
import type { ConvertingPatterns } from '../examples/pattern.ts'
import { creditPairs } from '../hazard/hazard-credit.ts'
import type { EvidenceRow } from '../tables/evidence.ts'

type PairCredit = ShapleyDocument['pairs'][number]

/** @returns credited conversions by what two channels have together in the hazard model, most first. */
export function pairCredits(
  { hazard }: Pick<ModelManifest, 'hazard'>,
  { channels }: Pick<ExportManifest, 'channels'>,
  converting: ConvertingPatterns,
): readonly PairCredit[] {
  const conversions = creditPairs(hazard, converting)
  const pairs = hazard.pairs.map(({ channels: [first, second] }, at): PairCredit => {
    return { channels: [channels[first] ?? '', channels[second] ?? ''], conversions: conversions[at] ?? 0 }
  })
  return pairs.sort((left, right) => right.conversions - left.conversions)
}

/** @returns the pairs as rows of the table `evidence`. */
export function pairRows(pairs: readonly PairCredit[]): readonly EvidenceRow[] {
  return pairs.map(({ channels, conversions }) => ({
    measure: `pair_conversions: ${channels.join(' + ')}`,
    value: conversions,
    lower: null,
    upper: null,
    verdict: `${channels.join(' and ')} together, beyond what each does alone; half is in the credit of each`,
  }))
}
