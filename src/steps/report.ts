import { type ExportManifest, type ModelManifest, maybeReadModelManifest } from '../artifacts/manifest.ts'
import { readCheckedExport } from '../artifacts/manifest-relations.ts'
import { readResult, writeResult } from '../artifacts/results.ts'
import { ConfigError, DataError } from '../errors.ts'
import type { Options } from '../options/option-table.ts'
import { readLastRuns } from '../queries/last-runs.ts'
import type { ReportInput } from '../report/report-input.ts'
import type { Storage } from '../storage/storage.ts'
import { attribution } from '../tables/attribution.ts'
import { evidence } from '../tables/evidence.ts'
import { maybeTableName, type NamingOptions } from '../tables/output-tables.ts'
import { nameOf, type Warehouse } from '../warehouse/warehouse.ts'
import { type ExportedOptions, headOf, readExported } from './frame.ts'
import type { World } from './world.ts'

/** The report's name in the data directory. */
const REPORT_NAME = 'report.html'

/** A report reads storage; only `--runs` needs a warehouse. */
export type ReportWorld = Pick<World, 'storage' | 'logger' | 'now' | 'signal'> & {
  readonly warehouse?: Pick<Warehouse, 'describeTable' | 'query'> | undefined
}

type ReportOptions = ExportedOptions &
  Pick<Options, 'runs'> &
  NamingOptions<'attributionTable' | 'evidenceTable'>

export interface ReportSummary {
  readonly runId: string
  /** A path, or gs://bucket/prefix/report.html. */
  readonly location: string
  readonly bytes: number
  /** Parts that are missing, each with the command that makes it. */
  readonly missing: readonly MissingPart[]
  readonly seconds: number
}

export interface MissingPart {
  readonly part: string
  readonly command: string
}

/**
 * Writes the report of the last attribution, one self-contained HTML file beside the results it was made from. The
 * same results give the same bytes.
 * @throws {DataError} if storage holds no attribution of its export.
 */
export async function writeReport(options: ReportOptions, world: ReportWorld): Promise<ReportSummary> {
  const { storage, logger, signal, now } = world
  const startedMs = now()
  const input = await readReportInput(options, world)
  // Loaded here only: a run without a report needs no charts.
  const { buildReport } = await import('../report/page.ts')
  const page = new TextEncoder().encode(buildReport(input))
  const { bytes } = await storage.write(REPORT_NAME, [page], { signal })
  const summary = {
    runId: input.shapley.runId,
    location: `${storage.location}/${REPORT_NAME}`,
    bytes,
    missing: input.comparison === undefined ? [{ part: 'comparison', command: 'td-mta compare' }] : [],
    seconds: (now() - startedMs) / 1000,
  }
  logger.info(summary, 'wrote report')
  return summary
}

async function readReportInput(options: ReportOptions, world: ReportWorld): Promise<ReportInput> {
  const { storage } = world
  const { manifest, crc32c, stamp } = await readExported(options, storage)
  const shapley = await readResult(storage, 'shapley', crc32c)
  if (shapley === undefined) {
    throw new DataError(
      `no attribution of this export in ${storage.location}: run td-mta shapley first ` +
        `(looked for ${storage.location}/results/shapley.json)`,
    )
  }
  return {
    manifest,
    credited: stamp,
    model: await maybeModel(storage, crc32c),
    shapley,
    comparison: await readResult(storage, 'comparison', crc32c),
    performance: await readResult(storage, 'performance', crc32c),
    truth: await readResult(storage, 'truth', crc32c),
    runs: await maybeLastRuns(options, world, shapley.methods[0]?.method ?? '', manifest),
  }
}

/** Undefined without `--runs`. */
async function maybeLastRuns(
  options: ReportOptions,
  { warehouse, signal, logger }: ReportWorld,
  method: string,
  { options: { conversionType } }: ExportManifest,
): Promise<ReportInput['runs']> {
  const attributionTable = maybeTableName(attribution, options)
  if (options.runs === undefined || warehouse === undefined) return undefined
  if (attributionTable === undefined) {
    throw new ConfigError('--runs (RUNS) reads --attribution-table (ATTRIBUTION_TABLE), which is not set')
  }
  const evidenceTable = maybeTableName(evidence, options)
  const asked = {
    attribution: attributionTable,
    evidence: evidenceTable,
    method,
    conversionType,
    limit: options.runs,
  }
  if (evidenceTable === undefined || (await warehouse.describeTable(evidenceTable)) === undefined) {
    const table = evidenceTable === undefined ? 'unset' : nameOf(evidenceTable)
    logger.warn(
      { table },
      '--evidence-table (EVIDENCE_TABLE) is missing: --runs can tell no change from noise',
    )
  }
  return await readLastRuns(warehouse, asked, signal)
}

/** The true causes of simulated conversions that a report shows. */
export interface SimulatedTruth {
  readonly baseline: { readonly conversions: number }
  readonly byChannel: readonly { readonly channel: string; readonly conversions: number }[]
}

/**
 * Leaves the truth of simulated touchpoints beside the results, so that every later report of this export shows it.
 * @param truth of the lookback window.
 */
export async function leaveTruth(storage: Storage, truth: SimulatedTruth): Promise<void> {
  const { manifest, crc32c } = await readCheckedExport(storage)
  await writeResult(storage, {
    ...headOf({ stamp: manifest, crc32c }),
    kind: 'truth',
    baseline: truth.baseline.conversions,
    channels: truth.byChannel.map(({ channel, conversions }) => ({ channel, conversions })),
  })
}

/** The report shows the model's facts; it leaves them out where there is no model, or one of another export. */
async function maybeModel(storage: Storage, exportCrc32c: number): Promise<ModelManifest | undefined> {
  const model = await maybeReadModelManifest(storage)
  return model?.exportCrc32c === exportCrc32c ? model : undefined
}
