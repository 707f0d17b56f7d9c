import type { ChannelTotal } from '../channel-totals.ts'
import { type Html, html } from '../html.ts'
import { isolatedName } from '../names.ts'
import { counted, formatConversions, formatInterval, formatShare } from '../numbers.ts'
import {
  amountAxisHtml,
  type Chart,
  type ChartSize,
  linearScale,
  nameMargin,
  namesHtml,
  rounded,
  type Scale,
  svgHtml,
} from './chart.ts'

/** A channel's bar, and what is drawn over it. */
export interface CreditBar {
  readonly total: ChannelTotal
  /** The folded channels, whose label is not a name from the data. */
  readonly isRest: boolean
  /** The credit by a second method that has intervals. */
  readonly second: ChannelTotal | undefined
  /** Conversions that the channel really caused, if known. */
  readonly truth: number | undefined
  /** By which the page's script finds the channel. */
  readonly place?: number | undefined
}

const MAX_DESCRIBED = 5

/** @returns one bar per channel, with its interval or that of a second method, and the true value if it is known. */
export function creditChart(bars: readonly CreditBar[], channelCount: number): Chart {
  const alternative = describeCredit(bars, channelCount)
  return { alternative, draw: (size) => drawCredit(alternative, bars, size) }
}

function describeCredit(bars: readonly CreditBar[], channelCount: number): string {
  const described = bars.slice(0, MAX_DESCRIBED).map(({ total: { channel, conversions, interval } }) => {
    const range = interval ? `, interval ${formatInterval(interval.lower, interval.upper)}` : ''
    return `${isolatedName(channel)} ${formatConversions(conversions)}${range}`
  })
  const undescribed = channelCount - described.length
  const more = undescribed > 0 ? `; ${counted(undescribed, 'more channel')} in the table below` : ''
  return `Bar chart of conversions credited to ${counted(channelCount, 'channel')}: ${described.join('; ')}${more}.`
}

function drawCredit(alternative: string, bars: readonly CreditBar[], size: ChartSize): Html {
  const isWide = size.name === 'wide'
  const rowPx = isWide ? 34 : 32
  const labels = bars.map(({ isRest, total }) =>
    isRest ? total.channel : isolatedName(total.channel, size.nameColumns),
  )
  const [left, right] = [nameMargin(labels, size), size.widthPx - (isWide ? 120 : 52)]
  const bottom = TOP + bars.length * rowPx
  const scale = linearScale(domainOf(bars), left, right)
  const middleOf = (row: number) => TOP + (row + 0.5) * rowPx
  const axisLabel = `conversions credited${isWide ? " (in parentheses: share of the channels' credit)" : ''}`
  const rows = bars.map((bar, row) => rowHtml(bar, scale, middleOf(row), rowPx, size))
  return svgHtml(
    alternative,
    size,
    bottom + 40,
    amountAxisHtml(scale, size, [TOP, bottom], axisLabel, 7),
    namesHtml(labels, left - 6, middleOf),
    html`${rows}`,
  )
}

const TOP = 6
/** Part of a row that its bar takes. */
const BAR_PART = 0.66

/** Folded channels have no bar: hundreds of them together would shrink every single channel to a dot. */
function rowHtml(bar: CreditBar, scale: Scale, middle: number, rowPx: number, size: ChartSize): Html {
  const heightPx = rounded(rowPx * BAR_PART)
  const top = rounded(middle - heightPx / 2)
  const value = shownValue(bar)
  const [from, to] = [scale.at(Math.min(0, value)), scale.at(Math.max(0, value))]
  const fill = value < 0 ? 'var(--negative)' : 'var(--bar)'
  const drawn = bar.isRest
    ? undefined
    : html`<rect x="${from}" y="${top}" width="${rounded(to - from)}" height="${heightPx}" rx="2" fill="${fill}"><title>${titleOf(bar)}</title></rect>`
  const label = html`<text x="${scale.at(endOf(bar)) + 8}" y="${middle}" dy="0.32em" style="font-variant-numeric:tabular-nums">${valueLabel(bar.total, size)}</text>`
  const row = html`${drawn}${intervalHtml(bar, scale, middle)}${truthHtml(bar, scale, top, heightPx)}${label}`
  return bar.place === undefined ? row : html`<g data-channel="${bar.place}">${row}</g>`
}

/** A whisker; that of a second method surrounds a dot that marks that method's credit. */
function intervalHtml({ total, second }: CreditBar, scale: Scale, middle: number): Html {
  const whisker = (interval: ChannelTotal['interval']) => {
    if (interval === null) return undefined
    const [lower, upper] = [scale.at(interval.lower), scale.at(interval.upper)]
    const ends = [lower, upper].map((end) => `M${end},${middle - 4}V${middle + 4}`).join('')
    return html`<path d="M${lower},${middle}H${upper}${ends}" stroke="var(--text)" stroke-width="1.5"/>`
  }
  const dot = second?.interval
    ? html`<circle cx="${scale.at(second.conversions ?? 0)}" cy="${middle}" r="3.5" fill="var(--surface)" stroke="var(--text)" stroke-width="1.5"/>`
    : undefined
  return html`${whisker(total.interval)}${whisker(second?.interval ?? null)}${dot}`
}

function truthHtml({ truth }: CreditBar, scale: Scale, top: number, heightPx: number): Html | undefined {
  if (truth === undefined) return undefined
  return html`<path d="M${scale.at(truth)},${top - 3}v${heightPx + 6}" stroke="var(--truth)" stroke-width="3"/>`
}

/** From the lowest to the highest value that anything reaches, including zero. */
function domainOf(bars: readonly CreditBar[]): [number, number] {
  const lowest = bars.map((bar) =>
    Math.min(0, shownValue(bar), bar.total.interval?.lower ?? 0, bar.second?.interval?.lower ?? 0),
  )
  const highest = Math.max(0, ...bars.map(endOf))
  return [Math.min(0, ...lowest), highest > 0 ? highest : 1]
}

function shownValue({ isRest, total }: CreditBar): number {
  return isRest ? 0 : (total.conversions ?? 0)
}

/** The highest amount that a row reaches. */
function endOf(bar: CreditBar): number {
  const reaches = [shownValue(bar), bar.total.interval?.upper, bar.second?.interval?.upper, bar.truth, 0]
  return Math.max(...reaches.filter((reach) => reach !== undefined))
}

function titleOf({ total, second }: CreditBar): string {
  const interval = total.interval ?? second?.interval
  const range = interval ? `, 95% interval ${formatInterval(interval.lower, interval.upper)}` : ''
  return `${isolatedName(total.channel, 200)}: ${formatConversions(total.conversions)}${range}`
}

function valueLabel({ conversions, share }: ChannelTotal, size: ChartSize): string {
  const credited = formatConversions(conversions)
  return size.name === 'wide' && share !== null ? `${credited}  (${formatShare(share)})` : credited
}
