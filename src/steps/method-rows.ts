import type { ExportManifest, ModelManifest } from '../artifacts/manifest.ts'
import { gridOf } from '../artifacts/pattern-source.ts'
import type { CreditNoise } from '../evidence/intervals.ts'
import { INTERVAL_REACH } from '../evidence/quality.ts'
import type { CellCredits } from '../shapley/credit.ts'
import { buildAttributionRows } from '../shapley/totals.ts'
import { type AttributionRow, BASELINE_CHANNEL, type MethodRows } from '../tables/attribution.ts'
import { creditByChannel } from '../tables/channel-credit.ts'
import { campaignRowsOf } from './campaign-rows.ts'
import type { MethodCredits } from './model-answers.ts'

/** @returns the rows of one method in the table `attribution`, cells in the grid's order. */
export function attributionRowsOf(credits: CellCredits, manifest: ExportManifest): readonly AttributionRow[] {
  return buildAttributionRows(credits, {
    grid: gridOf(manifest),
    channels: manifest.channels,
    entryConversions: manifest.counts.credited.entryConversions,
    entryValue: manifest.counts.credited.entryValue,
    seedFormat: manifest.seedFormat,
    hasValue: manifest.options.valueColumn !== null,
  })
}

/** @returns the rows of all methods, with intervals as far as their noise is known. */
export function methodRowsOf(
  manifest: ExportManifest,
  methods: readonly MethodCredits[],
  learned?: ModelManifest['campaigns'],
): readonly MethodRows[] {
  return methods.map(({ method, credits, campaigns, noise, least }) => {
    const rows = attributionRowsOf(credits, manifest)
    const whole =
      noise === undefined
        ? { method, rows, channels: null }
        : withIntervals(method, rows, manifest, noise, least)
    if (campaigns === undefined) return whole
    const ofCampaigns = campaignRowsOf({ credits, campaigns }, manifest, learned, noise, least)
    return { ...whole, rows: [...whole.rows, ...ofCampaigns.rows], campaigns: ofCampaigns.intervals }
  })
}

/**
 * @param rows of one method, cells in the grid's order.
 * @param least lower bound of all intervals: 0 where credits can't be negative.
 * @returns the rows with their intervals, and the intervals of the channels' sums over days.
 */
function withIntervals(
  method: string,
  rows: readonly AttributionRow[],
  { channels }: Pick<ExportManifest, 'channels'>,
  noise: CreditNoise,
  least: number,
): MethodRows {
  const ends = (conversions: number, deviation: number) => ({
    lower: Math.max(least, conversions - INTERVAL_REACH * deviation),
    upper: conversions + INTERVAL_REACH * deviation,
  })
  const withEnds = rows.map((row, at): AttributionRow => {
    if (row.conversions === null) return row
    const deviation = row.channel === BASELINE_CHANNEL ? noise.baseline : (noise.cells[at] ?? 0)
    return { ...row, ...ends(row.conversions, deviation) }
  })
  const isKnown = rows.every(({ conversions }) => conversions !== null)
  const sums = creditByChannel(rows).channels.map(({ channel, conversions }) => {
    return { channel, ...ends(conversions ?? 0, noise.channels[channels.indexOf(channel)] ?? 0) }
  })
  return { method, rows: withEnds, channels: isKnown ? sums : null }
}
