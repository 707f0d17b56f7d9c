import { join, relative } from 'node:path'
import type { Options, OptionsOf } from '../options/option-table.ts'
import { compareWithTruth } from '../simulation/error-measures.ts'
import { type SimulationTruth, truthWithinWindow } from '../simulation/truth.ts'
import { attributionRowsOf } from '../steps/method-rows.ts'
import { withWorld } from './adapters.ts'
import { conversionsOf } from './compare.ts'
import type { CommandResult, Effects } from './effects.ts'
import { type RunSummary, runFacts, runSteps } from './run.ts'
import { signalExitCode } from './shapley.ts'
import { type Simulated, simulate } from './simulate.ts'
import { formatNumber, formatSeconds, formatShare, formatTextTable } from './text-table.ts'

/** What the demo sets unless told otherwise: small enough for a minute on two cores. */
const DEMO_OPTIONS = {
  lookbackWindowDays: 7,
  modelWidth: 16,
  stepsPerEpoch: 80,
  trainEpochs: 5,
  trainBatchSize: 512,
  dropoutRate: 0.1,
  valueColumn: 'value',
} satisfies Partial<Options>

/** `td-mta demo`: touchpoints with known causes, all steps, and the answer beside the truth. */
export async function runDemo(options: OptionsOf<'demo'>, effects: Effects): Promise<CommandResult> {
  const startedMs = effects.now()
  const demo = demoOptions(options)
  const simulated = await simulate(demo, effects)
  return await withWorld(demo, effects, true, async (world) => {
    const truth = truthWithinWindow(simulated.truth, demo.lookbackWindowDays)
    const summary = await runSteps(demo, world, truth)
    const seconds = (effects.now() - startedMs) / 1000
    return {
      text: describeDemo(demo, {
        summary,
        truth,
        simulated,
        seconds,
        location: world.storage.location,
      }),
      json: {
        ...runFacts(summary, world.storage.location),
        touchpoints: simulated.output,
        truthFile: simulated.truthFile,
        truth: { baseline: truth.baseline, byChannel: truth.byChannel },
        ...lastTouchFacts(summary),
        errors: methodErrors(summary, truth),
        totalSeconds: seconds,
      },
      ...signalExitCode(demo, summary.explained),
    }
  })
}

/** The demo has a folder of its own, so that it never touches what a person exported. */
function demoOptions(options: OptionsOf<'demo'>) {
  const unset = Object.entries(DEMO_OPTIONS).filter(([name]) => !options.given.has(name))
  const dataDir = options.given.has('dataDir') ? options.dataDir : join(options.dataDir, 'demo')
  const output = options.output ?? join(dataDir, 'touchpoints.csv')
  const places = { warehouse: 'duckdb', dataDir, output, input: [output] }
  return {
    ...options,
    ...(Object.fromEntries(unset) as Partial<typeof DEMO_OPTIONS>),
    ...places,
    tdPriority: undefined,
    tdPool: undefined,
  }
}

interface DemoFacts {
  readonly summary: RunSummary
  readonly truth: SimulationTruth
  readonly simulated: Simulated
  readonly seconds: number
  readonly location: string
}

/** Conversions by channel and of the baseline, as one method tells them. */
interface MethodColumn {
  readonly heading: string
  readonly byChannel: ReadonlyMap<string, number>
  readonly baseline: number
}

function methodColumns(summary: RunSummary): readonly MethodColumn[] {
  const learned = summary.explained.methods.map(({ method, credits }) => {
    const rows = attributionRowsOf(credits, summary.explained.manifest)
    return { heading: method === 'shapley_bilstm' ? 'BiLSTM' : 'hazard', ...conversionsOf({ method, rows }) }
  })
  return [...learned, ...comparedColumns(summary)]
}

/** Last touch, and the Markov chain of the chosen order. */
function comparedColumns({ compared }: RunSummary): readonly MethodColumn[] {
  if (compared === undefined) return []
  const { methods, markov } = compared.document
  const shown = new Map([
    ['last_touch', 'last touch'],
    [`markov_${markov.chosenOrder}`, 'Markov'],
  ])
  return methods.flatMap((rows) => {
    const heading = shown.get(rows.method)
    return heading === undefined ? [] : [{ heading, ...conversionsOf(rows) }]
  })
}

