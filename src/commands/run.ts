import { distinctFindings, type Finding } from '../findings/finding.ts'
import type { Options } from '../options/option-table.ts'
import { type CompareSummary, compareMethods } from '../steps/compare.ts'
import { type ExportSummary, exportTouchpoints } from '../steps/export.ts'
import { leaveTruth, type ReportSummary, type SimulatedTruth, writeReport } from '../steps/report.ts'
import { explainConversions, type ShapleySummary } from '../steps/shapley.ts'
import { type TrainSummary, trainModel } from '../steps/train.ts'
import type { World } from '../steps/world.ts'
import { withWorld } from './adapters.ts'
import { compareFacts, describeCompare } from './compare.ts'
import type { CommandResult, Effects } from './effects.ts'
import { describeExport, exportFacts } from './export.ts'
import { describeReport, reportFacts } from './report.ts'
import { describeShapley, shapleyFacts, signalExitCode } from './shapley.ts'
import { findingsBlock } from './text-table.ts'
import { describeTraining, trainFacts } from './train.ts'

/** What each step returned. */
export interface RunSummary {
  readonly exported: ExportSummary
  readonly trained: TrainSummary
  readonly explained: ShapleySummary
  /** Undefined with `--no-compare`. */
  readonly compared: CompareSummary | undefined
  /** Undefined with `--no-report`. */
  readonly reported: ReportSummary | undefined
}

/** `td-mta run`: all steps in one process, exchanging data through storage as separate processes do. */
export async function runAll(options: Options, effects: Effects): Promise<CommandResult> {
  return await withWorld(options, effects, true, async (world) => {
    const summary = await runSteps(options, world)
    return {
      text: describeRun(summary, world.storage.location),
      json: runFacts(summary, world.storage.location),
      ...signalExitCode(options, summary.explained),
    }
  })
}

/**
 * The steps, one after the other.
 * @param truth of simulated touchpoints, for the report.
 */
export async function runSteps(options: Options, world: World, truth?: SimulatedTruth): Promise<RunSummary> {
  const exported = await exportTouchpoints(options, world)
  const trained = await trainModel(options, world)
  const explained = await explainConversions(options, world)
  const compared = options.noCompare ? undefined : await compareMethods(options, world)
  if (truth !== undefined) await leaveTruth(world.storage, truth)
  const reported = options.noReport ? undefined : await writeReport(options, world)
  return { exported, trained, explained, compared, reported }
}

/** @returns what `--format json` prints about a run. */
export function runFacts(summary: RunSummary, location: string): Record<string, unknown> {
  const exported = exportFacts(summary.exported)
  const trained = trainFacts(summary.trained)
  const explained = shapleyFacts(summary.explained)
  const compared = summary.compared && compareFacts(summary.compared)
  const reported = summary.reported && reportFacts(summary.reported)
  return {
    ...exported,
    ...trained,
    ...explained,
    ...compared,
    ...reported,
    findings: findingsOf(summary),
    seconds: {
      ...exported.seconds,
      ...trained.seconds,
      ...explained.seconds,
      ...compared?.seconds,
      ...reported?.seconds,
    },
    dataDir: location,
  }
}

/** @returns what the steps noticed about the data, each once. */
export function findingsOf({ exported, explained, compared }: RunSummary): readonly Finding[] {
  return distinctFindings(exported.findings, explained.findings, compared?.findings ?? [])
}

function describeRun(summary: RunSummary, location: string): string {
  const { exported, trained, explained, compared, reported } = summary
  return [
    describeExport(exported, location),
    describeTraining(trained),
    describeShapley(explained),
    ...(compared === undefined ? [] : [describeCompare(compared)]),
    ...(reported === undefined ? [] : [describeReport(reported)]),
    ...findingsBlock(findingsOf(summary)),
  ].join('\n\n')
}
