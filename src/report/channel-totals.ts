import { sumUnlessNull } from '../numerics/compensated-sum.ts'
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
