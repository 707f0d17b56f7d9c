import {
  type ExportManifest,
  type ModelManifest,
  type NetRecord,
  writeModelManifest,
} from '../artifacts/manifest.ts'
import {
  gridOf,
  maybeLeafPatterns,
  negativesStoodFor,
  openPatternSource,
  withoutHoldOut,
} from '../artifacts/pattern-source.ts'
import type { Backend } from '../bilstm/net.ts'
import type { TrainingEffects, TrainingOptions } from '../bilstm/training.ts'
import type { ExampleTotals } from '../bilstm/training-examples.ts'
import { fitCampaigns } from '../hazard/campaigns.ts'
import { exposureRuleOf } from '../hazard/exposure.ts'
import { fitHazard } from '../hazard/hazard.ts'
import type { HazardFit } from '../hazard/model.ts'
import type { OptionsOf } from '../options/option-table.ts'
import { type EpochMetrics, metrics } from '../tables/metrics.ts'
import { tableWrites } from '../tables/output-tables.ts'
import type { OutputTable } from '../tables/table.ts'
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
      const campaigns = await time('hazard', () => maybeFitCampaigns(exported.manifest, hazard, world))
      const bilstm = await time('bilstm', () => maybeFitBiLstm(options, exported.manifest, world))
      const manifest = buildManifest(options.model, exported, { hazard, campaigns }, bilstm)
      const epochs = bilstm?.metrics ?? []
      await warehouse.writeTables(tableWrites(metrics, options, exported.stamp, epochs), signal)
      await writeModelManifest(storage, manifest)
      return { manifest, metrics: epochs, usedFrom: undefined }
    },
    message: 'trained',
    facts: ({ manifest }) => ({ model: manifest.model, nets: manifest.bilstm?.nets.length }),
  })
}

async function fitHazardModel(manifest: ExportManifest, world: World): Promise<HazardFit> {
  const { storage, logger, signal } = world
  const source = openPatternSource(storage, manifest, signal)
  const hazard = await fitHazard(gridOf(manifest), source, {
    exposure: exposureRuleOf(manifest),
    sampled: source.counted?.all,
    signal,
  })
  const { iterations, logLikelihood, baseline } = hazard
  logger.info({ iterations, logLikelihood, baseline }, 'fitted the hazard model')
  return hazard
}

/** @returns the factors of the export's campaigns; undefined where there are none. */
async function maybeFitCampaigns(
  manifest: ExportManifest,
  hazard: HazardFit,
  { storage, logger, signal }: World,
): Promise<ModelManifest['campaigns']> {
  const patterns = await maybeLeafPatterns(storage, manifest, signal)
  if (patterns === undefined || manifest.campaigns === undefined) return undefined
  const fit = fitCampaigns(hazard, patterns, manifest.campaigns.negativeCells)
  const { strength } = fit
  logger.info({ campaigns: fit.factors.length, strength }, 'fitted the factors of campaigns')
  return {
    strength,
    typical: [...fit.typical],
    factors: manifest.campaigns.leaves.map(({ channel, campaign }, leaf) => ({
      channel,
      campaign,
      factor: fit.factors[leaf] ?? 1,
      deviation: fit.deviations[leaf] ?? 0,
    })),
  }
}

interface FittedBiLstm {
  readonly tier: string
  /** Of the first net's epochs. */
  readonly metrics: readonly EpochMetrics[]
  readonly facts: NonNullable<ModelManifest['bilstm']>
}

/** The net's code is loaded here only, so that the hazard model alone never pays for it. */
async function maybeFitBiLstm(
  options: TrainOptions,
  manifest: ExportManifest,
  world: World,
): Promise<FittedBiLstm | undefined> {
  if (options.model === 'hazard') return undefined
  const { openBackend } = await import('../bilstm/backends.ts')
  const backend = await openBackend(options.backend, options.threads, world.logger)
  try {
    return await fitNets(backend, options, manifest, world)
  } finally {
    await backend.close()
  }
}

