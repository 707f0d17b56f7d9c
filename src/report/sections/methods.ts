import { describeMethodsChart } from '../alternatives.ts'
import { foldChannels, type MethodTotals } from '../channel-totals.ts'
import { drawMethodsChart } from '../charts/methods-chart.ts'
import { describeAgreement } from '../disagreement.ts'
import { figureHtml, legendHtml, missingHtml, sectionHtml, tableHtml } from '../elements.ts'
import { type Html, html } from '../html.ts'
import { markovOrder, methodNameOf } from '../method-names.ts'
import { nameHtml, sentenceHtml } from '../names.ts'
import { formatMeasure, formatShare } from '../numbers.ts'
import type { ReportView } from '../report-view.ts'

const TABLE_CHANNELS = 25

/** @returns every method's shares side by side, and where they disagree most. */
export function methodsSection(view: ReportView): Html {
  const { compared, folded, input } = view
  const words = describeAgreement(compared).map((sentence) => html`${sentenceHtml(sentence)} `)
  const missing = input.comparison
    ? undefined
    : missingHtml(
        'Rules of thumb and Markov chains are not in this report; this makes them',
        'td-mta compare',
      )
  if (compared.length < 2) return sectionHtml('methods', 'Methods side by side', missing)
  const figure = figureHtml({
    draw: (size, alternative) =>
      drawMethodsChart(
        compared,
        folded.shown.map(({ channel }) => channel),
        size,
        alternative,
      ),
    alternative: describeMethodsChart(compared),
    caption: 'A mark is what one method gives the channel; the line reaches from the least to the most.',
    legend: methodsLegend(compared),
    isOpen: true,
    tableName: 'share of each channel by each method',
    table: sharesTable(view),
  })
  return sectionHtml(
    'methods',
    'Methods side by side',
    words.length > 0 ? html`<p>${words}</p>` : undefined,
    figure,
    missing,
    explanations(view),
  )
}

function methodsLegend(compared: readonly MethodTotals[]): Html {
  const kinds = new Set(compared.map(({ method }) => methodNameOf(method).kind))
  const entries: (readonly [string, string])[] = []
  if (kinds.has('learned')) entries.push(['mark-learned', 'learned from the data'])
  if (kinds.has('chain')) entries.push(['mark-chain', 'Markov chain'])
  if (kinds.has('rule')) entries.push(['mark-rule', 'rule of thumb'])
  return legendHtml(entries)
}

/** Shares by channel and method; a bar behind each number. */
function sharesTable({ methods, totals, input }: ReportView): Html {
  const { shown, rest } = foldChannels(totals, TABLE_CHANNELS)
  const chosen = input.comparison?.markov.chosenOrder
  const most = Math.max(...methods.flatMap(({ channels }) => channels.map(({ share }) => share ?? 0)))
  const columns = methods.map(({ method }) => {
    const mark =
      markovOrder(method) === chosen && chosen !== undefined ? html`<br><em>chosen order</em>` : undefined
    return {
      heading: html`${methodNameOf(method).name}${mark}<br><code>${breakable(method)}</code>`,
      numeric: true,
    }
  })
  const shares = methods.map(
    ({ channels }) => new Map(channels.map(({ channel, share }) => [channel, share])),
  )
  const rows = shown.map(({ channel }) => [
    nameHtml(channel),
    ...shares.map((ofMethod) => shareCell(ofMethod.get(channel), most)),
  ])
  const others = rest && [
    rest.total.channel,
    ...shares.map((ofMethod) => {
      const known = rest.channels.flatMap((channel) => ofMethod.get(channel) ?? [])
      return shareCell(known.length > 0 ? known.reduce((sum, share) => sum + share, 0) : null, most)
    }),
  ]
  return tableHtml(
    'Share of each channel by each method',
    [{ heading: 'channel' }, ...columns],
    [...rows, ...(others ? [others] : [])],
    'shares',
  )
}

function shareCell(share: number | null | undefined, most: number): Html {
  const part = most > 0 ? Math.round(Math.min(1, Math.max(0, (share ?? 0) / most)) * 100) : 0
  return html`<span class="share" style="--part:${part}%">${formatShare(share)}</span>`
}

function explanations({ methods, input }: ReportView): Html {
  const entries = methods.map(({ method }) => {
    const { name, explanation } = methodNameOf(method)
    return html`<dt>${name} <code>${method}</code></dt><dd>${explanation}</dd>\n`
  })
  return html`<details><summary>What each method does</summary><dl>${entries}</dl>${orders(input.comparison)}</details>`
}

function orders(comparison: ReportView['input']['comparison']): Html | undefined {
  if (comparison === undefined || comparison.markov.orders.length === 0) return undefined
  const { chosenOrder, nullPaths } = comparison.markov
  const numeric = (heading: string) => ({ heading, numeric: true })
  const rows = comparison.markov.orders.map(({ order, auc, penalisedAuc, states }) => [
    order === chosenOrder ? html`${order} <em>chosen</em>` : `${order}`,
    formatMeasure(auc),
    formatMeasure(penalisedAuc),
    formatMeasure(states),
  ])
  const paths = nullPaths ? 'with' : 'without'
  return html`<p>The order of the Markov chain was chosen by cross-validated AUC with a penalty for its states, ${paths} paths that led to no conversion.</p>
${tableHtml('Orders of the Markov chain', [{ heading: 'order' }, numeric('AUC'), numeric('penalised AUC'), numeric('states')], rows)}`
}

/** A table's name that may break behind its underscores. */
function breakable(method: string): Html {
  const [first, ...others] = method.split('_')
  return html`${first}${others.map((part) => html`_<wbr>${part}`)}`
}
