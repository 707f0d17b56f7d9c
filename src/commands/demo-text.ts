import { relative } from 'node:path'
import type { AttributionError } from '../simulation/error-measures.ts'
import { describeExperiment } from '../simulation/experiment.ts'
import type { SimulationTruth } from '../simulation/truth.ts'
import { BASELINE_CHANNEL } from '../tables/attribution.ts'
import type { MethodConversions } from './compare.ts'
import { findingsOf, type RunSummary } from './run.ts'
import type { Simulated } from './simulate.ts'
import {
  findingsBlock,
  formatNumber,
  formatSeconds,
  formatShare,
  formatTextTable,
  numberColumn,
  type TextColumn,
} from './text-table.ts'

/** What a method credits, under a short heading, and how far it is off. */
export interface DemoMethod extends MethodConversions {
  readonly heading: string
  readonly error: AttributionError
}

export interface DemoFacts {
  readonly summary: RunSummary
  /** The leading method first. */
  readonly methods: readonly DemoMethod[]
  /** Limited to the lookback window. */
  readonly truth: SimulationTruth
  readonly simulated: Simulated
  readonly seconds: number
  /** The data directory. */
  readonly location: string
}

/** @returns what the demo prints: the answer next to the truth, and where everything is. */
export function describeDemo({ summary, methods, truth, simulated, seconds, location }: DemoFacts): string {
  const { counts, options } = summary.exported.manifest
  const errors = methods.map(({ heading, error }) => `${heading} ${formatNumber(error.incremental, 1)}`)
  return [
    `${formatNumber(counts.rows)} simulated touchpoints of ${formatNumber(counts.users)} users, ` +
      `${formatNumber(counts.conversions)} conversions: what caused them?`,
    '',
    comparisonTable(methods, truth),
    '',
    `Conversions caused by touches in the last ${options.lookbackWindowDays} days; those of ${BASELINE_CHANNEL} would have ` +
      'happened without any. "share" divides what the channels caused.',
    `Mean error in percentage points of all conversions: ${errors.join(', ')}.`,
    `Signal test: ${summary.explained.signal.verdict}.`,
    ...(truth.experiment === null ? [] : [`Experiment: ${describeExperiment(truth.experiment)}.`]),
    '',
    `variant ${truth.variant}, ${formatSeconds(seconds)} in total: ${phases(summary)}`,
    describePlaces([
      ['touchpoints', simulated.output],
      ['truth', simulated.truthFile],
      ...summary.explained.tables.map(({ table, location: place }) => [table.table, place] as const),
      ['model, data', location],
    ]),
    '',
    'To run it on your own file (columns user_id, time, source, conversion; for other names see --user-column etc.):',
    '  npx td-mta run --input your-touchpoints.csv',
    ...findingsBlock(findingsOf(summary)).flatMap((block) => ['', block]),
    ...(summary.reported === undefined
      ? []
      : ['', `Open the report in a browser: ${fromHere(summary.reported.location)}`]),
  ].join('\n')
}

/** A line of the table; the baseline has no shares. */
interface CauseRow {
  readonly channel: string
  readonly caused: number
  readonly credits: readonly number[]
  readonly trueShare: string
  readonly share: string
}

function comparisonTable(methods: readonly DemoMethod[], truth: SimulationTruth): string {
  const columns: readonly TextColumn<CauseRow>[] = [
    { heading: 'channel', cell: ({ channel }) => channel },
    numberColumn('truth', ({ caused }) => formatNumber(caused)),
    ...methods.map(({ heading }, at) =>
      numberColumn(heading, ({ credits }: CauseRow) => formatNumber(credits[at] ?? 0)),
    ),
    numberColumn('true share', ({ trueShare }) => trueShare),
    numberColumn('share', ({ share }) => share),
  ]
  const baseline: CauseRow = {
    channel: BASELINE_CHANNEL,
    caused: truth.baseline.conversions,
    credits: methods.map((method) => method.baseline),
    trueShare: '',
    share: '',
  }
  return formatTextTable(columns, [...causeRows(methods, truth), baseline])
}

function causeRows(methods: readonly DemoMethod[], truth: SimulationTruth): readonly CauseRow[] {
  const allCaused = truth.byChannel.reduce((sum, { conversions }) => sum + conversions, 0)
  const leading = methods[0]?.byChannel ?? new Map<string, number>()
  const allCredited = [...leading.values()].reduce((sum, conversions) => sum + conversions, 0)
  return [...truth.byChannel]
    .sort((left, right) => right.conversions - left.conversions)
    .map(({ channel, conversions }) => ({
      channel,
      caused: conversions,
      credits: methods.map(({ byChannel }) => byChannel.get(channel) ?? 0),
      trueShare: formatShare(allCaused > 0 ? conversions / allCaused : null),
      share: formatShare(allCredited > 0 ? (leading.get(channel) ?? 0) / allCredited : null),
    }))
}

function phases({ exported, trained, explained, compared }: RunSummary): string {
  return [
    `export ${formatSeconds(exported.seconds.total)}`,
    `train ${formatSeconds(trained.seconds.total)}`,
    `shapley ${formatSeconds(explained.seconds.total)}`,
    ...(compared === undefined ? [] : [`compare ${formatSeconds(compared.seconds.total)}`]),
  ].join(', ')
}

function describePlaces(places: readonly (readonly [name: string, place: string])[]): string {
  const width = Math.max(...places.map(([name]) => name.length))
  return places.map(([name, place]) => `${name.padEnd(width)}  ${fromHere(place)}`).join('\n')
}

/** @returns a path relative to the working directory if it is inside it. */
function fromHere(path: string): string {
  const short = relative('', path)
  return short.startsWith('..') || short === '' ? path : short
}
