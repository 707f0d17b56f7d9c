import type { Spend } from '../queries/spend.ts'
import type { ChannelInterval, MethodRows } from './attribution.ts'
import { creditByChannel } from './channel-credit.ts'
import { defineTable, double, nullable, type RowOf, varchar } from './table.ts'

/** What each channel cost and brought, by each method of `attribution`. */
export const performance = defineTable({
  option: 'performanceTable',
  onlyWith: 'spendTable',
  columns: {
    method: varchar,
    channel: varchar,
    conversions: nullable(double),
    value: nullable(double),
    spend: double,
    /** Null where there are no positive conversions. */
    costPerConversion: nullable(double),
    /** Null where nothing was spent. */
    returnOnAdSpend: nullable(double),
    /** Ends of the interval of the cost per conversion. */
    lower: nullable(double),
    upper: nullable(double),
  },
})

/** A row of the table `performance`. */
export type PerformanceRow = RowOf<typeof performance.columns>

/**
 * Channels with spend and no touch brought nothing; the baseline has neither.
 * @param hasValue whether conversions have a value.
 * @returns one row per method and channel, the method's channels first. O(rows of all methods).
 */
export function performanceRows(
  methods: readonly MethodRows[],
  { byChannel }: Pick<Spend, 'byChannel'>,
  hasValue: boolean,
): PerformanceRow[] {
  const nothing = { conversions: 0, value: hasValue ? 0 : null }
  return methods.flatMap(({ method, rows, channels }) => {
    const credits = new Map(creditByChannel(rows).channels.map((credit) => [credit.channel, credit]))
    const intervals = new Map(channels?.map((interval) => [interval.channel, interval]))
    return [...new Set([...credits.keys(), ...byChannel.keys()])].map((channel) => ({
      method,
      channel,
      ...costAndReturn(credits.get(channel) ?? nothing, byChannel.get(channel) ?? 0, intervals.get(channel)),
    }))
  })
}

function costAndReturn(
  { conversions, value }: Pick<PerformanceRow, 'conversions' | 'value'>,
  spend: number,
  interval: ChannelInterval | undefined,
) {
  return {
    conversions,
    value,
    spend,
    costPerConversion: costOf(spend, conversions),
    returnOnAdSpend: value === null || spend === 0 ? null : value / spend,
    lower: costOf(spend, interval?.upper ?? null),
    upper: costOf(spend, interval?.lower ?? null),
  }
}

function costOf(spend: number, conversions: number | null): number | null {
  return conversions === null || conversions <= 0 ? null : spend / conversions
}
