import type { ExportManifest, ModelManifest } from '../artifacts/manifest.ts'
import { gridOf } from '../artifacts/pattern-source.ts'
import { measureModel, predictHeldOut } from '../evidence/held-out.ts'
import type { CreditNoise } from '../evidence/intervals.ts'
import { isBetterThanConstant } from '../evidence/quality.ts'
import { refitNoise, resampleExamples } from '../evidence/refits.ts'
import { creditedPatterns } from '../examples/distinct-patterns.ts'
import type { ValueFunction } from '../examples/pattern.ts'
import { attribute } from '../shapley/attribution.ts'
import type { CellCredits } from '../shapley/credit.ts'
import type { Storage } from '../storage/storage.ts'
import type { CreditedExamples, CreditOptions, JudgedModel } from './model-answers.ts'
import type { World } from './world.ts'

/** Loads a saved BiLSTM, works with its value function, and frees it. */
type WithBiLstm = <T>(
  files: ModelManifest['files'],
  work: (valueFunction: ValueFunction) => Promise<T>,
) => Promise<T>

/**
 * TensorFlow.js is loaded here only, so that a run of the hazard model never pays for it; one backend for all models.
 * @param storage where the models lie.
 */
export async function openBiLstms(
  { backend }: Pick<CreditOptions, 'backend'>,
  { logger }: Pick<World, 'logger'>,
  manifest: ExportManifest,
  storage: Storage,
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

/** With that many weights, only held-out users can show whether a BiLSTM learned anything. */
export async function judgeBiLstm(
  { learned, heldOut }: CreditedExamples,
  valueFunction: ValueFunction,
): Promise<JudgedModel> {
  const isTrained = (learned.model.bilstm?.keptEpoch ?? 0) > 0
  if (heldOut === undefined) return { predictions: undefined, quality: undefined, hasLearned: isTrained }
  const predictions = await predictHeldOut(heldOut, valueFunction)
  const quality = measureModel('bilstm', heldOut, predictions)
  return { predictions, quality, hasLearned: isTrained && isBetterThanConstant(quality.quality) }
}

/** @returns how much the credits vary of BiLSTMs that were fitted to resampled users; undefined with fewer than two. */
export async function resampledNoise(
  { exactPlayers, seed }: CreditOptions,
  { progress, signal, now }: World,
  { manifest, learned, sample }: CreditedExamples,
  withBiLstm: WithBiLstm,
): Promise<CreditNoise | undefined> {
  const { refits } = learned.model
  if (refits.length < 2) return undefined
  const how = { exactPlayers, seed, progress, signal, now }
  const credits: CellCredits[] = []
  const { rate } = learned.manifest.evidence
  for (const [refit, files] of refits.entries()) {
    const { positives } = resampleExamples(sample, manifest, manifest.options.seed, refit, rate / sample.rate)
    const own = creditedPatterns(gridOf(manifest), positives)
    credits.push(await withBiLstm(files, (valueFunction) => attribute(own, valueFunction, how)))
  }
  return refitNoise(credits, { grid: sample.grid, rate }, manifest)
}
