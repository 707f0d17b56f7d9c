import type { MethodRows } from '../tables/attribution.ts'
import { creditByChannel } from '../tables/channel-credit.ts'
import { channelMeasure, type EvidenceRow } from '../tables/evidence.ts'

/**
 * Intervals of days don't add up, so that `attribution` alone can't say how sure a channel's sum is.
 * @returns what the method credits to each channel over all its days, with its interval, as rows of the table `evidence`;
 *   none where intervals are not known.
 */
export function channelIntervalRows({ method, rows, channels }: MethodRows): readonly EvidenceRow[] {
  const intervals = new Map(channels?.map((interval) => [interval.channel, interval]))
  return creditByChannel(rows).channels.flatMap(({ channel, conversions }) => {
    const interval = intervals.get(channel)
    if (interval === undefined) return []
    const { lower, upper } = interval
    return [{ measure: channelMeasure(method, channel), value: conversions, lower, upper, verdict: null }]
  })
}
