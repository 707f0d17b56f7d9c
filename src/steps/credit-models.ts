import type { ExportManifest, ModelManifest } from '../artifacts/manifest.ts'
import { gridOf } from '../artifacts/pattern-source.ts'
import type { SignalVerdict } from '../artifacts/results.ts'
import { checkProbes } from '../bilstm/probes.ts'
import { type HeldOut, type ModelQuality, measureHazard, measureModel } from '../evidence/held-out.ts'
import type { CreditNoise } from '../evidence/intervals.ts'
import { isBetterThanConstant } from '../evidence/quality.ts'
import { refitNoise, resampleExamples } from '../evidence/refits.ts'
import type { EvidenceSample } from '../evidence/sample.ts'
import { creditedPatterns } from '../examples/distinct-patterns.ts'
import type { ConvertingPatterns, ValueFunction } from '../examples/pattern.ts'
import { attributeByHazard } from '../hazard/hazard-credit.ts'
import type { Logger } from '../logger.ts'
import type { OptionsOf } from '../options/option-table.ts'
import { attribute } from '../shapley/attribution.ts'
import type { CellCredits, PatternCredit } from '../shapley/credit.ts'
import type { Storage } from '../storage/storage.ts'
import type { LearnedModel } from './learned-model.ts'
import type { World } from './world.ts'

export const HAZARD_METHOD = 'shapley_hazard'
const BILSTM_METHOD = 'shapley_bilstm'

/** What the models are asked to credit. */
export interface CreditedExamples {
  readonly manifest: ExportManifest
  readonly learned: LearnedModel
  /** Patterns of the conversions to credit. */
  readonly converting: ConvertingPatterns
  /** Undefined where no user was held out. */
  readonly heldOut: HeldOut | undefined
  /** Of the credited conversions' export. */
  readonly sample: EvidenceSample
  /** Of the test whether conversions and touches go together: by chance alone, the hazard model learned nothing. */
  readonly signal: Pick<SignalVerdict, 'hasSignal'>
}

/** The credits that one method gives, under its name in the table `attribution`. */
export interface MethodCredits {
  readonly method: string
  readonly credits: CellCredits
}

export interface ModelAnswers {
  /** The shares of the first one fill `shapley` and `shapley_channel`. */
  readonly credits: readonly [MethodCredits, ...MethodCredits[]]
  /** The leading model's credits of each pattern; none unless asked for. */
  readonly patterns: readonly PatternCredit[]
  /** In the order of `credits`; none without held-out users. */
  readonly qualities: readonly ModelQuality[]
  /** Estimated by BiLSTMs that were fitted to resampled users; undefined with fewer than two. */
  readonly biLstmNoise: CreditNoise | undefined
  /** The models that were asked, the one of `--model` first. */
  readonly asked: readonly [ModelAnswer, ...ModelAnswer[]]
}

/** What one model says, and whether it learned anything. */
export interface ModelAnswer extends MethodCredits {
  /** Its credits of each pattern; none unless asked for. */
  readonly patterns: () => readonly PatternCredit[]
  /** Undefined without held-out users. */
  readonly quality: ModelQuality | undefined
  readonly hasLearned: boolean
}

/** How models are asked. */
export type CreditOptions = Pick<OptionsOf<'shapley'>, 'model' | 'exactPlayers' | 'seed' | 'backend'>

/**
 * Asks the models for their credits and for the held-out users' probabilities. The one of `--model` leads, unless it learned
 * nothing and the other did.
 * @param withPatterns true where the leading model's credits of each pattern are needed.
 */
export async function creditModels(
  options: CreditOptions,
  world: World,
  examples: CreditedExamples,
  withPatterns: boolean,
): Promise<ModelAnswers> {
  const hazard = await askHazard(examples, withPatterns)
  if (options.model === 'hazard' && (hazard.hasLearned || examples.learned.model.bilstm === null)) {
    return answersOf([hazard], undefined)
  }
  const biLstm = await askBiLstms(options, world, examples, withPatterns)
  return answersOf(options.model === 'hazard' ? [hazard, biLstm] : [biLstm, hazard], biLstm.noise)
}

