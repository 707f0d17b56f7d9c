import type { ChannelTotal, MethodTotals } from './channel-totals.ts'
import type { DaysByChannel } from './day-credits.ts'

/** How people call a method: above a legend, and inside a sentence. */
export interface MethodWords {
  readonly name: string
  /** `the hazard model`, `last touch`. */
  readonly sentence: string
}

/** What does not depend on the method that is shown. */
export interface ShownData {
  readonly lookbackDays: number
  readonly timeZone: string
  /** The channels share all conversions: there is no baseline. */
  readonly seedFormat: boolean
  /** True causes, where the touchpoints were simulated. */
  readonly truth: { readonly baseline: number; readonly byChannel: ReadonlyMap<string, number> } | undefined
  /** By which the page's script finds a channel; undefined for names that are no channels. */
  readonly placeOf: (channel: string) => number | undefined
}

/** One method's answer: all that its figures are drawn from, when the page is made and again in the reader's browser. */
export interface ShownMethod {
  readonly words: MethodWords
  readonly totals: MethodTotals
  /** Another method that has intervals, if this one has none. */
  readonly second: { readonly words: MethodWords; readonly totals: MethodTotals } | undefined
  readonly days: DaysByChannel | undefined
  /** The answer is about the users of one segment. */
  readonly isSegment: boolean
  readonly data: ShownData
}

/** Channels with a bar of their own; the others are folded into one row. */
export const SHOWN_CHANNELS = 12

/** @returns whether any channel has an interval. */
export function hasIntervals({ channels }: Pick<MethodTotals, 'channels'>): boolean {
  return channels.some(({ interval }: ChannelTotal) => interval !== null)
}
