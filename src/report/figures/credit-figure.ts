import {
  type ChannelTotal,
  type FoldedChannels,
  foldChannels,
  type MethodTotals,
  sumOf,
} from '../channel-totals.ts'
import type { Chart } from '../charts/chart.ts'
import { type CreditBar, creditChart } from '../charts/credit-chart.ts'
import { wholeChart } from '../charts/whole-chart.ts'
import {
  channelHtml,
  figureHtml,
  legendHtml,
  numberColumn,
  type TableColumn,
  tableHtml,
  textColumn,
} from '../elements.ts'
import { type Html, html } from '../html.ts'
import { formatConversions, formatInterval, formatShare } from '../numbers.ts'
import { hasIntervals, SHOWN_CHANNELS, type ShownData, type ShownMethod } from '../shown-method.ts'

const ALL_CHANNELS = '(all channels)'

/** @returns what a method credits to each channel: bars, intervals, and the same as a table. */
export function creditFigure(shown: ShownMethod): Html {
  const folded = foldChannels(shown.totals, SHOWN_CHANNELS)
  const totals = [...folded.shown, ...(folded.rest ? [folded.rest.total] : [])]
  return figureHtml({
    above: maybeWholeChart(shown),
    chart: creditChart(
      totals.map((total) => barOf(shown, folded, total)),
      shown.totals.channels.length,
    ),
    caption: creditCaption(shown, folded),
    legend: creditLegend(shown),
    tableName: 'credit by channel',
    table: creditTable(shown),
  })
}

/** All conversions as one bar; left out without a baseline, or if a part is negative. */
function maybeWholeChart({ data, totals }: ShownMethod): Chart | undefined {
  const baseline = totals.baseline?.conversions
  const channels = sumOf(ALL_CHANNELS, totals.channels).conversions
  if (data.seedFormat || typeof baseline !== 'number' || channels === null) return undefined
  if (baseline < 0 || channels < 0 || baseline + channels <= 0) return undefined
  return wholeChart({ channels, baseline })
}

function barOf({ data, second }: ShownMethod, folded: FoldedChannels, total: ChannelTotal): CreditBar {
  const isRest = total === folded.rest?.total
  const { channel } = total
  return {
    total,
    isRest,
    second: isRest ? undefined : second?.totals.channels.find((one) => one.channel === channel),
    truth: isRest ? undefined : data.truth?.byChannel.get(channel),
    place: isRest ? undefined : data.placeOf(channel),
  }
}

function creditLegend({ words, second, totals, data }: ShownMethod): Html {
  const hasNegative = totals.channels.some(({ conversions }) => (conversions ?? 0) < 0)
  return legendHtml([
    ['bar', words.name],
    ...(hasIntervals(totals) ? [['whisker', '95% interval'] as const] : []),
    ...(second ? [['dot-whisker', `${second.words.name}, 95% interval`] as const] : []),
    ...(hasNegative ? [['negative', 'negative credit'] as const] : []),
    ...(data.truth ? [['truth', 'true value (simulated data)'] as const] : []),
  ])
}

function creditCaption({ words, second, totals, isSegment }: ShownMethod, { rest }: FoldedChannels): string {
  const intervals =
    second !== undefined || hasIntervals(totals)
      ? 'Intervals show how much the numbers would change with a different sample of users, and what models are usually off by.'
      : isSegment
        ? 'There are no intervals by segment.'
        : `This run has no intervals for ${words.sentence}.`
  const others = rest
    ? ` ${rest.channels.length} channels with less credit are combined in one row without a bar; the table lists each of them.`
    : ''
  return `${intervals}${others}`
}

function creditTable(shown: ShownMethod): Html {
  const { channels, baseline } = shown.totals
  const summary = [sumOf(ALL_CHANNELS, channels), ...(baseline === undefined ? [] : [baseline])]
  return tableHtml('Credit by channel', creditColumns(shown, summary), [...channels, ...summary])
}

function creditColumns(
  { totals, second, data }: ShownMethod,
  summary: readonly ChannelTotal[],
): readonly TableColumn<ChannelTotal>[] {
  const hasValue = totals.channels.some(({ value }) => value !== null)
  return [
    textColumn('channel', (total) =>
      summary.includes(total)
        ? html`<em data-sum>${total.channel}</em>`
        : channelHtml(total.channel, data.placeOf, 80),
    ),
    numberColumn('conversions', ({ conversions }) => formatConversions(conversions)),
    intervalColumn(totals, second),
    numberColumn('share', ({ share }) => formatShare(share)),
    ...(hasValue ? [numberColumn('value', ({ value }: ChannelTotal) => formatConversions(value))] : []),
    ...(data.truth ? [truthColumn(data.truth, totals.baseline)] : []),
  ]
}

function intervalColumn(totals: MethodTotals, second: ShownMethod['second']): TableColumn<ChannelTotal> {
  const { channels, baseline } = second?.totals ?? totals
  const all = [...channels, ...(baseline ? [baseline] : [])]
  const intervals = new Map(all.map(({ channel, interval }) => [channel, interval]))
  const heading = second ? `95% interval from ${second.words.sentence}` : '95% interval'
  return numberColumn(heading, (total) => {
    const interval = intervals.get(total.channel) ?? total.interval
    return formatInterval(interval?.lower, interval?.upper)
  })
}

function truthColumn(
  { baseline: trueBaseline, byChannel }: NonNullable<ShownData['truth']>,
  baseline: ChannelTotal | undefined,
): TableColumn<ChannelTotal> {
  return numberColumn('truth', (total) =>
    formatConversions(total === baseline ? trueBaseline : byChannel.get(total.channel)),
  )
}
