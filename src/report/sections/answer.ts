import { sumUnlessNull } from '../../numerics/compensated-sum.ts'
import { describeCreditChart, describeWholeChart } from '../alternatives.ts'
import { buildCaveats } from '../caveats.ts'
import type { ChannelTotal, MethodTotals } from '../channel-totals.ts'
import { type CreditBar, drawCreditChart } from '../charts/credit-chart.ts'
import { drawWholeChart } from '../charts/whole-chart.ts'
import { type Drawing, figureHtml, legendHtml, tableHtml } from '../elements.ts'
import { buildHeadline } from '../headline.ts'
import { type Html, html } from '../html.ts'
import { methodInSentence, methodNameOf } from '../method-names.ts'
import { nameHtml, sentenceHtml } from '../names.ts'
import { formatConversions, formatInterval, formatPValue, formatShare } from '../numbers.ts'
import type { ReportView } from '../report-view.ts'

/** @returns the first screen: the answer in one sentence, how sure it is, and the channels as bars. */
export function answerSection(view: ReportView): Html {
  const caveats = buildCaveats(view.headline).map((caveat) => html`<li>${sentenceHtml(caveat)}</li>`)
  return html`<section id="answer" aria-labelledby="headline" class="${view.hasSignal ? '' : 'no-signal'}">
<h1 id="headline">${sentenceHtml(buildHeadline(view.headline))}</h1>
<p class="lead">${signalWords(view)}</p>
${creditFigure(view)}
${caveats.length > 0 ? html`<ul class="caveats">${caveats}</ul>` : undefined}
</section>
`
}

function signalWords({ input }: ReportView): Html {
  const { signal } = input.shapley
  const link = html`<a href="#reading">how to read it</a>`
  if (signal === null) return html`Credit is association, not proof of effect: see ${link}.`
  if (signal.hasSignal) {
    return html`<strong class="good">Signal found</strong> (${formatPValue(signal.pValue)}). It is association, not proof of effect: see ${link}.`
  }
  return html`Where touches say nothing about conversions at all, ${formatShare(signal.pValue, 0)} of the data sets look like these. See ${link}.`
}

/** All conversions as one bar; left out where there is no baseline, or a part is negative. */
function wholeDrawing({ input, totals }: ReportView): Drawing | undefined {
  const baseline = totals.baseline?.conversions
  const channels = sumUnlessNull(totals.channels.map(({ conversions }) => conversions))
  if (input.manifest.seedFormat || typeof baseline !== 'number' || channels === null) return undefined
  if (baseline < 0 || channels < 0 || baseline + channels <= 0) return undefined
  return {
    draw: (size, alternative) => drawWholeChart({ channels, baseline }, size, alternative),
    alternative: describeWholeChart(channels, baseline),
  }
}

function creditFigure(view: ReportView): Html {
  const { totals, folded, leading } = view
  const bars = [...folded.shown, ...(folded.rest ? [folded.rest.total] : [])].map((total) =>
    barOf(view, total),
  )
  const name = methodNameOf(leading.method).name
  return figureHtml({
    above: wholeDrawing(view),
    draw: (size, alternative) => drawCreditChart(bars, size, alternative),
    alternative: describeCreditChart(folded.shown, totals.channels.length),
    caption: creditCaption(view),
    legend: creditLegend(view, name),
    tableName: 'credit by channel',
    table: creditTable(view),
  })
}

function barOf({ input, second, folded }: ReportView, total: ChannelTotal): CreditBar {
  const isRest = total === folded.rest?.total
  const same = ({ channel }: { readonly channel: string }) => !isRest && channel === total.channel
  return {
    total,
    isRest,
    second: second?.channels.find(same),
    truth: input.truth?.channels.find(same)?.conversions,
  }
}

function creditLegend({ second, totals, input }: ReportView, name: string): Html {
  const entries: (readonly [string, string])[] = [['bar', name]]
  if (totals.channels.some(({ interval }) => interval !== null)) entries.push(['whisker', '95 % interval'])
  if (second !== undefined) {
    entries.push(['dot-whisker', `${methodNameOf(second.method).name}, 95 % interval`])
  }
  if (totals.channels.some(({ conversions }) => (conversions ?? 0) < 0))
    entries.push(['negative', 'negative credit'])
  if (input.truth !== undefined) entries.push(['truth', 'truth of the simulation'])
  return legendHtml(entries)
}

function creditCaption({ folded, second, totals, leading }: ReportView): Html {
  const sure =
    second !== undefined || totals.channels.some(({ interval }) => interval !== null)
      ? 'Intervals hold sampling noise only: how far the numbers would move with other users.'
      : `No intervals in this run for ${methodInSentence(leading.method)}.`
  const rest = folded.rest
    ? ` ${folded.rest.channels.length} channels with less credit stand together in one row, without a bar; the table has each of them.`
    : ''
  return html`${sure}${rest}`
}

function creditTable(view: ReportView): Html {
  const { totals, second, input } = view
  const hasValue = totals.channels.some(({ value }) => value !== null)
  const truth = new Map(input.truth?.channels.map(({ channel, conversions }) => [channel, conversions]))
  const { channels, baseline } = second ?? totals
  const intervals = baseline ? [...channels, baseline] : channels
  const ofInterval = new Map(intervals.map(({ channel, interval }) => [channel, interval]))
  const numeric = (heading: string) => ({ heading, numeric: true })
  const columns = [
    { heading: 'channel' },
    numeric('conversions'),
    numeric(second ? `95 % interval of ${methodInSentence(second.method)}` : '95 % interval'),
    numeric('share'),
    ...(hasValue ? [numeric('value')] : []),
    ...(input.truth ? [numeric('truth')] : []),
  ]
  const rows = [...totals.channels, ...summaryRows(totals)].map((total) => {
    const interval = ofInterval.get(total.channel) ?? total.interval
    const isBaseline = total === totals.baseline
    return [
      isBaseline || total.channel === ALL_CHANNELS
        ? html`<em>${total.channel}</em>`
        : nameHtml(total.channel, 80),
      formatConversions(total.conversions),
      formatInterval(interval?.lower, interval?.upper),
      formatShare(total.share),
      ...(hasValue ? [formatConversions(total.value)] : []),
      ...(input.truth
        ? [formatConversions(isBaseline ? input.truth.baseline : truth.get(total.channel))]
        : []),
    ]
  })
  return tableHtml('Credit by channel', columns, rows)
}

const ALL_CHANNELS = '(all channels)'

function summaryRows({ channels, baseline }: MethodTotals): readonly ChannelTotal[] {
  const all = {
    channel: ALL_CHANNELS,
    conversions: sumUnlessNull(channels.map(({ conversions }) => conversions)),
    value: sumUnlessNull(channels.map(({ value }) => value)),
    share: sumUnlessNull(channels.map(({ share }) => share)),
    interval: null,
  }
  return baseline === undefined ? [all] : [all, baseline]
}
