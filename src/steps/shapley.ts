import { readConvertingPatterns } from '../artifacts/converting-patterns.ts'
import {
  type ExportManifest,
  type ModelManifest,
  readExportManifest,
  readModelManifest,
} from '../artifacts/manifest.ts'
import { gridOf, openPatternSource } from '../artifacts/pattern-source.ts'
import { readResult, type ShapleyDocument, type SignalVerdict, writeResult } from '../artifacts/results.ts'
import { DataError } from '../errors.ts'
import { type ModelQuality, maybeHoldOut } from '../evidence/held-out.ts'
import { compensatedSum } from '../numerics/compensated-sum.ts'
import type { Options } from '../options/option-table.ts'
import type { CellCredits, PatternCredit } from '../shapley/credit.ts'
import { buildShapleyChannelShares, buildShapleyRows, maybeShares } from '../shapley/totals.ts'
import { acquireRunLock } from '../storage/run-lock.ts'
import { attribution, attributionRows, type MethodRows } from '../tables/attribution.ts'
import { type EvidenceRow, evidence as evidenceTable } from '../tables/evidence.ts'
import { refuseExistingTables, tablesOf, tableWrites } from '../tables/output-tables.ts'
import { performance } from '../tables/performance.ts'
import { shapley, shapleyChannel } from '../tables/shapley.ts'
import { version } from '../version.ts'
import type { WrittenTable } from '../warehouse/warehouse.ts'
import { creditModels, HAZARD_METHOD } from './credit-models.ts'
import { writeCreditsTables } from './credits-table.ts'
import { evidenceRows, hazardNoise, judgeSignal, readEvidenceSample } from './evidence.ts'
import { checkSameOptions, stampOf } from './former-steps.ts'
import { attributionRowsOf, type MethodCredits, withIntervals } from './method-rows.ts'
import { readRunSpend, runPerformanceRows, writePerformance } from './performance.ts'
import { timed, type World } from './world.ts'

export interface ShapleySummary {
  readonly manifest: ExportManifest
  readonly model: ModelManifest
  /** The first one is that whose shares fill `shapley` and `shapley_channel`. */
  readonly methods: readonly [MethodCredits, ...MethodCredits[]]
  readonly identity: Identity
  readonly signal: SignalVerdict
  /** Rows of the table `evidence`. */
  readonly evidence: readonly EvidenceRow[]
  readonly tables: readonly WrittenTable[]
  readonly seconds: ShapleySeconds
}

export interface ShapleySeconds {
  readonly credit: number
  readonly evaluation: number
  /** Signal test, intervals and, but for the time of a BiLSTM, the held-out users. */
  readonly evidence: number
  readonly total: number
}

/** Credits of all cells and the baseline against the conversions they have to add up to. */
export interface Identity {
  readonly credited: number
  readonly conversions: number
}

/**
 * Step 3: credits the conversions to channels and days and writes `shapley`, `shapley_channel` and `attribution` as one
 * set. Running it again with the same run id gives the same tables.
 * @throws {DataError} where export or model is missing, or one is not of the other.
 */
