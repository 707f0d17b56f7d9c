import { type ExportManifest, type ModelManifest, writeModelManifest } from '../artifacts/manifest.ts'
import { gridOf, openPatternSource } from '../artifacts/pattern-source.ts'
import type { TrainingEffects, TrainingOptions } from '../bilstm/training.ts'
import { resampleExamples, sourceOf, totalsOf } from '../evidence/refits.ts'
import { exposureRuleOf } from '../hazard/exposure.ts'
import { fitHazard, type HazardFit } from '../hazard/hazard.ts'
import type { OptionsOf } from '../options/option-table.ts'
import type { StoredObject } from '../storage/storage.ts'
import { type EpochMetrics, metrics } from '../tables/metrics.ts'
import { tableWrites } from '../tables/output-tables.ts'
import type { OutputTable } from '../tables/table.ts'
import { readEvidenceSample } from './evidence.ts'
import { type Exported, headOf, readExported, runStep, type Seconds } from './frame.ts'
import { maybeModelFrom } from './learned-model.ts'
import type { World } from './world.ts'

type TrainOptions = OptionsOf<'train'>

export interface TrainSummary {
  readonly manifest: ModelManifest
  readonly metrics: readonly EpochMetrics[]
  /** Where the model of `--model-from` is: then nothing was trained. */
  readonly usedFrom: string | undefined
  readonly seconds: Seconds<'hazard' | 'bilstm'>
}

/**
 * Step 2: fits the conversion probability to the exported patterns and leaves model and manifest in the shared storage,
 * one row per epoch in the table `metrics`. The hazard model is always fitted; `--model hazard` fits no BiLSTM, and
 * `--model-from` nothing at all.
 * @throws {DataError} if there is no export, or it was made with other options.
 */
export async function trainModel(options: TrainOptions, world: World): Promise<TrainSummary> {
  return world.modelStorage === undefined
    ? await fitModels(options, world)
    : await useOtherModel(options, world)
}

const NO_TABLES: readonly OutputTable<'metricsTable'>[] = []

/** With `--model-from` there is nothing to train; the step looks whether the model is there. */
async function useOtherModel(options: TrainOptions, world: World): Promise<TrainSummary> {
  return await runStep(options, world, {
    name: 'train',
    phases: { hazard: 0, bilstm: 0 },
    read: async () => ({
      ...(await readExported(options, world.storage)),
      learned: await maybeModelFrom(world, options.model),
    }),
    tables: NO_TABLES,
    work: async ({ learned }) => {
      if (learned === undefined) throw new Error('no model in another data directory')
      return { manifest: learned.model, metrics: [], usedFrom: learned.storage.location }
    },
    message: 'trained nothing: the model of another run is used',
    facts: ({ manifest, usedFrom }) => ({ modelRunId: manifest.runId, modelFrom: usedFrom }),
  })
}

async function fitModels(options: TrainOptions, world: World): Promise<TrainSummary> {
  const { warehouse, storage, signal } = world
  return await runStep(options, world, {
    name: 'train',
    phases: { hazard: 0, bilstm: 0 },
    read: () => readExported(options, storage),
    tables: [metrics],
    work: async (exported, time) => {
      await storage.delete('model/manifest.json')
      const hazard = await time('hazard', () => fitHazardModel(exported.manifest, world))
      const bilstm = await time('bilstm', () => maybeFitBiLstm(options, exported.manifest, world))
      const manifest = buildManifest(options.model, exported, hazard, bilstm)
      const epochs = bilstm?.metrics ?? []
      await warehouse.writeTables(tableWrites(metrics, options, exported.stamp, epochs), signal)
      await writeModelManifest(storage, manifest)
      return { manifest, metrics: epochs, usedFrom: undefined }
    },
    message: 'trained',
    facts: ({ manifest }) => ({ model: manifest.model, keptEpoch: manifest.bilstm?.keptEpoch }),
  })
}

async function fitHazardModel(manifest: ExportManifest, world: World): Promise<HazardFit> {
  const { storage, logger, signal } = world
  const source = openPatternSource(storage, manifest, signal)
  const hazard = await fitHazard(gridOf(manifest), source, {
    exposure: exposureRuleOf(manifest),
    signal,
  })
  const { iterations, logLikelihood, baseline } = hazard
  logger.info({ iterations, logLikelihood, baseline }, 'fitted the hazard model')
  return hazard
}

