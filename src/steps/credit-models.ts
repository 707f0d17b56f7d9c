import { convertingPatternsOf } from '../artifacts/converting-patterns.ts'
import type { ExportManifest, ModelManifest } from '../artifacts/manifest.ts'
import { gridOf } from '../artifacts/pattern-source.ts'
import { type HeldOut, type ModelQuality, measureHazard, measureModel } from '../evidence/held-out.ts'
import type { CreditNoise } from '../evidence/intervals.ts'
import { refitNoise, resampleExamples } from '../evidence/refits.ts'
import type { EvidenceSample } from '../evidence/sample.ts'
import type { ValueFunction } from '../examples/pattern.ts'
import { attributeByHazard } from '../hazard/hazard.ts'
import type { Options } from '../options/option-table.ts'
import { attribute, type ConvertingPatterns } from '../shapley/attribution.ts'
import type { CellCredits, PatternCredit } from '../shapley/credit.ts'
import type { MethodCredits } from './method-rows.ts'
import type { World } from './world.ts'

export const HAZARD_METHOD = 'shapley_hazard'
export const BILSTM_METHOD = 'shapley_bilstm'

/** What the models are asked about. */
export interface CreditedExamples {
  readonly manifest: ExportManifest
  readonly model: ModelManifest
  readonly converting: ConvertingPatterns
  /** Undefined where no user was held out. */
  readonly heldOut: HeldOut | undefined
  readonly sample: EvidenceSample
}

export interface ModelAnswers {
  /** The first one is that whose shares fill `shapley` and `shapley_channel`. */
  readonly credits: readonly [MethodCredits, ...MethodCredits[]]
  /** In the same order; none without held-out users. */
  readonly qualities: readonly ModelQuality[]
  /** By the BiLSTMs that were fitted to resampled users; undefined with fewer than two. */
  readonly biLstmNoise: CreditNoise | undefined
}

/**
 * Asks each model for its credits and for the held-out users' probabilities.
 * @param onPattern gets the leading model's credits of each pattern.
 */
export async function creditModels(
  options: Options,
  world: World,
  examples: CreditedExamples,
  onPattern: ((credit: PatternCredit) => void) | undefined,
): Promise<ModelAnswers> {
  const { model, converting, heldOut } = examples
  const ofHazard = options.model === 'hazard' ? onPattern : undefined
  const hazard = { method: HAZARD_METHOD, credits: attributeByHazard(model.hazard, converting, ofHazard) }
  const hazardQuality = heldOut === undefined ? [] : [await measureHazard(heldOut)]
  if (options.model === 'hazard') {
    return { credits: [hazard], qualities: hazardQuality, biLstmNoise: undefined }
  }
  const how = {
    exactPlayers: options.exactPlayers,
    seed: options.seed,
    progress: world.progress,
    signal: world.signal,
    now: world.now,
  }
  const { manifest, sample } = examples
  const withBiLstm = await openBiLstms(options, world, manifest)
  const answers = await withBiLstm(model.files, async (valueFunction) => {
    const credits = await attribute(converting, valueFunction, {
      ...how,
      ...(onPattern === undefined ? {} : { onPattern }),
    })
    const quality = heldOut === undefined ? [] : [await measureModel('bilstm', heldOut, valueFunction)]
    const both: ModelAnswers['credits'] = [{ method: BILSTM_METHOD, credits }, hazard]
    return { credits: both, qualities: [...quality, ...hazardQuality] }
  })
  const refits: CellCredits[] = []
  for (const [refit, files] of model.refits.entries()) {
    const { positives } = resampleExamples(sample, manifest, manifest.options.seed, refit)
    const own = convertingPatternsOf(gridOf(manifest), positives)
    refits.push(await withBiLstm(files, (predict) => attribute(own, predict, how)))
  }
  const isKnown = refits.length > 1
  return { ...answers, biLstmNoise: isKnown ? refitNoise(refits, sample, manifest) : undefined }
}

/** Works with the value function of a saved BiLSTM, and frees it again. */
type WithBiLstm = <T>(
  files: ModelManifest['files'],
  work: (valueFunction: ValueFunction) => Promise<T>,
) => Promise<T>

/** TensorFlow.js is loaded here only, so that a run of the hazard model never pays for it; one backend for all models. */
async function openBiLstms(options: Options, world: World, manifest: ExportManifest): Promise<WithBiLstm> {
  const [{ selectBackend }, { loadModel }, { valueFunctionOf }] = await Promise.all([
    import('../bilstm/backends.ts'),
    import('../bilstm/artifact.ts'),
    import('../bilstm/prediction.ts'),
  ])
  await selectBackend(options.backend, world.logger)
  const grid = gridOf(manifest)
  return async (files, work) => {
    const biLstm = await loadModel(world.storage, files, grid)
    try {
      return await work(valueFunctionOf(biLstm, grid))
    } finally {
      biLstm.dispose()
    }
  }
}
