import { byCodePoint } from '../code-points.ts'
import { sumUnlessNull } from '../numerics/compensated-sum.ts'
import type { MethodRows } from '../tables/attribution.ts'
import { type ChannelCredit, creditByChannel } from '../tables/channel-credit.ts'
import { formatCount } from './numbers.ts'

export interface Interval {
  readonly lower: number
  readonly upper: number
}

/** A channel's credit over all days, by one method. */
export interface ChannelTotal {
  readonly channel: string
  readonly conversions: number | null
  readonly value: number | null
  /** Part of the channels' credit. */
  readonly share: number | null
  /** 95% interval of `conversions`, from sampling noise. */
  readonly interval: Interval | null
}

export interface MethodTotals {
  readonly method: string
  /** Highest credit first, ties by code point; without the baseline. */
  readonly channels: readonly ChannelTotal[]
  /** Undefined if the method has no baseline row: it can't be estimated. */
  readonly baseline: ChannelTotal | undefined
}

/** @returns a method's rows summed over days. O(rows log rows). */
export function totalsOf(result: MethodRows): MethodTotals {
  const intervals = new Map(result.channels?.map((interval) => [interval.channel, interval]))
  const withInterval = ({
    channel,
    conversions,
    value,
    share,
    lower,
    upper,
  }: ChannelCredit): ChannelTotal => {
    const interval = intervalOf(intervals.get(channel) ?? { lower, upper })
    return { channel, conversions, value, share, interval }
  }
  const { channels, baseline } = creditByChannel(result.rows)
  return {
    method: result.method,
    channels: channels.map(withInterval).sort(byCredit),
    baseline: baseline && withInterval(baseline),
  }
}

/** The channels shown one by one, and the sum of the others. */
export interface FoldedChannels {
  readonly shown: readonly ChannelTotal[]
  /** The others and their sum; undefined if all channels are shown. */
  readonly rest: { readonly channels: readonly string[]; readonly total: ChannelTotal } | undefined
}

/** @returns the `limit` channels with the highest credit and the sum of the others; the rest is never a single channel. */
export function foldChannels({ channels }: MethodTotals, limit: number): FoldedChannels {
  if (channels.length <= limit + 1) return { shown: channels, rest: undefined }
  const others = channels.slice(limit)
  const total = sumOf(`${formatCount(others.length)} others`, others)
  return { shown: channels.slice(0, limit), rest: { channels: others.map(({ channel }) => channel), total } }
}

/** @returns several channels' credit together, under a label, without an interval. */
export function sumOf(label: string, totals: readonly ChannelTotal[]): ChannelTotal {
  return {
    channel: label,
    conversions: sumUnlessNull(totals.map(({ conversions }) => conversions)),
    value: sumUnlessNull(totals.map(({ value }) => value)),
    share: sumUnlessNull(totals.map(({ share }) => share)),
    interval: null,
  }
}

function intervalOf({ lower, upper }: Pick<ChannelCredit, 'lower' | 'upper'>): Interval | null {
  return lower === null || upper === null ? null : { lower, upper }
}

function byCredit(left: ChannelTotal, right: ChannelTotal): number {
  return (right.conversions ?? 0) - (left.conversions ?? 0) || byCodePoint(left.channel, right.channel)
}
