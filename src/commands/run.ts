import type { Options } from '../config/options.ts'
import { type ExportSummary, exportTouchpoints } from '../steps/export.ts'
import { explainConversions, type ShapleySummary } from '../steps/shapley.ts'
import { type TrainSummary, trainModel } from '../steps/train.ts'
import type { World } from '../steps/world.ts'
import { withWorld } from './adapters.ts'
import type { CommandResult, Effects } from './effects.ts'
import { describeExport, exportFacts } from './export.ts'
import { describeShapley, shapleyFacts } from './shapley.ts'
import { describeTraining, trainFacts } from './train.ts'

/** What the three steps leave. */
export interface RunSummary {
  readonly exported: ExportSummary
  readonly trained: TrainSummary
  readonly explained: ShapleySummary
}

/** `td-mta run`: the three steps in one process, through the same storage as three processes. */
export async function runAll(options: Options, effects: Effects): Promise<CommandResult> {
  return await withWorld(options, effects, true, async (world) => {
    const summary = await runSteps(options, world)
    return {
      text: describeRun(summary, world.storage.location),
      json: runFacts(summary, world.storage.location),
    }
  })
}

/** The three steps, one after the other. */
export async function runSteps(options: Options, world: World): Promise<RunSummary> {
  const exported = await exportTouchpoints(options, world)
  const trained = await trainModel(options, world)
  const explained = await explainConversions(options, world)
  return { exported, trained, explained }
}

/** @returns what `--format json` prints of a run. */
export function runFacts(summary: RunSummary, location: string): Record<string, unknown> {
  const exported = exportFacts(summary.exported)
  const trained = trainFacts(summary.trained)
  const explained = shapleyFacts(summary.explained)
  return {
    ...exported,
    ...trained,
    ...explained,
    seconds: { ...exported.seconds, ...trained.seconds, ...explained.seconds },
    dataDir: location,
  }
}

function describeRun({ exported, trained, explained }: RunSummary, location: string): string {
  return [describeExport(exported, location), describeTraining(trained), describeShapley(explained)].join(
    '\n\n',
  )
}
