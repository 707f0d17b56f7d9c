import { withWorld } from './commands/adapters.ts'
import { type Effects, processEffects } from './commands/effects.ts'
import { withReportWorld } from './commands/report.ts'
import { type RunSummary, runSteps } from './commands/run.ts'
import { redactAll } from './commands/secrets.ts'
import { type Logger, silentLogger } from './logger.ts'
import type { Config } from './options/option-table.ts'
import { resolveConfig } from './options/resolve.ts'
import { type Progress, silentProgress } from './progress.ts'
import { type CompareSummary, compareMethods as compareMethodsStep } from './steps/compare.ts'
import { comparePathTable, type PathTableSummary } from './steps/compare-path-table.ts'
import { type ExportSummary, exportTouchpoints } from './steps/export.ts'
import { type ReportSummary, writeReport as writeReportStep } from './steps/report.ts'
import { explainConversions, type ShapleySummary } from './steps/shapley.ts'
import { type TrainSummary, trainModel as trainModelStep } from './steps/train.ts'

export type { RunSummary } from './commands/run.ts'
export { ConfigError, DataError, Interrupted, RemoteError } from './errors.ts'
export type { Finding } from './findings/finding.ts'
export type { Logger } from './logger.ts'
export type { Config } from './options/option-table.ts'
export type { Progress } from './progress.ts'
export type { CompareSummary } from './steps/compare.ts'
export type { PathTableSummary } from './steps/compare-path-table.ts'
export type { ExportSummary } from './steps/export.ts'
export type { ReportSummary } from './steps/report.ts'
export type { ShapleySummary } from './steps/shapley.ts'
export type { TrainSummary } from './steps/train.ts'

/** What a program may pass beside the configuration; nothing is logged or shown unless asked. */
export interface Surroundings {
  readonly logger?: Logger
  readonly progress?: Progress
  /** Stops the step; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Variables with credentials and addresses of remote systems; the process's own where left out. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/**
 * Step 1, `td-mta export`: reduces touchpoints to patterns with counts.
 * @param config options by their names in camel case, such as `{ input: ['touches.csv'], lookbackWindowDays: 7 }`; they
 *   are not read from the environment, only credentials are.
 * @throws {ConfigError} {DataError} {RemoteError}
 */
export async function saveTfrecords(
  config: Config = {},
  surroundings: Surroundings = {},
): Promise<ExportSummary> {
  const options = resolveConfig(config)
  return await withWorld(options, effectsOf(surroundings), true, (world) => exportTouchpoints(options, world))
}

/** Step 2, `td-mta train`: fits the conversion probability. See {@link saveTfrecords}. */
export async function trainModel(
  config: Config = {},
  surroundings: Surroundings = {},
): Promise<TrainSummary> {
  const options = resolveConfig(config)
  return await withWorld(options, effectsOf(surroundings), false, (world) => trainModelStep(options, world))
}

/** Step 3, `td-mta shapley`: credits the conversions and writes the tables. See {@link saveTfrecords}. */
export async function calculateShapely(
  config: Config = {},
  surroundings: Surroundings = {},
): Promise<ShapleySummary> {
  const options = resolveConfig(config)
  const readsTouchpoints = options.creditsTable !== undefined
  return await withWorld(options, effectsOf(surroundings), readsTouchpoints, (world) =>
    explainConversions(options, world),
  )
}

/** `td-mta compare`: rules of thumb and Markov chains, after an export. See {@link saveTfrecords}. */
export async function compareMethods(
  config: Config = {},
  surroundings: Surroundings = {},
): Promise<CompareSummary> {
  const options = resolveConfig(config)
  return await withWorld(options, effectsOf(surroundings), true, (world) =>
    compareMethodsStep(options, world),
  )
}

/** `td-mta compare --paths`: the same of a table of paths, without an export. See {@link saveTfrecords}. */
export async function comparePaths(
  { paths, ...config }: Config & { readonly paths: string },
  surroundings: Surroundings = {},
): Promise<PathTableSummary> {
  const options = { ...resolveConfig(config), paths }
  return await withWorld(options, effectsOf(surroundings), false, (world) => comparePathTable(options, world))
}

/** `td-mta report`: one HTML file from what the steps left in storage; opens a warehouse only with `runs`. See {@link saveTfrecords}. */
export async function writeReport(
  config: Config = {},
  surroundings: Surroundings = {},
): Promise<ReportSummary> {
  const options = resolveConfig(config)
  return await withReportWorld(options, effectsOf(surroundings), (world) => writeReportStep(options, world))
}

/** All steps, unless `noCompare` and `noReport` leave some out, in one process, `td-mta run`. See {@link saveTfrecords}. */
export async function run(config: Config = {}, surroundings: Surroundings = {}): Promise<RunSummary> {
  const options = resolveConfig(config)
  return await withWorld(options, effectsOf(surroundings), true, (world) => runSteps(options, world))
}

function effectsOf(surroundings: Surroundings): Effects {
  const environment = surroundings.environment ?? process.env
  return {
    ...processEffects,
    logger: surroundings.logger ?? silentLogger,
    progress: surroundings.progress ?? silentProgress,
    signal: surroundings.signal ?? new AbortController().signal,
    environment,
    redact: redactAll(environment),
  }
}