interface FittedBiLstm {
  readonly tier: string
  readonly metrics: readonly EpochMetrics[]
  readonly files: readonly StoredObject[]
  /** Of each model that was fitted to resampled users. */
  readonly refits: readonly (readonly StoredObject[])[]
  readonly facts: NonNullable<ModelManifest['bilstm']>
}

/** TensorFlow.js is loaded here only, so that the hazard model alone never pays for it. */
async function maybeFitBiLstm(
  options: TrainOptions,
  manifest: ExportManifest,
  world: World,
): Promise<FittedBiLstm | undefined> {
  if (options.model === 'hazard') return undefined
  const { storage, progress, logger, signal, now } = world
  const { selectBackend } = await import('../bilstm/backends.ts')
  const { trainBiLstm } = await import('../bilstm/training.ts')
  const { saveModel } = await import('../bilstm/artifact.ts')
  const { probe } = await import('../bilstm/probes.ts')
  const { valueFunctionOf } = await import('../bilstm/prediction.ts')
  const backend = await selectBackend(options.backend, logger)
  const effects: TrainingEffects = { progress, logger, signal, now }
  const { counts } = manifest
  const totals = {
    positiveTraining: counts.positiveExamples - counts.positiveValidationExamples,
    negativeTraining: counts.negativeExamples - counts.negativeValidationExamples,
    positiveValidation: counts.positiveValidationExamples,
    negativeValidation: counts.negativeValidationExamples,
  }
  const source = openPatternSource(storage, manifest, signal)
  const trained = await trainBiLstm(trainingOptions(options, manifest, totals), source, effects)
  const files = await saveModel(trained.model, storage, 'model/')
  const grid = gridOf(manifest)
  const probes = await probe(valueFunctionOf(trained.model, grid), grid)
  trained.model.dispose()
  const refits = await refitBiLstms(options, manifest, world)
  const { keptEpoch, valLoss } = trained
  const baseRate = counts.positiveExamples / (counts.positiveExamples + counts.negativeExamples)
  const facts = {
    width: options.modelWidth,
    dropoutRate: options.dropoutRate,
    keptEpoch,
    valLoss,
    baseRate,
    probes,
  }
  return { tier: backend.tier, metrics: trained.metrics, files, refits, facts }
}

/** Fits BiLSTMs to resampled users, for intervals. */
async function refitBiLstms(
  options: TrainOptions,
  manifest: ExportManifest,
  world: World,
): Promise<FittedBiLstm['refits']> {
  if (options.refits === 0) return []
  const { storage, progress, logger, signal, now } = world
  const { trainBiLstm } = await import('../bilstm/training.ts')
  const { saveModel } = await import('../bilstm/artifact.ts')
  const sample = await readEvidenceSample(manifest, storage)
  const refits: (readonly StoredObject[])[] = []
  for (let refit = 0; refit < options.refits; refit++) {
    const examples = resampleExamples(sample, manifest, manifest.options.seed, refit)
    const resampled = trainingOptions(options, manifest, totalsOf(examples))
    const { model } = await trainBiLstm(resampled, sourceOf(examples), { progress, logger, signal, now })
    refits.push(await saveModel(model, storage, `model/refits/${String(refit).padStart(3, '0')}/`))
    model.dispose()
  }
  return refits
}

function trainingOptions(
  options: TrainOptions,
  manifest: ExportManifest,
  totals: TrainingOptions['totals'],
): TrainingOptions {
  const { dropoutRate, stepsPerEpoch, validationBatchSize, shuffleBufferSize, seed } = options
  return {
    grid: gridOf(manifest),
    width: options.modelWidth,
    epochs: options.trainEpochs,
    batchSize: options.trainBatchSize,
    dropoutRate,
    stepsPerEpoch,
    validationBatchSize,
    shuffleBufferSize,
    seed,
    totals,
  }
}

function buildManifest(
  model: ModelManifest['model'],
  exported: Exported,
  hazard: HazardFit,
  bilstm: FittedBiLstm | undefined,
): ModelManifest {
  const { channels, seedFormat, options } = exported.manifest
  return {
    ...headOf(exported),
    kind: 'model',
    model,
    lookbackDays: options.lookbackWindowDays,
    channels,
    seedFormat,
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
