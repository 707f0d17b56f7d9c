import { byCodePoint } from '../code-points.ts'
import type { AttributionRow, MethodRows } from '../tables/attribution.ts'
import { type ChannelCredit, creditByChannel } from '../tables/channel-credit.ts'
import type { ChannelTotal, Interval, MethodTotals } from './channel-totals.ts'

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

/** @returns the totals of one segment; intervals only where a channel has a single row. O(rows log rows). */
export function segmentTotals({ method, rows }: MethodRows, segment: string): MethodTotals {
  return totalsOf({ method, rows: segmentRows(rows, segment), channels: null })
}

/** @returns the rows of a segment's whole channels, as if its users were all. */
export function segmentRows(rows: readonly AttributionRow[], segment: string): readonly AttributionRow[] {
  return rows
    .filter((row) => row.segment === segment && row.campaign === null)
    .map((row) => ({ ...row, segment: null }))
}

/** What a campaign has over all days. */
export interface CampaignTotal extends ChannelTotal {
  readonly campaign: string
}

/** @returns the campaigns of all channels, most credit first; none where channels are not divided. O(rows log rows). */
export function campaignTotals({ method, rows, campaigns }: MethodRows): readonly CampaignTotal[] {
  const keyOf = (channel: string, campaign: string) => JSON.stringify([channel, campaign])
  const intervals = new Map(
    campaigns?.map(({ channel, campaign, lower, upper }) => [keyOf(channel, campaign), { lower, upper }]),
  )
  const byKey = new Map<string, AttributionRow[]>()
  for (const row of rows) {
    if (row.campaign === null || row.segment !== null) continue
    const key = keyOf(row.channel, row.campaign)
    const own = byKey.get(key)
    if (own === undefined) byKey.set(key, [row])
    else own.push(row)
  }
  return [...byKey.values()]
    .flatMap((own) => {
      const campaign = own[0]?.campaign ?? ''
      const whole = own.map((row) => ({ ...row, campaign: null }))
      return totalsOf({ method, rows: whole, channels: null }).channels.map((total) => {
        const interval = intervals.get(keyOf(total.channel, campaign)) ?? total.interval
        return { ...total, campaign, interval }
      })
    })
    .sort(byCredit)
}

function intervalOf({ lower, upper }: Pick<ChannelCredit, 'lower' | 'upper'>): Interval | null {
  return lower === null || upper === null ? null : { lower, upper }
}

function byCredit(left: ChannelTotal, right: ChannelTotal): number {
  return (right.conversions ?? 0) - (left.conversions ?? 0) || byCodePoint(left.channel, right.channel)
}
