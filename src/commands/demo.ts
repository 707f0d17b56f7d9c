import { join } from 'node:path'
import { lastTouch } from '../comparison/rules-of-thumb.ts'
import { ConfigError } from '../errors.ts'
import { type Options, type OptionsOf, optionTable } from '../options/option-table.ts'
import { labelOf } from '../options/resolve.ts'
import { compareWithTruth } from '../simulation/error-measures.ts'
import { type SimulationTruth, truthWithinWindow } from '../simulation/truth.ts'
import { attributionRowsOf } from '../steps/method-rows.ts'
import { withWorld } from './adapters.ts'
import { conversionsOf } from './compare.ts'
import { type DemoMethod, describeDemo } from './demo-text.ts'
import type { CommandResult, Effects } from './effects.ts'
import { type RunSummary, runFacts, runSteps } from './run.ts'
import { signalExitCode } from './shapley.ts'
import { simulate } from './simulate.ts'

/** Defaults of the demo: small enough to take a minute on two cores. */
const DEMO_OPTIONS = {
  lookbackWindowDays: 7,
  modelWidth: 16,
  stepsPerEpoch: 80,
  trainEpochs: 5,
  trainBatchSize: 512,
  dropoutRate: 0.1,
  valueColumn: 'value',
} satisfies Partial<Options>

/** `td-mta demo`: simulates touchpoints with known causes, runs all steps, and shows the answer next to the truth. */
export async function runDemo(options: OptionsOf<'demo'>, effects: Effects): Promise<CommandResult> {
  const startedMs = effects.now()
  const demo = demoOptions(options)
  const simulated = await simulate({ ...demo, campaigns: undefined }, effects)
  return await withWorld(demo, effects, true, async (world) => {
    const truth = truthWithinWindow(simulated.truth, demo.lookbackWindowDays)
    const summary = await runSteps(demo, world, truth)
    const seconds = (effects.now() - startedMs) / 1000
    const { location } = world.storage
    const methods = demoMethods(summary, truth)
    return {
      text: describeDemo({ summary, methods, truth, simulated, seconds, location }),
      json: {
        ...runFacts(summary, location),
        touchpoints: simulated.output,
        truthFile: simulated.truthFile,
        truth: { baseline: truth.baseline, byChannel: truth.byChannel },
        ...lastTouchFacts(methods),
        errors: methods.map(({ heading, error }) => ({ method: heading, ...error })),
        totalSeconds: seconds,
      },
      ...signalExitCode(demo, summary.explained),
    }
  })
}

const RANGE_OPTIONS = ['from', 'to', 'creditFrom'] as const

/**
 * The demo has a directory of its own, so it never touches what the user exported.
 * @throws {ConfigError} for a part of the simulated time: the truth is that of all of it.
 */
function demoOptions(options: OptionsOf<'demo'>) {
  const part = RANGE_OPTIONS.find((name) => options.given.has(name))
  if (part !== undefined) {
    throw new ConfigError(
      `${labelOf(part, optionTable[part])}: the demo compares all that it simulates with the truth: leave the option out`,
    )
  }
  const unset = Object.entries(DEMO_OPTIONS).filter(([name]) => !options.given.has(name))
  const dataDir = options.given.has('dataDir') ? options.dataDir : join(options.dataDir, 'demo')
  const output = options.output ?? join(dataDir, 'touchpoints.csv')
  const inputFormat = { inputEncoding: undefined, inputDelimiter: undefined }
  const places = { warehouse: 'duckdb', dataDir, output, input: [output], ...inputFormat }
  return {
    ...options,
    ...(Object.fromEntries(unset) as Partial<typeof DEMO_OPTIONS>),
    ...places,
    modelFrom: undefined,
    runs: undefined,
    tdPriority: undefined,
    tdPool: undefined,
  }
}

/** The learned methods, last touch and the Markov chain of the chosen order, each with its error. */
function demoMethods({ explained, compared }: RunSummary, truth: SimulationTruth): readonly DemoMethod[] {
  const learned = explained.methods.map(({ method, credits }) => {
    return { method, rows: attributionRowsOf(credits, explained.manifest) }
  })
  const headings = new Map([
    ['shapley_stacked', 'stacked'],
    ['shapley_bilstm', 'BiLSTM'],
    ['shapley_hazard', 'hazard'],
    ['hazard_adjusted', 'adjusted'],
    ['hazard_calibrated', 'calibrated'],
    [lastTouch.method, lastTouch.name.toLowerCase()],
    [`markov_${compared?.document.markov.chosenOrder}`, 'Markov'],
  ])
  return [...learned, ...(compared?.document.methods ?? [])].flatMap((methodRows) => {
    const heading = headings.get(methodRows.method)
    if (heading === undefined) return []
    const credits = conversionsOf(methodRows)
    return [{ heading, ...credits, error: compareWithTruth(truth, credits) }]
  })
}

function lastTouchFacts(methods: readonly DemoMethod[]): Record<string, unknown> {
  const lastTouch = methods.find(({ method }) => method === 'last_touch')
  if (lastTouch === undefined) return {}
  const { baseline, byChannel } = lastTouch
  return { lastTouch: { baseline, byChannel: Object.fromEntries(byChannel) } }
}
