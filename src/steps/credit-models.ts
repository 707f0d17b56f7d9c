import type { ExportManifest, ModelManifest } from '../artifacts/manifest.ts'
import { gridOf } from '../artifacts/pattern-source.ts'
import { checkProbes } from '../bilstm/probes.ts'
import { type HeldOut, type ModelQuality, measureHazard, measureModel } from '../evidence/held-out.ts'
import type { CreditNoise } from '../evidence/intervals.ts'
import { refitNoise, resampleExamples } from '../evidence/refits.ts'
import type { EvidenceSample } from '../evidence/sample.ts'
import { distinctPatterns } from '../examples/distinct-patterns.ts'
import type { ConvertingPatterns, ValueFunction } from '../examples/pattern.ts'
import { attributeByHazard } from '../hazard/hazard-credit.ts'
import type { OptionsOf } from '../options/option-table.ts'
import { attribute } from '../shapley/attribution.ts'
import type { CellCredits, PatternCredit } from '../shapley/credit.ts'
import type { World } from './world.ts'

export const HAZARD_METHOD = 'shapley_hazard'
const BILSTM_METHOD = 'shapley_bilstm'

/** What the models are asked to credit. */
export interface CreditedExamples {
  readonly manifest: ExportManifest
  readonly model: ModelManifest
  readonly converting: ConvertingPatterns
  /** Undefined where no user was held out. */
  readonly heldOut: HeldOut | undefined
  readonly sample: EvidenceSample
}

/** The credits that one method gives, under its name in the table `attribution`. */
export interface MethodCredits {
  readonly method: string
  readonly credits: CellCredits
}

export interface ModelAnswers {
  /** The shares of the first one fill `shapley` and `shapley_channel`. */
  readonly credits: readonly [MethodCredits, ...MethodCredits[]]
  /** In the same order; none without held-out users. */
  readonly qualities: readonly ModelQuality[]
  /** Estimated by BiLSTMs that were fitted to resampled users; undefined with fewer than two. */
  readonly biLstmNoise: CreditNoise | undefined
}

/** How models are asked. */
export type CreditOptions = Pick<OptionsOf<'shapley'>, 'model' | 'exactPlayers' | 'seed' | 'backend'>

/**
 * Asks each model for its credits and for the held-out users' probabilities.
 * @param onPattern gets the leading model's credits of each pattern.
 */
export async function creditModels(
  options: CreditOptions,
  world: World,
  examples: CreditedExamples,
  onPattern: ((credit: PatternCredit) => void) | undefined,
): Promise<ModelAnswers> {
  const { model, converting, heldOut } = examples
  const hazardLeads = options.model === 'hazard'
  const credits = attributeByHazard(model.hazard, converting, hazardLeads ? onPattern : undefined)
  const hazard = { method: HAZARD_METHOD, credits }
  const qualities = heldOut === undefined ? [] : [await measureHazard(heldOut)]
  if (hazardLeads) return { credits: [hazard], qualities, biLstmNoise: undefined }
  const biLstm = await creditBiLstms(options, world, examples, onPattern)
  return {
    credits: [{ method: BILSTM_METHOD, credits: biLstm.credits }, hazard],
    qualities: [...biLstm.qualities, ...qualities],
    biLstmNoise: biLstm.noise,
  }
}

/** Asks the BiLSTM, and for the noise of its credits those that were fitted to resampled users. */
async function creditBiLstms(
  { exactPlayers, seed, backend }: CreditOptions,
  world: World,
  { manifest, model, converting, heldOut, sample }: CreditedExamples,
  onPattern: ((credit: PatternCredit) => void) | undefined,
) {
  const { progress, signal, now } = world
  const how = { exactPlayers, seed, progress, signal, now }
  const withBiLstm = await openBiLstms(backend, world, manifest)
  const answers = await withBiLstm(model.files, async (valueFunction) => {
    await checkProbes(valueFunction, gridOf(manifest), model.bilstm?.probes)
    const reported = onPattern === undefined ? how : { ...how, onPattern }
    const credits = await attribute(converting, valueFunction, reported)
    const qualities = heldOut === undefined ? [] : [await measureModel('bilstm', heldOut, valueFunction)]
    return { credits, qualities }
  })
  const refits: CellCredits[] = []
  for (const [refit, files] of model.refits.entries()) {
    const { positives } = resampleExamples(sample, manifest, manifest.options.seed, refit)
    const own = distinctPatterns(gridOf(manifest), positives)
    refits.push(await withBiLstm(files, (valueFunction) => attribute(own, valueFunction, how)))
  }
  return { ...answers, noise: refits.length > 1 ? refitNoise(refits, sample, manifest) : undefined }
}

/** Loads a saved BiLSTM, works with its value function, and frees it. */
type WithBiLstm = <T>(
  files: ModelManifest['files'],
  work: (valueFunction: ValueFunction) => Promise<T>,
) => Promise<T>

/** TensorFlow.js is loaded here only, so that a run of the hazard model never pays for it; one backend for all models. */
async function openBiLstms(
  backend: CreditOptions['backend'],
  { storage, logger }: World,
  manifest: ExportManifest,
): Promise<WithBiLstm> {
  const [{ selectBackend }, { loadModel }, { valueFunctionOf }] = await Promise.all([
    import('../bilstm/backends.ts'),
    import('../bilstm/artifact.ts'),
    import('../bilstm/prediction.ts'),
  ])
  await selectBackend(backend, logger)
  const grid = gridOf(manifest)
  return async (files, work) => {
    const biLstm = await loadModel(storage, files, grid)
    try {
      return await work(valueFunctionOf(biLstm, grid))
    } finally {
      biLstm.dispose()
    }
  }
}
