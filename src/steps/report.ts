import { type ModelManifest, readExportManifest, readModelManifest } from '../artifacts/manifest.ts'
import { readResult, writeResult } from '../artifacts/results.ts'
import { DataError } from '../errors.ts'
import type { Options } from '../options/option-table.ts'
import { checkSameOptions } from './former-steps.ts'
import type { World } from './world.ts'

/** The report's name in the data directory. */
const REPORT_NAME = 'report.html'

/** A report reads storage only: it needs no warehouse. */
export type ReportWorld = Pick<World, 'storage' | 'logger' | 'now' | 'signal'>

export interface ReportSummary {
  readonly runId: string
  /** Where it lies: a path, or gs://bucket/prefix/report.html. */
  readonly location: string
  readonly bytes: number
  /** Parts that were left out, since nothing made them yet, with the command that does. */
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
 * @throws {DataError} where there is no attribution of the export that lies in storage.
 */
export async function writeReport(options: Options, world: ReportWorld): Promise<ReportSummary> {
  const startedMs = world.now()
  const { storage, logger, signal } = world
  const { manifest, crc32c } = await readExportManifest(storage)
  checkSameOptions(options, manifest)
  const shapley = await readResult(storage, 'shapley', crc32c)
  if (shapley === undefined) {
    throw new DataError(
      `no attribution of this export in ${storage.location}: run td-mta shapley first ` +
        `(looked for ${storage.location}/results/shapley.json)`,
    )
  }
  const model = await maybeModel(world, crc32c)
  const comparison = await readResult(storage, 'comparison', crc32c)
  const performance = await readResult(storage, 'performance', crc32c)
  const truth = await readResult(storage, 'truth', crc32c)
  // Loaded here only: a run without a report needs no charts.
  const { buildReport } = await import('../report/page.ts')
  const page = buildReport({ manifest, model, shapley, comparison, performance, truth })
  const written = await storage.write(REPORT_NAME, [new TextEncoder().encode(page)], { signal })
  const summary = {
    runId: shapley.runId,
    location: `${storage.location}/${REPORT_NAME}`,
    bytes: written.bytes,
    missing: comparison === undefined ? [{ part: 'comparison', command: 'td-mta compare' }] : [],
    seconds: (world.now() - startedMs) / 1000,
  }
  logger.info(summary, 'wrote report')
  return summary
}

/** What caused simulated conversions, as far as a report shows it. */
export interface SimulatedTruth {
  readonly baseline: { readonly conversions: number }
  readonly byChannel: readonly { readonly channel: string; readonly conversions: number }[]
}

/**
 * Leaves the truth of simulated touchpoints beside the results, so that every later report of this export shows it.
 * @param truth of the lookback window.
 */
export async function leaveTruth({ storage }: ReportWorld, truth: SimulatedTruth): Promise<void> {
  const { manifest, crc32c } = await readExportManifest(storage)
  await writeResult(storage, {
    schemaVersion: 1,
    kind: 'truth',
    runId: manifest.runId,
    sessionTime: manifest.sessionTime,
    exportCrc32c: crc32c,
    baseline: truth.baseline.conversions,
    channels: truth.byChannel.map(({ channel, conversions }) => ({ channel, conversions })),
  })
}

/** The model is told of, not used: where there is none, or one of another export, its facts are left out. */
async function maybeModel(world: ReportWorld, exportCrc32c: number): Promise<ModelManifest | undefined> {
  const stored = (await world.storage.list('model/manifest.json')).length > 0
  const model = stored ? await readModelManifest(world.storage) : undefined
  return model?.exportCrc32c === exportCrc32c ? model : undefined
}
