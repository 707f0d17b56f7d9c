import { compensatedSum } from '../numerics/compensated-sum.ts'
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

/** Stands, in a page's data, for the channels whose days are only known together: no channel is called so. */
export const OTHER_DAYS = ''

/** Conversions of each channel, one number per day group. */
export type DaysByChannel = ReadonlyMap<string, readonly number[]>

/** What a row needs to count towards a day. */
interface DatedCredit {
  readonly channel: string
  readonly daysBefore: number | null
  readonly conversions: number | null
}

/**
 * @param rows of whole channels.
 * @returns undefined if the method has no credit by day, or none in conversions. O(rows).
 */
export function daysByChannel(rows: readonly DatedCredit[], lookbackDays: number): DaysByChannel | undefined {
  const known = rows.filter(({ daysBefore, conversions }) => daysBefore !== null && conversions !== null)
  if (known.length === 0) return undefined
  const groups = dayGroups(lookbackDays)
  const daysPerGroup = (groups[0]?.lastDay ?? 0) + 1
  const terms = new Map<string, number[][]>()
  for (const { channel, daysBefore, conversions } of known) {
    const own = terms.get(channel) ?? groups.map((): number[] => [])
    terms.set(channel, own)
    own[Math.floor((daysBefore ?? 0) / daysPerGroup)]?.push(conversions ?? 0)
  }
  return new Map([...terms].map(([channel, own]) => [channel, own.map(compensatedSum)]))
}

/** @param folded the channels that have a row each; all others share the last one. */
export function dayCreditsOf(
  days: DaysByChannel,
  { shown, rest }: FoldedChannels,
  lookbackDays: number,
): DayCredits {
  const groups = dayGroups(lookbackDays)
  const none = groups.map(() => 0)
  const rowOf = (channel: string): DayRow => ({ channel, conversions: days.get(channel) ?? none })
  const others = rest && [...rest.channels, OTHER_DAYS].map((channel) => days.get(channel) ?? none)
  const sums = groups.map((_, at) => compensatedSum(others?.map((conversions) => conversions[at] ?? 0) ?? []))
  return {
    groups,
    rows: [
      ...shown.map(({ channel }) => rowOf(channel)),
      ...(rest === undefined ? [] : [{ channel: undefined, conversions: sums }]),
    ],
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
