import type { ExportManifest, ModelManifest } from '../artifacts/manifest.ts'
import { maybeLeafPatterns } from '../artifacts/pattern-source.ts'
import type { Leaf } from '../examples/leaves.ts'
import type { ConvertingPatterns } from '../examples/pattern.ts'
import { CampaignSplit } from '../shapley/campaign-credit.ts'
import type { World } from './world.ts'

/**
 * @param converting patterns of channels of the conversions to credit.
 * @returns how the credits of channels are divided among the campaigns of the export; undefined where there are none.
 * @throws {DataError} where the export's files don't fit together.
 */
export async function maybeCampaignSplit(
  { storage, signal }: Pick<World, 'storage' | 'signal'>,
  manifest: ExportManifest,
  { campaigns: learned }: ModelManifest,
  converting: ConvertingPatterns,
): Promise<CampaignSplit | undefined> {
  const patterns = await maybeLeafPatterns(storage, manifest, signal)
  if (patterns === undefined) return undefined
  return new CampaignSplit(patterns, factorsOf(patterns.of.leaves, learned), converting)
}

/** @returns by leaf the factor that was learned; of a campaign that the model doesn't know, what is typical of its channel. */
function factorsOf(leaves: readonly Leaf[], learned: ModelManifest['campaigns']): Float64Array {
  const known = new Map(learned?.factors.map((one) => [keyOf(one), one.factor]))
  return Float64Array.from(leaves, (leaf) => known.get(keyOf(leaf)) ?? learned?.typical[leaf.channel] ?? 1)
}

/** @returns by leaf the standard deviation of the logarithm of its factor; undefined where it was not learned. */
export function deviationsOf(
  leaves: readonly Leaf[],
  learned: ModelManifest['campaigns'],
): readonly (number | undefined)[] {
  const known = new Map(learned?.factors.map((one) => [keyOf(one), one.deviation]))
  return leaves.map((leaf) => known.get(keyOf(leaf)))
}

function keyOf({ channel, campaign }: Leaf): string {
  return JSON.stringify([channel, campaign])
}
