import { pathText } from '../comparison/common-paths.ts'
import type { Options } from '../options/option-table.ts'
import { type CompareSummary, compareMethods } from '../steps/compare.ts'
import { BASELINE_CHANNEL, type MethodRows } from '../tables/attribution.ts'
import { creditByChannel } from '../tables/channel-credit.ts'
import { withWorld } from './adapters.ts'
import type { CommandResult, Effects } from './effects.ts'
import { formatNumber, formatShare, formatTextTable } from './text-table.ts'

/** `td-mta compare`. */
export async function runCompare(options: Options, effects: Effects): Promise<CommandResult> {
  return await withWorld(options, effects, true, async (world) => {
    const summary = await compareMethods(options, world)
    return { text: describeCompare(summary), json: compareFacts(summary) }
  })
}

/** Conversions by channel, over all days, and of the baseline. */
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
export function compareFacts({ manifest, document, distinctPaths, tables, seconds }: CompareSummary) {
  return {
    runId: document.runId,
    conversions: manifest.counts.conversions,
    comparison: document.methods.map((rows) => {
      const { method, byChannel, baseline } = conversionsOf(rows)
      const channels = [...byChannel].map(([channel, conversions]) => ({ channel, conversions }))
      return { method, channels, baseline }
    }),
    markov: document.markov,
    distinctPaths,
    comparisonTables: tables.map(({ table, rows, skipped, location }) => {
      return { ...table, rows, skipped, location }
    }),
    seconds: { paths: seconds.paths, methods: seconds.methods, compare: seconds.total },
  }
}

const PATHS_SHOWN = 5

/** @returns the methods side by side, for people: conversions of each channel, the Markov chain of the chosen order. */
export function describeCompare(summary: CompareSummary): string {
  const { document, tables } = summary
  return [
    `conversions credited by rules of thumb and Markov chains, run ${document.runId}`,
    '',
    methodsTable(summary),
    '',
    describeOrders(summary),
    '',
    pathsTable(summary),
    '',
    ...tables.map(({ table, rows, skipped, location }) =>
      skipped
        ? `left table ${table.table} as it was: ${location}`
        : `wrote ${formatNumber(rows)} rows to ${location}`,
    ),
  ].join('\n')
}

/** Headings short enough for nine columns. */
const headings: Readonly<Record<string, string>> = {
  first_touch: 'first',
  last_touch: 'last',
  last_non_direct: 'non-direct',
  linear: 'linear',
  position: 'position',
  time_decay: 'decay',
  simplified_shapley: 'simplified',
}

function methodsTable({ manifest, document }: CompareSummary): string {
  const { chosenOrder } = document.markov
  const shown = document.methods
    .filter(({ method }) => !method.startsWith('markov_') || method === `markov_${chosenOrder}`)
    .map(conversionsOf)
  const leading = shown.at(-1)
  const channels = [...manifest.channels].sort(
    (left, right) => (leading?.byChannel.get(right) ?? 0) - (leading?.byChannel.get(left) ?? 0),
  )
  const rows = channels.map((channel) => [
    channel,
    ...shown.map(({ byChannel }) => formatNumber(byChannel.get(channel) ?? 0)),
  ])
  const baseline = manifest.seedFormat
    ? []
    : [[BASELINE_CHANNEL, ...shown.map((method) => formatNumber(method.baseline))]]
  return formatTextTable(
    [
      { heading: 'channel' },
      ...shown.map(({ method }) => ({ heading: headings[method] ?? method, numeric: true })),
    ],
    [...rows, ...baseline],
  )
}

function describeOrders({ document }: CompareSummary): string {
  const { orders, chosenOrder } = document.markov
  const told = orders.map(
    ({ order, penalisedAuc }) => `${order}: ${penalisedAuc === null ? '-' : formatNumber(penalisedAuc, 4)}`,
  )
  return (
    `markov_${chosenOrder} was chosen: no order tells conversions better beyond chance ` +
    `(penalised cross-validated AUC, order ${told.join(', ')})`
  )
}

/** The middle of a long path is left out, so that the table fits a terminal. */
function shortPathText(channels: readonly string[]): string {
  if (channels.length <= 6) return pathText(channels)
  return `${pathText(channels.slice(0, 3))} > (${channels.length - 5} more) > ${pathText(channels.slice(-2))}`
}

function pathsTable({ document }: CompareSummary): string {
  const rows = document.paths
    .slice(0, PATHS_SHOWN)
    .map(({ channels, conversions, nullPaths }) => [
      shortPathText(channels),
      formatNumber(conversions),
      channels.length === 0 ? '-' : formatShare(conversions / (conversions + nullPaths)),
    ])
  return formatTextTable(
    [{ heading: 'path' }, { heading: 'conversions', numeric: true }, { heading: 'rate', numeric: true }],
    rows,
  )
}