function lastTouchFacts(summary: RunSummary): Record<string, unknown> {
  const lastTouch = comparedColumns(summary).find(({ heading }) => heading === 'last touch')
  if (lastTouch === undefined) return {}
  const { baseline, byChannel } = lastTouch
  return { lastTouch: { baseline, byChannel: Object.fromEntries(byChannel) } }
}

function methodErrors(summary: RunSummary, truth: SimulationTruth) {
  return methodColumns(summary).map(({ heading, ...estimate }) => ({
    method: heading,
    ...compareWithTruth(truth, estimate),
  }))
}

function describeDemo(options: Options, facts: DemoFacts): string {
  const { summary, truth, simulated, seconds, location } = facts
  const { counts } = summary.exported.manifest
  return [
    `${formatNumber(counts.rows)} simulated touchpoints of ${formatNumber(counts.users)} users, ` +
      `${formatNumber(counts.conversions)} conversions: what caused them?`,
    '',
    comparisonTable(facts),
    '',
    'Conversions caused by touches of the last ' +
      `${options.lookbackWindowDays} days; (baseline) would have come without any. "share" divides what the channels caused.`,
    ...errorLines(facts),
    `Signal test: ${summary.explained.signal.verdict}.`,
    '',
    `variant ${truth.variant}, ${formatSeconds(seconds)} in all: ${phases(summary)}`,
    formatPlaces([
      ['touchpoints', simulated.output],
      ['truth', simulated.truthFile],
      ...summary.explained.tables.map(({ table, location: place }) => [table.table, place] as const),
      ['model, data', location],
    ]),
    '',
    'On your own file (columns user_id, time, source, conversion; other names by --user-column and so on):',
    '  npx td-mta run --input your-touchpoints.csv',
    ...(summary.reported === undefined
      ? []
      : ['', `The report, for a browser: ${fromHere(summary.reported.location)}`]),
  ].join('\n')
}

function formatPlaces(places: readonly (readonly [string, string])[]): string {
  const width = Math.max(...places.map(([name]) => name.length))
  return places.map(([name, place]) => `${name.padEnd(width)}  ${fromHere(place)}`).join('\n')
}

/** @returns a path as a person would type it here. */
function fromHere(path: string): string {
  const short = relative('', path)
  return short.startsWith('..') || short === '' ? path : short
}

function comparisonTable({ summary, truth }: DemoFacts): string {
  const methods = methodColumns(summary)
  const [leading] = methods
  const caused = truth.byChannel.reduce((sum, { conversions }) => sum + conversions, 0)
  const credited = [...(leading?.byChannel.values() ?? [])].reduce((sum, conversions) => sum + conversions, 0)
  const numeric = (heading: string) => ({ heading, numeric: true })
  const columns = [
    { heading: 'channel' },
    numeric('truth'),
    ...methods.map(({ heading }) => numeric(heading)),
    numeric('true share'),
    numeric('share'),
  ]
  const rows = [...truth.byChannel]
    .sort((left, right) => right.conversions - left.conversions)
    .map(({ channel, conversions }) => [
      channel,
      formatNumber(conversions),
      ...methods.map(({ byChannel }) => formatNumber(byChannel.get(channel) ?? 0)),
      formatShare(caused > 0 ? conversions / caused : null),
      formatShare(credited > 0 ? (leading?.byChannel.get(channel) ?? 0) / credited : null),
    ])
  const baseline = ['(baseline)', formatNumber(truth.baseline.conversions)]
  return formatTextTable(columns, [
    ...rows,
    [...baseline, ...methods.map((method) => formatNumber(method.baseline)), '', ''],
  ])
}

function errorLines({ summary, truth }: DemoFacts): string[] {
  const errors = methodErrors(summary, truth)
  const told = errors.map(({ method, incremental }) => `${method} ${formatNumber(incremental, 1)}`)
  return [`Mean error in points of all conversions: ${told.join(', ')}.`]
}

function phases({ exported, trained, explained, compared }: RunSummary): string {
  return [
    `export ${formatSeconds(exported.seconds.total)}`,
    `train ${formatSeconds(trained.seconds.total)}`,
    `shapley ${formatSeconds(explained.seconds.total)}`,
    ...(compared === undefined ? [] : [`compare ${formatSeconds(compared.seconds.total)}`]),
  ].join(', ')
}
