import { sumUnlessNull } from '../numerics/compensated-sum.ts'
import type { Spend } from '../queries/spend.ts'
import {
  type AttributionRow,
  type CampaignInterval,
  type ChannelInterval,
  childColumns,
  type MethodRows,
} from './attribution.ts'
import { creditByChannel } from './channel-credit.ts'
import { defineTable, double, nullable, type RowOf, varchar } from './table.ts'

/** What each channel cost and brought, by each method of `attribution`. */
export const performance = defineTable({
  option: 'performanceTable',
  onlyWith: 'spendTable',
  columns: {
    method: varchar,
    channel: varchar,
    /** Null for what the channel has in all. */
    campaign: childColumns.campaign,
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
 * @returns one row per method and channel, the method's channels first, and where spend has campaigns one for each of them.
 *   O(rows of all methods).
 */
export function performanceRows(
  methods: readonly MethodRows[],
  { byChannel, byCampaign }: Pick<Spend, 'byChannel'> & Partial<Pick<Spend, 'byCampaign'>>,
  hasValue: boolean,
): PerformanceRow[] {
  const nothing = { conversions: 0, value: hasValue ? 0 : null }
  return methods.flatMap(({ method, rows, channels, campaigns }) => {
    const credits = new Map(creditByChannel(rows).channels.map((credit) => [credit.channel, credit]))
    const intervals = new Map(channels?.map((interval) => [interval.channel, interval]))
    const ofChannels = [...new Set([...credits.keys(), ...byChannel.keys()])].map((channel) => ({
      method,
      channel,
      campaign: null,
      ...costAndReturn(credits.get(channel) ?? nothing, byChannel.get(channel) ?? 0, intervals.get(channel)),
    }))
    const ofCampaigns = byCampaign === undefined ? [] : campaignCosts(rows, campaigns, byCampaign, nothing)
    return [...ofChannels, ...ofCampaigns.map((row) => ({ method, ...row }))]
  })
}

/** @returns a row for each campaign that has credit or spend, where the method has campaigns. */
function campaignCosts(
  rows: readonly AttributionRow[],
  intervals: readonly CampaignInterval[] = [],
  spent: NonNullable<Spend['byCampaign']>,
  nothing: Pick<PerformanceRow, 'conversions' | 'value'>,
): Omit<PerformanceRow, 'method'>[] {
  const keyOf = (one: Pick<AttributionRow, 'channel' | 'campaign'>) =>
    JSON.stringify([one.channel, one.campaign])
  const credits = new Map<string, AttributionRow[]>()
  for (const row of rows) {
    if (row.campaign === null || row.segment !== null) continue
    const own = credits.get(keyOf(row))
    if (own === undefined) credits.set(keyOf(row), [row])
    else own.push(row)
  }
  if (credits.size === 0) return []
  const spends = new Map(spent.map((one) => [keyOf(one), one.spend]))
  const byKey = new Map(intervals.map((interval) => [keyOf(interval), interval]))
  return [...new Set([...credits.keys(), ...spends.keys()])].map((key) => {
    const [channel, campaign] = JSON.parse(key) as [string, string]
    const own = credits.get(key)
    const credit =
      own === undefined
        ? nothing
        : {
            conversions: sumUnlessNull(own.map(({ conversions }) => conversions)),
            value: sumUnlessNull(own.map(({ value }) => value)),
          }
    return { channel, campaign, ...costAndReturn(credit, spends.get(key) ?? 0, byKey.get(key)) }
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
