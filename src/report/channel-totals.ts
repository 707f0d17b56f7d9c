import { byCodePoint } from '../code-points.ts'
import { sumUnlessNull } from '../numerics/compensated-sum.ts'
import { type AttributionRow, BASELINE_CHANNEL } from '../shapley/totals.ts'
import { formatCount } from './numbers.ts'
import type { MethodResult } from './report-input.ts'

export interface Interval {
  readonly lower: number
  readonly upper: number
}

/** What a channel has over all days, by one method. */
export interface ChannelTotal {
  readonly channel: string
  readonly conversions: number | null
  readonly value: number | null
  /** Of the channels' credit. */
  readonly share: number | null
  /** 95 % interval of `conversions` by sampling noise. */
  readonly interval: Interval | null
}

export interface MethodTotals {
  readonly method: string
  /** Most credit first, ties by code point; without the baseline. */
  readonly channels: readonly ChannelTotal[]
  /** Undefined where the method has no baseline row: it can't be told. */
  readonly baseline: ChannelTotal | undefined
}

/** @returns a method's rows added up over days. O(rows log rows). */
export function totalsOf(result: MethodResult): MethodTotals {
  const byChannel = new Map<string, AttributionRow[]>()
  for (const row of result.rows) {
    const rows = byChannel.get(row.channel) ?? []
    rows.push(row)
    byChannel.set(row.channel, rows)
  }
  const intervals = new Map(result.channels?.map((interval) => [interval.channel, interval]))
  const totals = [...byChannel].map(([channel, rows]): ChannelTotal => {
    const own = rows.length === 1 ? intervalOf(rows[0]) : null
    return {
      channel,
      conversions: sumUnlessNull(rows.map(({ conversions }) => conversions)),
      value: sumUnlessNull(rows.map(({ value }) => value)),
      share: sumUnlessNull(rows.map(({ share }) => share)),
      interval: intervalOf(intervals.get(channel)) ?? own,
    }
  })
  return {
    method: result.method,
    channels: totals.filter(({ channel }) => channel !== BASELINE_CHANNEL).sort(byCredit),
    baseline: totals.find(({ channel }) => channel === BASELINE_CHANNEL),
  }
}

/** Channels that stand for themselves, and what the others have together. */
export interface FoldedChannels {
  readonly shown: readonly ChannelTotal[]
  /** Their sum; undefined where all are shown. */
  readonly rest: { readonly channels: readonly string[]; readonly total: ChannelTotal } | undefined
}

/** @returns the `limit` channels with most credit and the sum of the others; never a rest of one channel. */
export function foldChannels({ channels }: MethodTotals, limit: number): FoldedChannels {
  if (channels.length <= limit + 1) return { shown: channels, rest: undefined }
  const others = channels.slice(limit)
  const total: ChannelTotal = {
    channel: `${formatCount(others.length)} others`,
    conversions: sumUnlessNull(others.map(({ conversions }) => conversions)),
    value: sumUnlessNull(others.map(({ value }) => value)),
    share: sumUnlessNull(others.map(({ share }) => share)),
    interval: null,
  }
  return { shown: channels.slice(0, limit), rest: { channels: others.map(({ channel }) => channel), total } }
}

function intervalOf(
  ends: { readonly lower: number | null; readonly upper: number | null } | undefined,
): Interval | null {
  if (ends === undefined || ends.lower === null || ends.upper === null) return null
  return { lower: ends.lower, upper: ends.upper }
}

function byCredit(left: ChannelTotal, right: ChannelTotal): number {
  const more = (right.conversions ?? 0) - (left.conversions ?? 0)
  return more || byCodePoint(left.channel, right.channel)
}
