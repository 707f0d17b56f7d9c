import type { ComparisonDocument, PathRow } from '../artifacts/results.ts'
import { lastTouch } from '../comparison/rules-of-thumb.ts'
import type { Finding } from '../findings/finding.ts'
import { foldChannels, type MethodTotals } from './channel-totals.ts'
import { methodsChart } from './charts/methods-chart.ts'
import { comparedMethods, describeAgreement } from './disagreement.ts'
import { documentOf } from './document.ts'
import { figureHtml, legendHtml, numberColumn, sectionHtml, tableHtml, textColumn } from './elements.ts'
import { type Html, html } from './html.ts'
import { methodInSentence, methodNameOf } from './method-names.ts'
import { totalsOf } from './method-totals.ts'
import { nameHtml, sentenceHtml, visibleName } from './names.ts'
import { formatConversions, formatCount, formatMeasure, formatShare } from './numbers.ts'
import { pathHtml } from './path.ts'
import { journeysSection } from './sections/journeys.ts'

/** What a page about paths without times is made of. */
export interface PathsPageInput
  extends Pick<ComparisonDocument, 'methods' | 'markov' | 'paths' | 'journeys'> {
  readonly runId: string
  /** The table of the paths. */
  readonly source: string
  readonly conversions: number
  readonly findings: readonly Finding[]
}

const CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
const SHOWN_CHANNELS = 25
const SHOWN_PATHS = 20

/** @returns the page as one HTML file, which loads nothing; equal input gives equal text. */
export function buildPathsPage(input: PathsPageInput): string {
  return documentOf({
    title: `Attribution of paths: ${visibleName(input.source)}`,
    policy: CONTENT_SECURITY_POLICY,
    main: 'methods',
    header: html`<p class="source"><strong>Attribution of paths</strong> · <bdi>${visibleName(input.source)}</bdi> · ${formatCount(input.conversions)} conversions</p>`,
    sections: [
      answerSection(input),
      methodsSection(input),
      removalSection(input),
      journeysSection(input, undefined),
      pathsSection(input),
      findingsSection(input),
      readingSection(),
    ],
    maker: `td-mta, run ${visibleName(input.runId)}`,
  })
}

/** What the two best known methods say of the channel that the chain of the chosen order credits most. */
function answerSection({ methods, markov }: PathsPageInput): Html {
  const totals = methods.map(totalsOf)
  const named = (method: string) => totals.find((one) => one.method === method)
  const chain = `markov_${markov.chosenOrder}`
  const [first] = named(chain)?.channels ?? []
  const last = named(lastTouch.method)?.channels.find(({ channel }) => channel === first?.channel)
  const heading =
    first === undefined
      ? html`Shares of channels`
      : html`${nameHtml(first.channel)} gets most: ${formatShare(first.share)} by ${methodInSentence(chain)}, ${formatShare(last?.share)} by ${methodInSentence(lastTouch.method)}`
  return html`<section id="answer" aria-labelledby="headline">
<h1 id="headline">${heading}</h1>
<p>Shares of the conversions that came after touches. No method here knows which of them would have come anyway.</p>
</section>
`
}

function methodsSection({ methods, markov }: PathsPageInput): Html {
  const totals = methods.map(totalsOf)
  const compared = comparedMethods(totals, markov.chosenOrder)
  const leading = compared.at(-1)
  const shown = leading === undefined ? [] : foldChannels(leading, SHOWN_CHANNELS).shown
  const channels = shown.map(({ channel }) => channel)
  const agreement = describeAgreement(compared).map((sentence) => html`${sentenceHtml(sentence)} `)
  const figure = figureHtml({
    chart: methodsChart(compared, channels),
    caption:
      'Each mark is the share that one method gives the channel; the line spans the lowest to the highest.',
    legend: legendHtml([
      ['mark-chain', 'Markov chain'],
      ['mark-rule', 'rule of thumb'],
    ]),
    isOpen: true,
    tableName: 'conversions by channel and method',
    table: conversionsTable(totals, channels),
  })
  const heading = 'Methods side by side'
  return sectionHtml('methods', heading, agreement.length > 0 ? html`<p>${agreement}</p>` : undefined, figure)
}

function conversionsTable(totals: readonly MethodTotals[], channels: readonly string[]): Html {
  const columns = totals.map(({ method, channels }) => {
    const byChannel = new Map(channels.map(({ channel, conversions }) => [channel, conversions]))
    return numberColumn(methodNameOf(method).name, (channel: string) =>
      formatConversions(byChannel.get(channel)),
    )
  })
  const channel = textColumn('channel', (name: string) => nameHtml(name))
  return tableHtml('Conversions by channel and method', [channel, ...columns], channels)
}

function removalSection({ markov }: PathsPageInput): Html {
  const effects = [...markov.removalEffects].sort((left, right) => right.effect - left.effect)
  type Effect = (typeof effects)[number]
  const columns = [
    textColumn('channel', ({ channel }: Effect) => nameHtml(channel)),
    numberColumn('removal effect', ({ effect }: Effect) => formatShare(effect)),
  ]
  type Order = (typeof markov.orders)[number]
  const orders = [
    textColumn('order', ({ order }: Order) =>
      order === markov.chosenOrder ? `${order} (chosen)` : `${order}`,
    ),
    numberColumn('penalised AUC', ({ penalisedAuc }: Order) => formatMeasure(penalisedAuc)),
    numberColumn('states', ({ states }: Order) => formatMeasure(states)),
  ]
  return sectionHtml(
    'removal',
    'What would be lost without a channel',
    html`<p>Part of the conversions that the Markov chain of order ${markov.chosenOrder} would lose without the channel, ${markov.nullPaths ? 'paths without a conversion included' : 'without the paths that led to no conversion'}.</p>`,
    tableHtml('Removal effects', columns, effects.slice(0, SHOWN_CHANNELS)),
    tableHtml('Orders of the Markov chain', orders, markov.orders),
  )
}

function pathsSection({ paths }: PathsPageInput): Html {
  const hasValue = paths.some(({ value }) => value !== null)
  const columns = [
    textColumn('path', ({ channels }: PathRow) => pathHtml(channels)),
    numberColumn('conversions', ({ conversions }: PathRow) => formatCount(conversions)),
    numberColumn('without one', ({ nullPaths }: PathRow) => formatCount(nullPaths)),
    ...(hasValue ? [numberColumn('value', ({ value }: PathRow) => formatConversions(value))] : []),
  ]
  const table = tableHtml('Paths with the most conversions', columns, paths.slice(0, SHOWN_PATHS), 'paths')
  return sectionHtml('paths', 'Most common paths', table)
}

function findingsSection({ findings }: PathsPageInput): Html | undefined {
  if (findings.length === 0) return undefined
  const columns = [
    textColumn('finding', ({ code }: Finding) => code),
    textColumn('what', ({ what }: Finding) => visibleName(what)),
    textColumn('effect', ({ effect }: Finding) => effect),
    textColumn('what to do', ({ remedy }: Finding) => remedy),
  ]
  return sectionHtml('findings', 'What was found in the paths', tableHtml('Findings', columns, findings))
}

function readingSection(): Html {
  return sectionHtml(
    'reading',
    'How to read this',
    html`<p>All of these methods share out conversions among the channels that came before them. None compares people who were touched with people who were not, so none says what a channel causes: conversions that would have come anyway are shared out, too. Paths hold no times and no days without a touch; with touchpoints, <code>td-mta run</code> estimates what channels cause.</p>`,
  )
}