async function fitNets(
  backend: Backend,
  options: TrainOptions,
  manifest: ExportManifest,
  world: World,
): Promise<FittedBiLstm> {
  const hasValidation =
    manifest.counts.positiveValidationExamples + manifest.counts.negativeValidationExamples > 0
  const first = await fitNet(backend, options, manifest, world, {
    number: 0,
    learnedFrom: hasValidation ? 'training' : 'all',
    lastEpoch: options.trainEpochs,
  })
  const nets = [first.record]
  // Without a good epoch there is nothing that all users could teach.
  const { keptEpoch: lastEpoch } = first.record
  const wanted = lastEpoch === 0 ? 1 : options.nets + (hasValidation ? 1 : 0)
  while (nets.length < wanted) {
    const which = { number: nets.length, learnedFrom: 'all', lastEpoch } as const
    nets.push((await fitNet(backend, options, manifest, world, which)).record)
  }
  const { positiveExamples, negativeExamples } = manifest.counts
  const baseRate = positiveExamples / (positiveExamples + negativeExamples)
  const facts = { width: options.modelWidth, dropoutRate: options.dropoutRate, baseRate, nets }
  return { tier: backend.tier, metrics: first.metrics, facts }
}

interface WhichNet {
  /** Each has its own first weights and draws. */
  readonly number: number
  readonly learnedFrom: NetRecord['learnedFrom']
  readonly lastEpoch: number
}

async function fitNet(
  backend: Backend,
  options: TrainOptions,
  manifest: ExportManifest,
  { storage, progress, logger, signal, now }: World,
  which: WhichNet,
): Promise<{ readonly record: NetRecord; readonly metrics: readonly EpochMetrics[] }> {
  const { trainBiLstm } = await import('../bilstm/training.ts')
  const { saveModel } = await import('../bilstm/artifact.ts')
  const { probe } = await import('../bilstm/probes.ts')
  const { number, learnedFrom } = which
  const examples = openPatternSource(storage, manifest, signal)
  const source = learnedFrom === 'all' ? withoutHoldOut(examples) : examples
  const effects: TrainingEffects = { progress, logger, signal, now }
  const how = trainingOptions(options, manifest, which)
  const { weights, metrics, keptEpoch, valLoss } = await trainBiLstm(backend, how, source, effects)
  const files = await saveModel(how, weights, storage, `model/nets/${String(number).padStart(2, '0')}/`)
  const net = backend.openNet(how, weights)
  try {
    const probes = await probe(net.predict, how.grid)
    return { record: { learnedFrom, files: [...files], keptEpoch, valLoss, probes }, metrics }
  } finally {
    net.dispose()
  }
}

function trainingOptions(
  options: TrainOptions,
  manifest: ExportManifest,
  { number, learnedFrom, lastEpoch }: WhichNet,
): TrainingOptions {
  const { dropoutRate, stepsPerEpoch, validationBatchSize, shuffleBufferSize, seed } = options
  return {
    grid: gridOf(manifest),
    width: options.modelWidth,
    epochs: options.trainEpochs,
    lastEpoch,
    batchSize: options.trainBatchSize,
    dropoutRate,
    stepsPerEpoch,
    validationBatchSize,
    shuffleBufferSize,
    seed: (seed + number) % 2 ** 31,
    totals: totalsOf(manifest, learnedFrom),
  }
}

function totalsOf(manifest: ExportManifest, learnedFrom: NetRecord['learnedFrom']): ExampleTotals {
  const counts = { ...manifest.counts, ...negativesStoodFor(manifest) }
  const isOfAll = learnedFrom === 'all'
  const positiveValidation = isOfAll ? 0 : counts.positiveValidationExamples
  const negativeValidation = isOfAll ? 0 : counts.negativeValidationExamples
  return {
    positiveTraining: counts.positiveExamples - positiveValidation,
    negativeTraining: counts.negativeExamples - negativeValidation,
    positiveValidation,
    negativeValidation,
  }
}

function buildManifest(
  model: ModelManifest['model'],
  exported: Exported,
  { hazard, campaigns }: { readonly hazard: HazardFit; readonly campaigns: ModelManifest['campaigns'] },
  bilstm: FittedBiLstm | undefined,
): ModelManifest {
  const { channels, seedFormat, options } = exported.manifest
  return {
    ...headOf(exported),
    schemaVersion: 2,
    kind: 'model',
    model,
    lookbackDays: options.lookbackWindowDays,
    channels,
    seedFormat,
    backend: bilstm?.tier ?? null,
    bilstm: bilstm?.facts ?? null,
    hazard: {
      baseline: hazard.baseline,
      decay: hazard.decay,
      weights: hazard.weights,
      pairs: hazard.pairs,
      exposure: [...hazard.exposure],
      logLikelihood: hazard.logLikelihood,
      iterations: hazard.iterations,
    },
    ...(campaigns === undefined ? {} : { campaigns }),
  }
}
