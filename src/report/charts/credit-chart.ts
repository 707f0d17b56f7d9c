import * as Plot from '@observablehq/plot'
import type { ChannelTotal } from '../channel-totals.ts'
import { isolatedName } from '../names.ts'
import { formatConversions, formatInterval, formatShare } from '../numbers.ts'
import { amountAxis, type ChartSize, drawPlot, nameAxis, nameMargin } from './plot.ts'

/** A channel's bar, and what is drawn over it. */
export interface CreditBar {
  readonly total: ChannelTotal
  /** Label of the folded channels, which is no name from the data. */
  readonly isRest: boolean
  /** What a further method with intervals says. */
  readonly second: ChannelTotal | undefined
  /** Conversions that the channel truly caused, where that is known. */
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

/** @returns a bar a channel, with its interval or that of a further method, and the truth where there is one. */
export function drawCreditChart(bars: readonly CreditBar[], size: ChartSize, alternative: string): string {
  const isWide = size.name === 'wide'
  const rows = bars.map((bar, at) => rowOf(bar, at, size))
  const labels = rows.map(({ label }) => label)
  const words = `conversions credited${isWide ? ", in brackets the share of the channels' credit" : ''}`
  const marks = [
    ...amountAxis(size, words, 7),
    nameAxis(labels),
    ...barMarks(rows),
    ...intervalMarks(rows),
    ...truthMarks(rows),
    valueMark(rows, size),
  ]
  const margins = { marginLeft: nameMargin(labels, size), marginRight: isWide ? 120 : 52 }
  return drawPlot(
    {
      height: rows.length * (isWide ? 34 : 32) + 46,
      ...margins,
      marginTop: 6,
      marginBottom: 40,
      x: { domain: domainOf(rows) },
      y: { domain: rows.map(({ key }) => key), label: null, padding: 0.34 },
      color: { type: 'identity' },
      marks,
    },
    size,
    alternative,
  )
}

/** Folded channels have none: hundreds of them together would make each single one a dot. */
function barMarks(rows: readonly Row[]): readonly Plot.Markish[] {
  const single = rows.filter(({ bar }) => !bar.isRest)
  return [Plot.barX(single, { y: 'key', x: 'value', fill: fillOf, rx: 2, title: 'title' })]
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

/** From the lowest to the highest that anything reaches, zero among them. */
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
  const sure = interval ? `, 95 % interval ${formatInterval(interval.lower, interval.upper)}` : ''
  return `${isolatedName(total.channel, 200)}: ${formatConversions(total.conversions)}${sure}`
}

function fillOf({ value }: Row): string {
  return value < 0 ? 'var(--negative)' : 'var(--bar)'
}

/** Whiskers; where they are those of another method, around a dot that shows where that one stands. */
function intervalMarks(rows: readonly Row[]): readonly Plot.Markish[] {
  const own = rows.flatMap(({ key, bar }) => (bar.total.interval ? [{ key, ...bar.total.interval }] : []))
  const other = rows.flatMap(({ key, bar }) => {
    const { second } = bar
    return second?.interval ? [{ key, at: second.conversions ?? 0, ...second.interval }] : []
  })
  const whisker = { y: 'key', stroke: 'var(--text)', strokeWidth: 1.5 } as const
  return [
    Plot.ruleY([...own, ...other], { ...whisker, x1: 'lower', x2: 'upper' }),
    ...(['lower', 'upper'] as const).map((x) =>
      Plot.tickX([...own, ...other], { ...whisker, x, insetTop: 7, insetBottom: 7 }),
    ),
    Plot.dot(other, {
      y: 'key',
      x: 'at',
      r: 3.5,
      fill: 'var(--surface)',
      stroke: 'var(--text)',
      strokeWidth: 1.5,
    }),
  ]
}

function truthMarks(rows: readonly Row[]): readonly Plot.Markish[] {
  const known = rows.flatMap(({ key, bar }) => (bar.truth === undefined ? [] : [{ key, truth: bar.truth }]))
  return [
    Plot.tickX(known, {
      y: 'key',
      x: 'truth',
      stroke: 'var(--truth)',
      strokeWidth: 3,
      insetTop: -3,
      insetBottom: -3,
    }),
  ]
}

function valueLabel({ conversions, share }: ChannelTotal, size: ChartSize): string {
  const credited = formatConversions(conversions)
  return size.name === 'wide' && share !== null ? `${credited}  (${formatShare(share)})` : credited
}
