import {
  type ExportManifest,
  type ModelManifest,
  readExportManifest,
  writeModelManifest,
} from '../artifacts/manifest.ts'
import { gridOf, openPatternSource } from '../artifacts/pattern-source.ts'
import type { ExampleTotals } from '../bilstm/training-examples.ts'
import { resampleExamples, sourceOf, totalsOf } from '../evidence/refits.ts'
import { fitHazard, type HazardFit } from '../hazard/hazard.ts'
import type { Options } from '../options/option-table.ts'
import { acquireRunLock } from '../storage/run-lock.ts'
import type { StoredObject } from '../storage/storage.ts'
import { type EpochMetrics, metrics } from '../tables/metrics.ts'
import { refuseExistingTables, tablesOf, tableWrites } from '../tables/output-tables.ts'
import { readEvidenceSample } from './evidence.ts'
import { checkSameOptions, stampOf } from './former-steps.ts'
import { timed, type World } from './world.ts'

export interface TrainSummary {
  readonly manifest: ModelManifest
  readonly metrics: readonly EpochMetrics[]
  readonly seconds: { readonly hazard: number; readonly bilstm: number; readonly total: number }
}

/**
 * Step 2: fits the conversion probability to the exported patterns and leaves model and manifest in the shared storage,
 * a row an epoch in the `metrics` table. The hazard model is always fitted; `--model hazard` fits nothing else.
 * @throws {DataError} where there is no export, or one of other options.
 */
export async function trainModel(options: Options, world: World): Promise<TrainSummary> {
  const startedMs = world.now()
  const exported = await readExportManifest(world.storage)
  checkSameOptions(options, exported.manifest)
  await refuseExistingTables(world.warehouse, options.ifExists, tablesOf(options, 'train'))
  const stamp = stampOf(options, exported.manifest)
  const release = await acquireRunLock(world.storage, { ...world, runId: stamp.runId, step: 'train' })
  try {
    await world.storage.delete('model/manifest.json')
    const hazard = await timed(world.now, () => fitHazardTo(exported.manifest, world))
    const bilstm = await timed(world.now, async () =>
      options.model === 'bilstm' ? await fitBiLstm(options, exported.manifest, world) : undefined,
    )
    const manifest = buildManifest(options, stamp, exported, hazard.result, bilstm.result)
    const epochs = bilstm.result?.metrics ?? []
    await world.warehouse.writeTables(tableWrites(metrics, options, stamp, epochs), world.signal)
    await writeModelManifest(world.storage, manifest)
    const seconds = {
      hazard: hazard.seconds,
      bilstm: bilstm.seconds,
      total: (world.now() - startedMs) / 1000,
    }
    world.logger.info({ model: manifest.model, keptEpoch: manifest.bilstm?.keptEpoch, seconds }, 'trained')
    return { manifest, metrics: epochs, seconds }
  } finally {
    await release()
  }
}

async function fitHazardTo(manifest: ExportManifest, world: World): Promise<HazardFit> {
  const source = openPatternSource(world.storage, manifest, world.signal)
  const hazard = await fitHazard(gridOf(manifest), source, {
    seedFormat: manifest.seedFormat,
    signal: world.signal,
  })
  const { iterations, logLikelihood } = hazard
  world.logger.info({ iterations, logLikelihood, baseline: hazard.baseline }, 'fitted the hazard model')
  return hazard
}

interface FittedBiLstm {
  readonly tier: string
  readonly metrics: readonly EpochMetrics[]
  readonly keptEpoch: number
  readonly files: readonly StoredObject[]
  /** Of each model that was fitted to resampled users. */
  readonly refits: readonly (readonly StoredObject[])[]
  readonly facts: NonNullable<ModelManifest['bilstm']>
}

/** TensorFlow.js is loaded here only, so that a run of the hazard model never pays for it. */
async function fitBiLstm(options: Options, manifest: ExportManifest, world: World): Promise<FittedBiLstm> {
  const [{ selectBackend }, { trainBiLstm }, { saveModel }] = await Promise.all([
    import('../bilstm/backends.ts'),
    import('../bilstm/training.ts'),
    import('../bilstm/artifact.ts'),
  ])
  const backend = await selectBackend(options.backend, world.logger)
  const { counts } = manifest
  const effects = { progress: world.progress, logger: world.logger, signal: world.signal, now: world.now }
  const totals = {
    positiveTraining: counts.positiveExamples - counts.positiveValidationExamples,
    negativeTraining: counts.negativeExamples - counts.negativeValidationExamples,
    positiveValidation: counts.positiveValidationExamples,
    negativeValidation: counts.negativeValidationExamples,
  }
  const trained = await trainBiLstm(
    trainingOptions(options, manifest, totals),
    openPatternSource(world.storage, manifest, world.signal),
    effects,
  )
  const files = await saveModel(trained.model, world.storage, 'model/')
  trained.model.dispose()
  const refits: (readonly StoredObject[])[] = []
  const sample = options.refits > 0 ? await readEvidenceSample(manifest, world) : undefined
  for (let refit = 0; sample !== undefined && refit < options.refits; refit++) {
    const examples = resampleExamples(sample, manifest, manifest.options.seed, refit)
    const resampled = trainingOptions(options, manifest, totalsOf(examples))
    const { model } = await trainBiLstm(resampled, sourceOf(examples), effects)
    refits.push(await saveModel(model, world.storage, `model/refits/${String(refit).padStart(3, '0')}/`))
    model.dispose()
  }
  return {
    tier: backend.tier,
    metrics: trained.metrics,
    keptEpoch: trained.keptEpoch,
    files,
    refits,
    facts: {
      width: options.modelWidth,
      dropoutRate: options.dropoutRate,
      keptEpoch: trained.keptEpoch,
      valLoss: trained.valLoss,
      baseRate: counts.positiveExamples / (counts.positiveExamples + counts.negativeExamples),
    },
  }
}

function trainingOptions(options: Options, manifest: ExportManifest, totals: ExampleTotals) {
  return {
    grid: gridOf(manifest),
    width: options.modelWidth,
    dropoutRate: options.dropoutRate,
    stepsPerEpoch: options.stepsPerEpoch,
    epochs: options.trainEpochs,
    batchSize: options.trainBatchSize,
    validationBatchSize: options.validationBatchSize,
    shuffleBufferSize: options.shuffleBufferSize,
    seed: options.seed,
    totals,
  }
}

function buildManifest(
  options: Options,
  stamp: { readonly runId: string; readonly sessionTime: string },
  exported: { readonly manifest: ExportManifest; readonly crc32c: number },
  hazard: HazardFit,
  bilstm: FittedBiLstm | undefined,
): ModelManifest {
  return {
    schemaVersion: 1,
    kind: 'model',
    runId: stamp.runId,
    sessionTime: stamp.sessionTime,
    exportCrc32c: exported.crc32c,
    model: options.model,
    lookbackDays: exported.manifest.options.lookbackDays,
    channels: [...exported.manifest.channels],
    seedFormat: exported.manifest.seedFormat,
    backend: bilstm?.tier ?? null,
    files: [...(bilstm?.files ?? [])],
    bilstm: bilstm?.facts ?? null,
    refits: (bilstm?.refits ?? []).map((stored) => [...stored]),
    hazard: {
      baseline: hazard.baseline,
      halfLivesDays: [...hazard.halfLivesDays],
      weights: hazard.weights.map((row) => [...row]),
      exposure: [...hazard.exposure],
      logLikelihood: hazard.logLikelihood,
      iterations: hazard.iterations,
    },
  }
}
