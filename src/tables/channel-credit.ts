import { compensatedSum, sumUnlessNull } from '../numerics/compensated-sum.ts'
import { type AttributionRow, BASELINE_CHANNEL, totalRows } from './attribution.ts'

/** One channel's credit over all days. */
export interface ChannelCredit {
  readonly channel: string
  /** Null if one of its rows has none. */
  readonly conversions: number | null
  readonly value: number | null
  readonly share: number | null
  /** Weighted by conversions; null if a row has no day or the conversions are not positive. */
  readonly meanDaysBefore: number | null
  /** Interval of `conversions` of a channel with one row; null with several, as their intervals don't add up. */
  readonly lower: number | null
  readonly upper: number | null
}

/** A method's rows in `attribution` summed by channel. */
export interface CreditByChannel {
  /** In the order of their first rows, without the baseline. */
  readonly channels: readonly ChannelCredit[]
  /** Undefined where the method has no baseline. */
  readonly baseline: ChannelCredit | undefined
}

/** @returns the rows of one method that are no part of another one, summed over days. O(rows). */
export function creditByChannel(rows: readonly AttributionRow[]): CreditByChannel {
  const byChannel = new Map<string, AttributionRow[]>()
  for (const row of totalRows(rows)) {
    const own = byChannel.get(row.channel)
    if (own === undefined) byChannel.set(row.channel, [row])
    else own.push(row)
  }
  const baseline = byChannel.get(BASELINE_CHANNEL)
  byChannel.delete(BASELINE_CHANNEL)
  return {
    channels: [...byChannel].map(([channel, own]) => creditOf(channel, own)),
    baseline: baseline && creditOf(BASELINE_CHANNEL, baseline),
  }
}

function creditOf(channel: string, rows: readonly AttributionRow[]): ChannelCredit {
  const conversions = sumUnlessNull(rows.map((row) => row.conversions))
  const hasDays = rows.every(({ daysBefore }) => daysBefore !== null)
  const days = () => compensatedSum(rows.map((row) => (row.daysBefore ?? 0) * (row.conversions ?? 0)))
  const [only] = rows.length === 1 ? rows : []
  return {
    channel,
    conversions,
    value: sumUnlessNull(rows.map(({ value }) => value)),
    share: sumUnlessNull(rows.map(({ share }) => share)),
    meanDaysBefore: hasDays && conversions !== null && conversions > 0 ? days() / conversions : null,
    lower: only?.lower ?? null,
    upper: only?.upper ?? null,
  }
}
