import * as Plot from '@observablehq/plot'
import type { ChannelTotal } from '../channel-totals.ts'
import { isolatedName } from '../names.ts'
import { counted, formatConversions, formatInterval, formatShare } from '../numbers.ts'
import { amountAxis, type Chart, type ChartSize, nameAxis, nameMargin } from './plot.ts'

/** A channel's bar, and what is drawn over it. */
export interface CreditBar {
  readonly total: ChannelTotal
  /** The folded channels, whose label is not a name from the data. */
  readonly isRest: boolean
  /** The credit by a second method that has intervals. */
  readonly second: ChannelTotal | undefined
  /** Conversions that the channel really caused, if known. */
  readonly truth: number | undefined
}

interface Row {
  readonly key: string
  readonly label: string
  readonly value: number
  readonly title: string
  readonly end: number
  readonly bar: CreditBar
}

const MAX_DESCRIBED = 5

/** @returns one bar per channel, with its interval or that of a second method, and the true value if it is known. */
export function creditChart(bars: readonly CreditBar[], channelCount: number): Chart {
  return { alternative: describeCredit(bars, channelCount), plot: (size) => plotCredit(bars, size) }
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

function plotCredit(bars: readonly CreditBar[], size: ChartSize): Plot.PlotOptions {
  const isWide = size.name === 'wide'
  const rows = bars.map((bar, at) => rowOf(bar, at, size))
  const labels = rows.map(({ label }) => label)
  const axisLabel = `conversions credited${isWide ? " (in parentheses: share of the channels' credit)" : ''}`
  return {
    height: rows.length * (isWide ? 34 : 32) + 46,
    marginLeft: nameMargin(labels, size),
    marginRight: isWide ? 120 : 52,
    marginTop: 6,
    marginBottom: 40,
    x: { domain: domainOf(rows) },
    y: { domain: rows.map(({ key }) => key), label: null, padding: 0.34 },
    color: { type: 'identity' },
    marks: [
      ...amountAxis(size, axisLabel, 7),
      nameAxis(labels),
      barMark(rows),
      ...intervalMarks(rows),
      truthMark(rows),
      valueMark(rows, size),
    ],
  }
}

/** Folded channels have no bar: hundreds of them together would shrink every single channel to a dot. */
function barMark(rows: readonly Row[]): Plot.Markish {
  const single = rows.filter(({ bar }) => !bar.isRest)
  const fill = ({ value }: Row) => (value < 0 ? 'var(--negative)' : 'var(--bar)')
  return Plot.barX(single, { y: 'key', x: 'value', fill, rx: 2, title: 'title' })
}

function valueMark(rows: readonly Row[], size: ChartSize): Plot.Markish {
  return Plot.text(rows, {
    y: 'key',
    x: 'end',
    dx: 8,
    textAnchor: 'start',
    text: ({ bar }: Row) => valueLabel(bar.total, size),
    fill: 'var(--text)',
    fontVariant: 'tabular-nums',
  })
}

/** From the lowest to the highest value that anything reaches, including zero. */
function domainOf(rows: readonly Row[]): [number, number] {
  const lowest = rows.map(({ value, bar }) =>
    Math.min(0, value, bar.total.interval?.lower ?? 0, bar.second?.interval?.lower ?? 0),
  )
  const highest = Math.max(...rows.map(({ end }) => end))
  return [Math.min(...lowest), highest > 0 ? highest : 1]
}

function rowOf(bar: CreditBar, at: number, size: ChartSize): Row {
  const { channel, conversions, interval } = bar.total
  const value = bar.isRest ? 0 : (conversions ?? 0)
  const reaches = [value, interval?.upper, bar.second?.interval?.upper, bar.truth, 0]
  return {
    key: `${at}`,
    label: bar.isRest ? channel : isolatedName(channel, size.nameColumns),
    value,
    title: titleOf(bar),
    end: Math.max(...reaches.filter((reach) => reach !== undefined)),
    bar,
  }
}

function titleOf({ total, second }: CreditBar): string {
  const interval = total.interval ?? second?.interval
  const range = interval ? `, 95% interval ${formatInterval(interval.lower, interval.upper)}` : ''
  return `${isolatedName(total.channel, 200)}: ${formatConversions(total.conversions)}${range}`
}

/** Whiskers; those of a second method surround a dot that marks that method's credit. */
function intervalMarks(rows: readonly Row[]): readonly Plot.Markish[] {
  const ownRanges = rows.flatMap(({ key, bar }) =>
    bar.total.interval ? [{ key, ...bar.total.interval }] : [],
  )
  const secondRanges = rows.flatMap(({ key, bar: { second } }) =>
    second?.interval ? [{ key, credit: second.conversions ?? 0, ...second.interval }] : [],
  )
  const ranges = [...ownRanges, ...secondRanges]
  const ink = { y: 'key', stroke: 'var(--text)', strokeWidth: 1.5 } as const
  return [
    Plot.ruleY(ranges, { ...ink, x1: 'lower', x2: 'upper' }),
    Plot.tickX(ranges, { ...ink, x: 'lower', insetTop: 7, insetBottom: 7 }),
    Plot.tickX(ranges, { ...ink, x: 'upper', insetTop: 7, insetBottom: 7 }),
    Plot.dot(secondRanges, { ...ink, x: 'credit', r: 3.5, fill: 'var(--surface)' }),
  ]
}

function truthMark(rows: readonly Row[]): Plot.Markish {
  const known = rows.flatMap(({ key, bar }) => (bar.truth === undefined ? [] : [{ key, truth: bar.truth }]))
  const ink = { stroke: 'var(--truth)', strokeWidth: 3, insetTop: -3, insetBottom: -3 } as const
  return Plot.tickX(known, { y: 'key', x: 'truth', ...ink })
}

function valueLabel({ conversions, share }: ChannelTotal, size: ChartSize): string {
  const credited = formatConversions(conversions)
  return size.name === 'wide' && share !== null ? `${credited}  (${formatShare(share)})` : credited
}
