import { buildCaveats } from '../caveats.ts'
import { type ChannelTotal, type MethodTotals, sumOf } from '../channel-totals.ts'
import { type CreditBar, creditChart } from '../charts/credit-chart.ts'
import type { Chart } from '../charts/plot.ts'
import { wholeChart } from '../charts/whole-chart.ts'
import { figureHtml, legendHtml, numberColumn, type TableColumn, tableHtml, textColumn } from '../elements.ts'
import { buildHeadline } from '../headline.ts'
import { type Html, html } from '../html.ts'
import { methodInSentence, methodNameOf } from '../method-names.ts'
import { nameHtml, type Sentence, sentenceHtml } from '../names.ts'
import { formatConversions, formatInterval, formatPValue, formatShare } from '../numbers.ts'
import type { ReportView } from '../report-view.ts'

const ALL_CHANNELS = '(all channels)'

/** @returns the first screen: the answer in one sentence, how certain it is, and the channels as bars. */
export function answerSection(view: ReportView): Html {
  const notes = [...pairNotes(view), ...buildCaveats(view.headline)]
  const caveats = notes.map((note) => html`<li>${sentenceHtml(note)}</li>`)
  return html`<section id="answer" aria-labelledby="headline" class="${view.hasSignal ? '' : 'no-signal'}">
<h1 id="headline">${sentenceHtml(buildHeadline(view.headline))}</h1>
<p class="lead">${signalNote(view)}</p>
${creditFigure(view)}
${caveats.length > 0 ? html`<ul class="caveats">${caveats}</ul>` : undefined}
</section>
`
}

/** What two channels cause together. */
function pairNotes({ input, hasSignal }: ReportView): readonly Sentence[] {
  if (!hasSignal) return []
  return input.shapley.pairs.map(({ channels: [first, second], conversions }) => [
    { name: first },
    ' and ',
    { name: second },
    ` together: ${formatConversions(conversions)} conversions beyond what each causes alone, says the hazard model, which credits half of them to each.`,
  ])
}

function signalNote({ input }: ReportView): Html {
  const { signal } = input.shapley
  const link = html`<a href="#reading">how to read this</a>`
  if (signal === null) return html`Credit is association, not proof of effect: see ${link}.`
  if (signal.hasSignal) {
    return html`<strong class="good">Signal found</strong> (${formatPValue(signal.pValue)}). This is association, not proof of effect: see ${link}.`
  }
  return html`If touches had nothing to do with conversions, ${formatShare(signal.pValue, 0)} of data sets would show at least this much association. See ${link}.`
}

function creditFigure(view: ReportView): Html {
  const { totals, folded } = view
  const bars = [...folded.shown, ...(folded.rest ? [folded.rest.total] : [])].map((total) =>
    barOf(view, total),
  )
  return figureHtml({
    above: maybeWholeChart(view),
    chart: creditChart(bars, totals.channels.length),
    caption: creditCaption(view),
    legend: creditLegend(view),
    tableName: 'credit by channel',
    table: creditTable(view),
  })
}

/** All conversions as one bar; left out without a baseline, or if a part is negative. */
function maybeWholeChart({ input, totals }: ReportView): Chart | undefined {
  const baseline = totals.baseline?.conversions
  const channels = sumOf(ALL_CHANNELS, totals.channels).conversions
  if (input.manifest.seedFormat || typeof baseline !== 'number' || channels === null) return undefined
  if (baseline < 0 || channels < 0 || baseline + channels <= 0) return undefined
  return wholeChart({ channels, baseline })
}

function barOf({ input, second, folded }: ReportView, total: ChannelTotal): CreditBar {
  const isRest = total === folded.rest?.total
  const isSame = ({ channel }: { readonly channel: string }) => !isRest && channel === total.channel
  return {
    total,
    isRest,
    second: second?.channels.find(isSame),
    truth: input.truth?.channels.find(isSame)?.conversions,
  }
}

function creditLegend({ leading, second, totals, input }: ReportView): Html {
  const hasIntervals = totals.channels.some(({ interval }) => interval !== null)
  const hasNegative = totals.channels.some(({ conversions }) => (conversions ?? 0) < 0)
  return legendHtml([
    ['bar', methodNameOf(leading.method).name],
    ...(hasIntervals ? [['whisker', '95% interval'] as const] : []),
    ...(second ? [['dot-whisker', `${methodNameOf(second.method).name}, 95% interval`] as const] : []),
    ...(hasNegative ? [['negative', 'negative credit'] as const] : []),
    ...(input.truth ? [['truth', 'true value (simulated data)'] as const] : []),
  ])
}

function creditCaption({ folded, second, totals, leading }: ReportView): string {
  const hasIntervals = second !== undefined || totals.channels.some(({ interval }) => interval !== null)
  const intervals = hasIntervals
    ? 'Intervals show how much the numbers would change with a different sample of users, and what models are usually off by.'
    : `This run has no intervals for ${methodInSentence(leading.method)}.`
  const rest = folded.rest
    ? ` ${folded.rest.channels.length} channels with less credit are combined in one row without a bar; the table lists each of them.`
    : ''
  return `${intervals}${rest}`
}

function creditTable(view: ReportView): Html {
  const { channels, baseline } = view.totals
  const summary = [sumOf(ALL_CHANNELS, channels), ...(baseline === undefined ? [] : [baseline])]
  return tableHtml('Credit by channel', creditColumns(view, summary), [...channels, ...summary])
}

function creditColumns(
  { totals, second, input }: ReportView,
  summary: readonly ChannelTotal[],
): readonly TableColumn<ChannelTotal>[] {
  const hasValue = totals.channels.some(({ value }) => value !== null)
  return [
    textColumn('channel', (total) =>
      summary.includes(total) ? html`<em>${total.channel}</em>` : nameHtml(total.channel, 80),
    ),
    numberColumn('conversions', ({ conversions }) => formatConversions(conversions)),
    intervalColumn(totals, second),
    numberColumn('share', ({ share }) => formatShare(share)),
    ...(hasValue ? [numberColumn('value', ({ value }: ChannelTotal) => formatConversions(value))] : []),
    ...(input.truth ? [truthColumn(input.truth, totals.baseline)] : []),
  ]
}

function intervalColumn(totals: MethodTotals, second: MethodTotals | undefined): TableColumn<ChannelTotal> {
  const { channels, baseline } = second ?? totals
  const all = [...channels, ...(baseline ? [baseline] : [])]
  const intervals = new Map(all.map(({ channel, interval }) => [channel, interval]))
  const heading = second ? `95% interval from ${methodInSentence(second.method)}` : '95% interval'
  return numberColumn(heading, (total) => {
    const interval = intervals.get(total.channel) ?? total.interval
    return formatInterval(interval?.lower, interval?.upper)
  })
}

function truthColumn(
  truth: NonNullable<ReportView['input']['truth']>,
  baseline: ChannelTotal | undefined,
): TableColumn<ChannelTotal> {
  const byChannel = new Map(truth.channels.map(({ channel, conversions }) => [channel, conversions]))
  return numberColumn('truth', (total) =>
    formatConversions(total === baseline ? truth.baseline : byChannel.get(total.channel)),
  )
}
