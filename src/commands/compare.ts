import { pathText } from '../comparison/common-paths.ts'
import { rulesOfThumb } from '../comparison/rules-of-thumb.ts'
import type { OptionsOf } from '../options/option-table.ts'
import { type CompareSummary, compareMethods } from '../steps/compare.ts'
import { comparePathTable, type PathTableSummary } from '../steps/compare-path-table.ts'
import { BASELINE_CHANNEL, type MethodRows } from '../tables/attribution.ts'
import { creditByChannel } from '../tables/channel-credit.ts'
import { withWorld } from './adapters.ts'
import type { CommandResult, Effects } from './effects.ts'
import {
  describeTables,
  formatNumber,
  formatShare,
  formatTextTable,
  numberColumn,
  type TextColumn,
  tableFacts,
  withFindings,
} from './text-table.ts'

/** `td-mta compare`. */
export async function runCompare(options: OptionsOf<'compare'>, effects: Effects): Promise<CommandResult> {
  if (options.paths !== undefined) return await runPaths(options, effects)
  return await withWorld(options, effects, true, async (world) => {
    const summary = await compareMethods(options, world)
    const text = withFindings(describeCompare(summary), summary.findings)
    return { text, json: compareFacts(summary) }
  })
}

/** `td-mta compare --paths`: no touchpoints are read, and no export. */
async function runPaths(options: OptionsOf<'compare'>, effects: Effects): Promise<CommandResult> {
  return await withWorld(options, effects, false, async (world) => {
    const summary = await comparePathTable(options, world)
    return { text: withFindings(describePaths(summary), summary.findings), json: pathFacts(summary) }
  })
}

/** Conversions credited to each channel over all days, and to the baseline. */
export interface MethodConversions {
  readonly method: string
  readonly byChannel: ReadonlyMap<string, number>
  readonly baseline: number
}

/** @returns what a method credits to each channel, over all days. */
export function conversionsOf({ method, rows }: Pick<MethodRows, 'method' | 'rows'>): MethodConversions {
  const { channels, baseline } = creditByChannel(rows)
  const byChannel = new Map(channels.map(({ channel, conversions }) => [channel, conversions ?? 0]))
  return { method, byChannel, baseline: baseline?.conversions ?? 0 }
}

/** @returns what `--format json` prints of a comparison. */
export function compareFacts(summary: CompareSummary) {
  const { manifest, document, distinctPaths, tables, findings, seconds } = summary
  return {
    runId: document.runId,
    conversions: manifest.counts.credited.conversions,
    comparison: methodFacts(document),
    markov: document.markov,
    distinctPaths,
    findings,
    comparisonTables: tableFacts(tables),
    seconds: { paths: seconds.paths, methods: seconds.methods, compare: seconds.total },
  }
}

function pathFacts({
  runId,
  conversions,
  facts,
  distinctPaths,
  tables,
  report,
  findings,
  seconds,
}: PathTableSummary) {
  return {
    runId,
    conversions,
    comparison: methodFacts(facts),
    markov: facts.markov,
    distinctPaths,
    findings,
    comparisonTables: tableFacts(tables),
    report: report.location,
    reportBytes: report.bytes,
    seconds: { paths: seconds.paths, methods: seconds.methods, compare: seconds.total },
  }
}

function methodFacts({ methods }: Pick<ComparisonFacts, 'methods'>) {
  return methods.map((rows) => {
    const { method, byChannel, baseline } = conversionsOf(rows)
    const channels = [...byChannel].map(([channel, conversions]) => ({ channel, conversions }))
    return { method, channels, baseline }
  })
}

const PATHS_SHOWN = 5

/** @returns the methods side by side for readers: the rules of thumb and the Markov chain of the chosen order. */
export function describeCompare({ manifest, document, tables }: CompareSummary): string {
  const { channels, seedFormat } = manifest
  return describeMethods(document.runId, { ...document, channels, hasBaseline: !seedFormat }, tables)
}

function describePaths({ runId, facts, channels, tables, report }: PathTableSummary): string {
  const hasBaseline = facts.paths.some((path) => path.channels.length === 0)
  return `${describeMethods(runId, { ...facts, channels, hasBaseline }, tables)}\nreport  ${report.location}`
}

type ComparisonFacts = Pick<CompareSummary['document'], 'methods' | 'markov' | 'paths'>

/** What readers are shown of a comparison. */
interface Shown extends ComparisonFacts {
  readonly channels: readonly string[]
  readonly hasBaseline: boolean
}

function describeMethods(runId: string, shown: Shown, tables: CompareSummary['tables']): string {
  return [
    `conversions credited by rules of thumb and Markov chains, run ${runId}`,
    '',
    methodsTable(shown),
    '',
    describeOrders(shown),
    '',
    pathsTable(shown),
    '',
    ...describeTables(tables),
  ].join('\n')
}

/** Headings short enough for ten columns. */
function headingOf(method: string): string {
  if (method === 'simplified_shapley') return 'simplified'
  if (method === 'ordered_shapley') return 'ordered'
  return rulesOfThumb.find((rule) => rule.method === method)?.heading ?? method
}

function methodsTable({ methods, markov, channels: vocabulary, hasBaseline }: Shown): string {
  const { chosenOrder } = markov
  const shown = methods
    .filter(({ method }) => !method.startsWith('markov_') || method === `markov_${chosenOrder}`)
    .map(conversionsOf)
  const leading = shown.at(-1)
  const channels = [...vocabulary].sort(
    (left, right) => (leading?.byChannel.get(right) ?? 0) - (leading?.byChannel.get(left) ?? 0),
  )
  const columns: readonly TextColumn<string>[] = [
    { heading: 'channel', cell: (channel) => channel },
    ...shown.map(({ method, byChannel, baseline }) =>
      numberColumn(headingOf(method), (channel: string) =>
        formatNumber(channel === BASELINE_CHANNEL ? baseline : (byChannel.get(channel) ?? 0)),
      ),
    ),
  ]
  return formatTextTable(columns, [...channels, ...(hasBaseline ? [BASELINE_CHANNEL] : [])])
}

function describeOrders({ markov: { orders, chosenOrder } }: Shown): string {
  const areas = orders.map(({ order, penalisedAuc }) => `${order}: ${formatNumber(penalisedAuc, 4)}`)
  return (
    `markov_${chosenOrder} was chosen: no order predicts conversions better by more than chance ` +
    `(penalised cross-validated AUC of order ${areas.join(', ')})`
  )
}

/** The middle of a long path is left out so that the table fits a terminal. */
function shortPathText(channels: readonly string[]): string {
  if (channels.length <= 6) return pathText(channels)
  return `${pathText(channels.slice(0, 3))} > (${channels.length - 5} more) > ${pathText(channels.slice(-2))}`
}

type Path = ComparisonFacts['paths'][number]

function pathsTable({ paths }: Shown): string {
  const columns: readonly TextColumn<Path>[] = [
    { heading: 'path', cell: ({ channels }) => shortPathText(channels) },
    numberColumn('conversions', ({ conversions }) => formatNumber(conversions)),
    numberColumn('rate', ({ channels, learnedConversions, nullPaths }) =>
      channels.length === 0 ? '-' : formatShare(learnedConversions / (learnedConversions + nullPaths)),
    ),
  ]
  return formatTextTable(columns, paths.slice(0, PATHS_SHOWN))
}