/** @param asked the model of `--model` first. */
function answersOf(
  asked: readonly [ModelAnswer, ...ModelAnswer[]],
  biLstmNoise: CreditNoise | undefined,
): ModelAnswers {
  const leading = asked.find(({ hasLearned }) => hasLearned) ?? asked[0]
  const others = asked.filter((answer) => answer !== leading)
  return {
    credits: [leading, ...others],
    patterns: leading.patterns(),
    qualities: [leading, ...others].flatMap(({ quality }) => (quality === undefined ? [] : [quality])),
    biLstmNoise,
    asked,
  }
}

/** The signal test compares the hazard model's likelihood with what it is by chance. */
async function askHazard(
  { learned, converting, heldOut, signal }: CreditedExamples,
  withPatterns: boolean,
): Promise<ModelAnswer> {
  const { hazard } = learned.model
  // A second pass is cheap, and seldom needed.
  const creditPatterns = () => {
    const patterns: PatternCredit[] = []
    if (withPatterns) attributeByHazard(hazard, converting, (one) => void patterns.push(one))
    return patterns
  }
  return {
    method: HAZARD_METHOD,
    credits: attributeByHazard(hazard, converting),
    patterns: creditPatterns,
    quality: heldOut && (await measureHazard(heldOut)),
    hasLearned: signal.hasSignal,
  }
}

/**
 * Asks the BiLSTM and, for the noise of its credits, the models refitted to resampled users. With that many weights, only
 * held-out users can show whether it learned anything.
 */
async function askBiLstms(
  { exactPlayers, seed, backend }: CreditOptions,
  world: World,
  { manifest, learned, converting, heldOut, sample }: CreditedExamples,
  withPatterns: boolean,
): Promise<ModelAnswer & { readonly noise: CreditNoise | undefined }> {
  const { progress, signal, now } = world
  const { model, storage } = learned
  const how = { exactPlayers, seed, progress, signal, now }
  const withBiLstm = await openBiLstms(backend, storage, world.logger, manifest)
  const patterns: PatternCredit[] = []
  const { credits, quality } = await withBiLstm(model.files, async (valueFunction) => {
    await checkProbes(valueFunction, gridOf(manifest), model.bilstm?.probes)
    const reported = withPatterns
      ? { ...how, onPattern: (one: PatternCredit) => void patterns.push(one) }
      : how
    const credits = await attribute(converting, valueFunction, reported)
    return { credits, quality: heldOut && (await measureModel('bilstm', heldOut, valueFunction)) }
  })
  const refits: CellCredits[] = []
  const { rate } = learned.manifest.evidence
  for (const [refit, files] of model.refits.entries()) {
    const { positives } = resampleExamples(sample, manifest, manifest.options.seed, refit, rate / sample.rate)
    const own = creditedPatterns(gridOf(manifest), positives)
    refits.push(await withBiLstm(files, (valueFunction) => attribute(own, valueFunction, how)))
  }
  const isTrained = (model.bilstm?.keptEpoch ?? 0) > 0
  return {
    method: BILSTM_METHOD,
    credits,
    patterns: () => patterns,
    quality,
    hasLearned: isTrained && (quality === undefined || isBetterThanConstant(quality.quality)),
    noise: refits.length > 1 ? refitNoise(refits, { grid: sample.grid, rate }, manifest) : undefined,
  }
}

/** Loads a saved BiLSTM, works with its value function, and frees it. */
type WithBiLstm = <T>(
  files: ModelManifest['files'],
  work: (valueFunction: ValueFunction) => Promise<T>,
) => Promise<T>

/** TensorFlow.js is loaded here only, so that a run of the hazard model never pays for it; one backend for all models. */
async function openBiLstms(
  backend: CreditOptions['backend'],
  storage: Storage,
  logger: Logger,
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
