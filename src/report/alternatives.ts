import type { ChannelTotal, MethodTotals } from './channel-totals.ts'
import type { DayCredits } from './day-credits.ts'
import { describeAgreement } from './disagreement.ts'
import { methodNameOf } from './method-names.ts'
import { isolatedName, plainText } from './names.ts'
import { counted, formatConversions, formatCount, formatInterval, formatShare } from './numbers.ts'
import type { ModelCalibration } from './report-input.ts'

/** What each chart says, for those who don't see it: the finding, then where the numbers are. */

const MAX_NAMED = 5

/** @returns the bar chart of channels in words. */
export function describeCreditChart(shown: readonly ChannelTotal[], channelCount: number): string {
  const named = shown.slice(0, MAX_NAMED).map(({ channel, conversions, interval }) => {
    const sure = interval ? `, interval ${formatInterval(interval.lower, interval.upper)}` : ''
    return `${isolatedName(channel)} ${formatConversions(conversions)}${sure}`
  })
  const more =
    channelCount > MAX_NAMED ? `; ${channelCount - MAX_NAMED} more channels in the table below` : ''
  return `Bar chart of conversions credited to ${counted(channelCount, 'channel')}: ${named.join('; ')}${more}.`
}

/** @returns the bar of all conversions in words. */
export function describeWholeChart(channels: number, baseline: number): string {
  const part = (of: number) => `${formatCount(of)} (${formatShare(of / (channels + baseline), 0)})`
  return `Of ${formatCount(channels + baseline)} conversions the channels are credited with ${part(channels)}, the baseline has ${part(baseline)}.`
}

/** @returns the heat map in words. */
export function describeHeatMap({ groups, rows }: DayCredits): string {
  const cells = rows.flatMap(({ channel, conversions }) =>
    conversions.map((credited, at) => ({ channel, days: groups[at]?.label ?? '', credited })),
  )
  const named = cells.filter(({ channel }) => channel !== undefined)
  const most = named.reduce((best, other) => (other.credited > best.credited ? other : best))
  const day0 = rows.reduce((sum, { conversions }) => sum + (conversions[0] ?? 0), 0)
  const all = cells.reduce((sum, { credited }) => sum + credited, 0)
  const first = groups[0]?.label === '0' ? 'on the day of the conversion' : `${groups[0]?.label} days before`
  const share = all > 0 ? ` ${formatShare(day0 / all, 0)} of the credit lies ${first}.` : ''
  return (
    `Heat map of conversions by channel and days before the conversion. Most: ${isolatedName(most.channel ?? '')}, ` +
    `${most.days} days before, ${formatConversions(most.credited)}.${share}`
  )
}

/** @returns the chart of all methods in words. */
export function describeMethodsChart(compared: readonly MethodTotals[]): string {
  const names = compared.map(({ method }) => methodNameOf(method).name).join(', ')
  const found = describeAgreement(compared).map(plainText).join(' ')
  return `Chart of each channel's share by ${counted(compared.length, 'method')} (${names}). ${found}`.trim()
}

/** @returns the calibration curve in words. */
export function describeCalibration({ bins }: ModelCalibration): string {
  const inside = bins.filter(({ predicted, lower, upper }) => predicted >= lower && predicted <= upper).length
  return (
    `Calibration curve of ${counted(bins.length, 'group')} of held-out examples: in ${inside} of them ` +
    'the predicted probability lies within the interval of what came.'
  )
}
