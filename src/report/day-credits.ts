import { compensatedSum } from '../numerics/compensated-sum.ts'
import { type MethodRows, totalRows } from '../tables/attribution.ts'
import type { FoldedChannels } from './channel-totals.ts'

const MAX_GROUPS = 31

/** Days before the conversion that are shown in one column. */
export interface DayGroup {
  readonly firstDay: number
  readonly lastDay: number
  /** `3` or `7–13`. */
  readonly label: string
}

export interface DayRow {
  /** Undefined for the folded channels together. */
  readonly channel: string | undefined
  /** Conversions, one number per day group. */
  readonly conversions: readonly number[]
}

/** Conversions by channel and days before the conversion. */
export interface DayCredits {
  readonly groups: readonly DayGroup[]
  readonly rows: readonly DayRow[]
}

/**
 * @param folded the channels that have a row each; all others share the last one.
 * @returns undefined if the method has no credit by day, or none in conversions. O(rows).
 */
export function dayCreditsOf(
  { rows }: MethodRows,
  folded: FoldedChannels,
  lookbackDays: number,
): DayCredits | undefined {
  const known = totalRows(rows).filter(
    ({ daysBefore, conversions }) => daysBefore !== null && conversions !== null,
  )
  if (known.length === 0) return undefined
  const groups = dayGroups(lookbackDays)
  const daysPerGroup = (groups[0]?.lastDay ?? 0) + 1
  const names = [...folded.shown.map(({ channel }) => channel), ...(folded.rest ? [undefined] : [])]
  const rowOfChannel = new Map(names.map((name, at) => [name, at]))
  const terms = names.map(() => groups.map((): number[] => []))
  for (const { channel, daysBefore, conversions } of known) {
    const row = rowOfChannel.get(channel) ?? rowOfChannel.get(undefined) ?? 0
    terms[row]?.[Math.floor((daysBefore ?? 0) / daysPerGroup)]?.push(conversions ?? 0)
  }
  return {
    groups,
    rows: names.map((channel, at) => ({ channel, conversions: (terms[at] ?? []).map(compensatedSum) })),
  }
}

/** @returns single days up to a month, otherwise groups of whole weeks: at most 31 in all. */
export function dayGroups(lookbackDays: number): readonly DayGroup[] {
  const days = lookbackDays <= MAX_GROUPS ? 1 : 7 * Math.ceil(lookbackDays / (7 * MAX_GROUPS))
  return Array.from({ length: Math.ceil(lookbackDays / days) }, (_, at) => {
    const firstDay = at * days
    const lastDay = Math.min(firstDay + days, lookbackDays) - 1
    return { firstDay, lastDay, label: firstDay === lastDay ? `${firstDay}` : `${firstDay}–${lastDay}` }
  })
}
