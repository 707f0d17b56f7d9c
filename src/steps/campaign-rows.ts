import type { ExportManifest, ModelManifest } from '../artifacts/manifest.ts'
import { gridOf } from '../artifacts/pattern-source.ts'
import { creditTotals } from '../evidence/credit-totals.ts'
import type { CreditNoise } from '../evidence/intervals.ts'
import { INTERVAL_REACH } from '../evidence/quality.ts'
import type { CellCredits } from '../shapley/credit.ts'
import { creditScales, maybeShares } from '../shapley/totals.ts'
import { type AttributionRow, type CampaignInterval, OF_ALL } from '../tables/attribution.ts'
import { deviationsOf } from './campaigns.ts'

/** A method's credits of channels and of their campaigns. */
interface Divided {
  readonly credits: CellCredits
  readonly campaigns: CellCredits
}

/**
 * @param noise of the channels' credits; undefined: no row has an interval.
 * @param least lower bound of all intervals.
 * @returns the rows of a method's campaigns, which add up to those of their channels: each day's that has credit, and one at
 *   least; and the intervals of their sums over days. O(cells).
 */
export function campaignRowsOf(
  divided: Divided,
  manifest: ExportManifest,
  learned: ModelManifest['campaigns'],
  noise: CreditNoise | undefined,
  least: number,
): { readonly rows: readonly AttributionRow[]; readonly intervals: readonly CampaignInterval[] | undefined } {
  const { channels, counts, seedFormat, options } = manifest
  const leaves = manifest.campaigns?.leaves ?? []
  const { campaigns } = divided
  const scales = creditScales(campaigns, { ...counts.credited, seedFormat })
  const scaled = (amount: number, scale: number | undefined) => (scale === undefined ? null : amount * scale)
  const shares = maybeShares(campaigns.conversions)
  const deviations = noise && new CampaignDeviations(divided, manifest, learned, noise)
  const intervalOf = (conversions: number | null, deviation: number | undefined) =>
    conversions === null || deviation === undefined
      ? { lower: null, upper: null }
      : {
          lower: Math.max(least, conversions - INTERVAL_REACH * deviation),
          upper: conversions + INTERVAL_REACH * deviation,
        }
  const rows: AttributionRow[] = []
  for (const [cell, credit] of campaigns.conversions.entries()) {
    const leaf = leaves[cell % leaves.length]
    const value = campaigns.value[cell] ?? 0
    if (leaf === undefined) continue
    if (credit === 0 && value === 0 && cell >= leaves.length) continue
    const conversions = scaled(credit, scales.conversions)
    rows.push({
      ...OF_ALL,
      channel: channels[leaf.channel] ?? '',
      campaign: leaf.campaign,
      daysBefore: Math.floor(cell / leaves.length),
      conversions,
      value: options.valueColumn === null ? null : scaled(value, scales.value),
      share: shares?.[cell] ?? null,
      standardError: scaled(campaigns.standardError[cell] ?? 0, scales.conversions),
      ...intervalOf(conversions, deviations?.ofCell(cell)),
    })
  }
  if (deviations === undefined || scales.conversions === undefined) return { rows, intervals: undefined }
  const intervals = leaves.flatMap(({ channel, campaign }, leaf) => {
    const { lower, upper } = intervalOf(deviations.totals[leaf] ?? 0, deviations.ofLeaf(leaf))
    return lower === null || upper === null
      ? []
      : [{ channel: channels[channel] ?? '', campaign, lower, upper }]
  })
  return { rows, intervals }
}

/**
 * How much other users would change of the credits of campaigns: as much as of their channel's credit, of which each has its
 * part, and what its factor may be off by, by which the parts would differ. A campaign that the model doesn't know has none.
 */
class CampaignDeviations {
  /** Of each leaf over all days. */
  readonly totals: Float64Array
  private readonly cells: Float64Array
  private readonly channels: ReturnType<typeof creditTotals>
  private readonly leaves: NonNullable<ExportManifest['campaigns']>['leaves']
  private readonly ofFactors: readonly (number | undefined)[]
  private readonly noise: CreditNoise

  constructor(
    { credits, campaigns }: Divided,
    manifest: ExportManifest,
    learned: ModelManifest['campaigns'],
    noise: CreditNoise,
  ) {
    this.leaves = manifest.campaigns?.leaves ?? []
    const grid = gridOf(manifest)
    this.channels = creditTotals(credits, grid, manifest)
    const ofLeaves = creditTotals(campaigns, { ...grid, channelCount: this.leaves.length }, manifest)
    this.totals = ofLeaves.channels
    this.cells = ofLeaves.cells
    this.ofFactors = deviationsOf(this.leaves, learned)
    this.noise = noise
  }

  ofCell(cell: number): number | undefined {
    const leaf = cell % this.leaves.length
    const channel = this.leaves[leaf]?.channel ?? 0
    const parent = ((cell - leaf) / this.leaves.length) * this.channels.channels.length + channel
    return this.of(leaf, this.cells[cell], this.channels.cells[parent], this.noise.cells[parent])
  }

  ofLeaf(leaf: number): number | undefined {
    const channel = this.leaves[leaf]?.channel ?? 0
    return this.of(leaf, this.totals[leaf], this.channels.channels[channel], this.noise.channels[channel])
  }

  private of(leaf: number, credit = 0, whole = 0, deviation = 0): number | undefined {
    const ofFactor = this.ofFactors[leaf]
    if (ofFactor === undefined) return undefined
    const part = whole === 0 ? 0 : Math.min(1, Math.abs(credit / whole))
    // Whether a touch caused the conversion after it is chance, too: at most that of a Poisson number.
    const chance = Math.sqrt(Math.abs(credit) * (1 - part))
    return Math.hypot(part * deviation, credit * ofFactor * (1 - part), chance)
  }
}
