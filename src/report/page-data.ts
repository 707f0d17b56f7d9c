import type { ChannelTotal, MethodTotals } from './channel-totals.ts'
import { type DaysByChannel, OTHER_DAYS } from './day-credits.ts'
import type { MethodWords, ShownMethod } from './shown-method.ts'

/** A channel's place, conversions, value, share, and the ends of its interval. */
export type TotalCells = readonly [place: number, ...(number | null)[]]

/** What a method says, for all users or a segment. */
export interface AnswerData {
  readonly totals: readonly TotalCells[]
  /** Undefined where the method has no baseline. */
  readonly baseline?: TotalCells | undefined
  /** A channel's place, and its conversions by day group; place -1: those without a row together. */
  readonly days?: readonly (readonly number[])[] | undefined
}

export interface MethodData extends MethodWords, AnswerData {
  readonly explanation: string
  /** Place of the method that has intervals where this one has none. */
  readonly second?: number | undefined
  /** Channel and campaign by their places, then cells as those of channels. */
  readonly campaigns: readonly (readonly [channel: number, ...TotalCells])[]
  /** In the order of the page's segments. */
  readonly segments: readonly AnswerData[]
}

/** All that the page's script needs, as JSON in the page; numbers have six digits, or three decimals where that is more. Names are referred to by place. */
export interface PageData {
  readonly channels: readonly string[]
  readonly campaigns: readonly string[]
  readonly segments: readonly string[]
  /** The leading one first. */
  readonly methods: readonly MethodData[]
  readonly lookbackDays: number
  readonly timeZone: string
  readonly seedFormat: boolean
  readonly truth?: { readonly baseline: number; readonly byPlace: readonly (number | null)[] } | undefined
  /** Commonest paths: channels, conversions. */
  readonly paths: readonly (readonly [channels: readonly number[], conversions: number])[]
  /** What two channels have together. */
  readonly pairs: readonly (readonly [first: number, second: number, conversions: number])[]
  /** By channel; none without a spend table. */
  readonly spend: readonly (readonly [place: number, spend: number])[]
}

/** @returns a method's answer, from which its figures are drawn; undefined where it has none. @param segment undefined: all users. */
export function shownMethodOf(
  data: PageData,
  method: number,
  segment: number | undefined,
): ShownMethod | undefined {
  const chosen = data.methods[method]
  const answer = segment === undefined ? chosen : chosen?.segments[segment]
  if (chosen === undefined || answer === undefined || answer.totals.length === 0) return undefined
  const second =
    segment === undefined && chosen.second !== undefined ? data.methods[chosen.second] : undefined
  const places = new Map(data.channels.map((channel, place) => [channel, place]))
  return {
    words: chosen,
    totals: totalsIn(data, answer),
    second: second && { words: second, totals: totalsIn(data, second) },
    days: daysIn(data, answer),
    isSegment: segment !== undefined,
    data: {
      lookbackDays: data.lookbackDays,
      timeZone: data.timeZone,
      seedFormat: data.seedFormat,
      truth: segment === undefined ? truthIn(data) : undefined,
      placeOf: (channel) => places.get(channel),
    },
  }
}

function totalsIn({ channels }: PageData, { totals, baseline }: AnswerData): MethodTotals {
  return {
    method: '',
    channels: totals.map((cells) => totalOf(channels[cells[0]] ?? '', cells)),
    baseline: baseline && totalOf('(baseline)', baseline),
  }
}

/** @returns the cells of a row as its totals. */
export function totalOf(
  channel: string,
  [, conversions, value, share, lower, upper]: TotalCells,
): ChannelTotal {
  const interval = typeof lower === 'number' && typeof upper === 'number' ? { lower, upper } : null
  return { channel, conversions: conversions ?? null, value: value ?? null, share: share ?? null, interval }
}

function daysIn({ channels }: PageData, { days }: AnswerData): DaysByChannel | undefined {
  return (
    days && new Map(days.map(([place = -1, ...conversions]) => [channels[place] ?? OTHER_DAYS, conversions]))
  )
}

function truthIn({ truth, channels }: PageData): ShownMethod['data']['truth'] {
  if (truth === undefined) return undefined
  const known = channels.flatMap((channel, place): [string, number][] => {
    const conversions = truth.byPlace[place]
    return typeof conversions === 'number' ? [[channel, conversions]] : []
  })
  return { baseline: truth.baseline, byChannel: new Map(known) }
}
