import { foldChannels, type MethodTotals } from '../channel-totals.ts'
import { methodsChart } from '../charts/methods-chart.ts'
import { describeAgreement } from '../disagreement.ts'
import {
  figureHtml,
  legendHtml,
  missingHtml,
  numberColumn,
  sectionHtml,
  tableHtml,
  textColumn,
} from '../elements.ts'
import { type Html, html } from '../html.ts'
import { markovOrder, methodNameOf } from '../method-names.ts'
import { nameHtml, sentenceHtml } from '../names.ts'
import { formatMeasure, formatShare } from '../numbers.ts'
import type { ComparisonResult } from '../report-input.ts'
import type { ReportView } from '../report-view.ts'

const HEADING = 'Methods side by side'
const TABLE_CHANNELS = 25

/** @returns every method's shares side by side, and where they disagree most. */
export function methodsSection(view: ReportView): Html {
  const { compared, folded, input } = view
  const agreement = describeAgreement(compared).map((sentence) => html`${sentenceHtml(sentence)} `)
  const what = 'Rules of thumb and Markov chains are missing from this report'
  const missing = input.comparison ? undefined : missingHtml(what, 'add them', 'td-mta compare')
  if (compared.length < 2) return sectionHtml('methods', HEADING, missing)
  const figure = figureHtml({
    chart: methodsChart(
      compared,
      folded.shown.map(({ channel }) => channel),
    ),
    caption:
      'Each mark is the share that one method gives the channel; the line spans the lowest to the highest.',
    legend: methodsLegend(compared),
    isOpen: true,
    tableName: 'share by channel and method',
    table: sharesTable(view),
  })
  return sectionHtml(
    'methods',
    HEADING,
    agreement.length > 0 ? html`<p>${agreement}</p>` : undefined,
    figure,
    missing,
    explanations(view),
  )
}

function methodsLegend(compared: readonly MethodTotals[]): Html {
  const kinds = new Set(compared.map(({ method }) => methodNameOf(method).kind))
  return legendHtml([
    ...(kinds.has('learned') ? [['mark-learned', 'learned from the data'] as const] : []),
    ...(kinds.has('chain') ? [['mark-chain', 'Markov chain'] as const] : []),
    ...(kinds.has('rule') ? [['mark-rule', 'rule of thumb'] as const] : []),
  ])
}

/** A row of the table of shares: one channel, or the folded ones together. */
interface ShareRow {
  readonly label: string | Html
  readonly channels: readonly string[]
}

/** Shares by channel and method, each number on a bar. */
function sharesTable({ methods, totals, input }: ReportView): Html {
  const { shown, rest } = foldChannels(totals, TABLE_CHANNELS)
  const chosenOrder = input.comparison?.markov.chosenOrder
  const most = Math.max(...methods.flatMap(({ channels }) => channels.map(({ share }) => share ?? 0)))
  const columns = methods.map(({ method, channels }) => {
    const shares = new Map(channels.map(({ channel, share }) => [channel, share]))
    return numberColumn(methodHeading(method, chosenOrder), (row: ShareRow) => {
      const known = row.channels.flatMap((channel) => shares.get(channel) ?? [])
      return shareCell(known.length > 0 ? known.reduce((sum, share) => sum + share, 0) : null, most)
    })
  })
  const rows: readonly ShareRow[] = [
    ...shown.map(({ channel }) => ({ label: nameHtml(channel), channels: [channel] })),
    ...(rest ? [{ label: rest.total.channel, channels: rest.channels }] : []),
  ]
  const channel = textColumn('channel', ({ label }: ShareRow) => label)
  return tableHtml('Share by channel and method', [channel, ...columns], rows, 'shares')
}

/** The name in the tables may break after its underscores. */
function methodHeading(method: string, chosenOrder: number | undefined): Html {
  const isChosen = chosenOrder !== undefined && markovOrder(method) === chosenOrder
  const mark = isChosen ? html`<br><em>chosen order</em>` : undefined
  const [first, ...others] = method.split('_')
  const breakable = html`${first}${others.map((part) => html`_<wbr>${part}`)}`
  return html`${methodNameOf(method).name}${mark}<br><code>${breakable}</code>`
}

function shareCell(share: number | null, most: number): Html {
  const part = most > 0 ? Math.round(Math.min(1, Math.max(0, (share ?? 0) / most)) * 100) : 0
  return html`<span class="share" style="--part:${part}%">${formatShare(share)}</span>`
}

function explanations({ methods, input }: ReportView): Html {
  const entries = methods.map(({ method }) => {
    const { name, explanation } = methodNameOf(method)
    return html`<dt>${name} <code>${method}</code></dt><dd>${explanation}</dd>\n`
  })
  return html`<details><summary>What each method does</summary><dl>${entries}</dl>${input.comparison && markovOrders(input.comparison)}</details>`
}

type OrderRow = ComparisonResult['markov']['orders'][number]

function markovOrders({ markov }: ComparisonResult): Html | undefined {
  if (markov.orders.length === 0) return undefined
  const { chosenOrder, nullPaths } = markov
  const columns = [
    textColumn('order', ({ order }: OrderRow) =>
      order === chosenOrder ? html`${order} <em>chosen</em>` : `${order}`,
    ),
    numberColumn('AUC', ({ auc }: OrderRow) => formatMeasure(auc)),
    numberColumn('penalised AUC', ({ penalisedAuc }: OrderRow) => formatMeasure(penalisedAuc)),
    numberColumn('states', ({ states }: OrderRow) => formatMeasure(states)),
  ]
  return html`<p>The order of the Markov chain was chosen by cross-validated AUC with a penalty for the number of states, ${nullPaths ? 'including' : 'excluding'} paths without a conversion.</p>
${tableHtml('Orders of the Markov chain', columns, markov.orders)}`
}
