import type { MethodRows, PerformanceRow } from '../artifacts/results.ts'
import { sumUnlessNull } from '../numerics/compensated-sum.ts'
import type { Spend } from '../queries/spend.ts'
import { BASELINE_CHANNEL } from '../shapley/totals.ts'

/**
 * What each channel cost and brought, by each method. Channels with spend and no touch brought nothing; the baseline
 * has neither.
 * @param hasValue whether conversions have a value.
 * @returns a row a method and channel, the method's channels first. Cost per conversion is null where there are no
 *   positive conversions, return where nothing was spent. O(rows of all methods).
 */
export function buildPerformanceRows(
  methods: readonly MethodRows[],
  { byChannel }: Spend,
  hasValue: boolean,
): PerformanceRow[] {
  return methods.flatMap((method) => {
    const credits = creditsByChannel(method)
    const channels = new Set([...credits.keys(), ...byChannel.keys()])
    const intervals = new Map(method.channels?.map((interval) => [interval.channel, interval]))
    return [...channels].map((channel): PerformanceRow => {
      const { conversions, value } = credits.get(channel) ?? { conversions: 0, value: hasValue ? 0 : null }
      const spend = byChannel.get(channel) ?? 0
      const interval = intervals.get(channel)
      return {
        method: method.method,
        channel,
        conversions,
        value,
        spend,
        costPerConversion: costOf(spend, conversions),
        returnOnAdSpend: value === null || spend === 0 ? null : value / spend,
        lower: costOf(spend, interval?.upper ?? null),
        upper: costOf(spend, interval?.lower ?? null),
      }
    })
  })
}

function costOf(spend: number, conversions: number | null): number | null {
  return conversions === null || conversions <= 0 ? null : spend / conversions
}

interface Credits {
  readonly conversions: number | null
  readonly value: number | null
}

/** Over all days; null where one of them is. */
function creditsByChannel({ rows }: MethodRows): ReadonlyMap<string, Credits> {
  const byChannel = new Map<string, { conversions: (number | null)[]; value: (number | null)[] }>()
  for (const row of rows) {
    if (row.channel === BASELINE_CHANNEL) continue
    const sums = byChannel.get(row.channel) ?? { conversions: [], value: [] }
    sums.conversions.push(row.conversions)
    sums.value.push(row.value)
    byChannel.set(row.channel, sums)
  }
  return new Map(
    [...byChannel].map(([channel, { conversions, value }]) => [
      channel,
      { conversions: sumUnlessNull(conversions), value: sumUnlessNull(value) },
    ]),
  )
}