export async function explainConversions(options: Options, world: World): Promise<ShapleySummary> {
  const startedMs = world.now()
  const { manifest, model, crc32c } = await readFormerSteps(options, world)
  await refuseExistingTables(world.warehouse, options.ifExists, tablesOf(options, 'shapley'))
  const spend = await readRunSpend(options, world, manifest, crc32c)
  const stamp = stampOf(options, manifest)
  const release = await acquireRunLock(world.storage, { ...world, runId: stamp.runId, step: 'shapley' })
  try {
    const source = openPatternSource(world.storage, manifest, world.signal)
    const converting = await readConvertingPatterns(manifest, source.positives())
    const patterns: PatternCredit[] = []
    const onPattern =
      options.creditsTable === undefined ? undefined : (credit: PatternCredit) => void patterns.push(credit)
    const evidence = await timed(world.now, async () => {
      const sample = await readEvidenceSample(manifest, world)
      return {
        sample,
        signal: judgeSignal(options, world, manifest, sample),
        noise: hazardNoise(options, world, { manifest, model }, converting, sample),
        heldOut: await maybeHoldOut(manifest, source, options.seed, world.signal),
      }
    })
    const { sample, signal, noise, heldOut } = evidence.result
    const credited = await timed(world.now, () =>
      creditModels(options, world, { manifest, model, converting, heldOut, sample }, onPattern),
    )
    const { credits: methodCredits, qualities, biLstmNoise } = credited.result
    warnOfWorseModels(world, qualities)
    const measures = evidenceRows(signal, qualities)
    const identity = checkConversions(manifest, methodCredits[0].credits)
    warnWithoutShares(world, methodCredits)
    const methods = methodCredits.map(({ method, credits }): MethodRows => {
      const rows = attributionRowsOf(credits, manifest)
      if (method === HAZARD_METHOD) return withIntervals(method, rows, noise, 0)
      if (biLstmNoise === undefined) return { method, rows, channels: null }
      return withIntervals(method, rows, biLstmNoise, Number.NEGATIVE_INFINITY)
    })
    const compared = (await readResult(world.storage, 'comparison', crc32c))?.methods ?? []
    const allMethods = [...methods, ...compared]
    const costs = runPerformanceRows(allMethods, spend)
    const grid = gridOf(manifest)
    const leading = methodCredits[0].credits
    const names = manifest.channelColumns
    const writes = [
      ...tableWrites(shapley, options, stamp, buildShapleyRows(leading, grid), names),
      ...tableWrites(
        shapleyChannel,
        options,
        stamp,
        [{ shares: buildShapleyChannelShares(leading, grid) }],
        names,
      ),
      ...tableWrites(attribution, options, stamp, attributionRows(allMethods)),
      ...tableWrites(evidenceTable, options, stamp, measures),
      ...tableWrites(performance, options, stamp, costs),
    ]
    const written = await world.warehouse.writeTables(writes, world.signal)
    await writeResult(world.storage, {
      schemaVersion: 1,
      kind: 'shapley',
      runId: stamp.runId,
      sessionTime: stamp.sessionTime,
      exportCrc32c: crc32c,
      methods,
      signal,
      evidence: measures,
      calibration: qualities.map(({ model, quality }) => ({ model, bins: quality.bins })),
      attributionSkipped: written.some(
        ({ table, skipped }) => skipped && table.table === options.attributionTable,
      ),
      options: shownOptions(options),
      version,
    })
    await writePerformance(options, world, stamp, costs, spend, written)
    const ofConversions = { credits: methodCredits[0].credits, converting, patterns }
    const creditsWritten = await writeCreditsTables(options, world, stamp, manifest, ofConversions)
    const seconds = {
      credit: credited.seconds,
      evaluation: methodCredits[0].credits.evaluationSeconds,
      evidence: evidence.seconds,
      total: (world.now() - startedMs) / 1000,
    }
    world.logger.info({ ...identity, seconds }, 'credited conversions')
    return {
      manifest,
      model,
      methods: methodCredits,
      identity,
      signal,
      evidence: measures,
      tables: [...written, ...creditsWritten],
      seconds,
    }
  } finally {
    await release()
  }
}

async function readFormerSteps(options: Options, world: World) {
  const { manifest, crc32c } = await readExportManifest(world.storage)
  checkSameOptions(options, manifest)
  const model = await readModelManifest(world.storage)
  if (model.exportCrc32c !== crc32c) {
    throw new DataError(
      `the model was trained on another export (its run ${model.runId}, the export's run ${manifest.runId}): train again`,
    )
  }
  checkSameVocabulary(manifest, model)
  if (options.model === 'bilstm' && model.bilstm === null) {
    throw new DataError(
      'the model was trained with --model hazard: give --model (MODEL) hazard here, or train again',
    )
  }
  return { manifest, model, crc32c }
}

function checkSameVocabulary(manifest: ExportManifest, model: ModelManifest): void {
  const same =
    model.lookbackDays === manifest.options.lookbackDays &&
    model.channels.length === manifest.channels.length &&
    model.channels.every((channel, at) => channel === manifest.channels[at])
  if (same) return
  throw new DataError(
    `the model knows ${model.channels.length} channels and ${model.lookbackDays} days, ` +
      `the export has ${manifest.channels.length} and ${manifest.options.lookbackDays}, or others: train again`,
  )
}

/** @throws {Error} where credits, baseline and entry conversions miss the conversions by more than 1e-9 of them. */
function checkConversions(manifest: ExportManifest, credits: CellCredits): Identity {
  const { conversions, entryConversions } = manifest.counts
  const credited = compensatedSum([...credits.conversions, credits.baselineConversions, entryConversions])
  if (Math.abs(credited - conversions) > 1e-9 * conversions) {
    throw new Error(`credits and baseline add up to ${credited}, there were ${conversions} conversions`)
  }
  return { credited, conversions }
}

function warnOfWorseModels(world: World, qualities: readonly ModelQuality[]): void {
  for (const { model, quality } of qualities) {
    if (quality.logLoss < quality.constantLogLoss) continue
    const { logLoss, constantLogLoss } = quality
    world.logger.warn(
      { model, logLoss, constantLogLoss },
      'found a model worse than a constant on held-out users',
    )
  }
}

function warnWithoutShares(world: World, methods: readonly MethodCredits[]): void {
  for (const { method, credits } of methods) {
    if (maybeShares(credits.conversions) !== undefined) continue
    world.logger.warn({ method }, 'found no positive credit of the channels in all: shares are NULL')
  }
}

const creditOptions = ['model', 'exactPlayers', 'signalDraws', 'refits', 'seed'] as const

/** @returns the options that shape what `shapley` says; those of the steps before stand in their manifests. */
function shownOptions(options: Options): ShapleyDocument['options'] {
  return Object.fromEntries(creditOptions.map((name) => [name, options[name]]))
}
