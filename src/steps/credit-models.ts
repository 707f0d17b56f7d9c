import type { ExportManifest } from '../artifacts/manifest.ts'
import { gridOf } from '../artifacts/pattern-source.ts'
import type { SignalVerdict } from '../artifacts/results.ts'
import { checkProbes } from '../bilstm/probes.ts'
import { type HeldOut, type ModelQuality, measureModel, predictByHazard } from '../evidence/held-out.ts'
import type { CreditNoise } from '../evidence/intervals.ts'
import type { EvidenceSample } from '../evidence/sample.ts'
import type { StackedWeight } from '../evidence/stacked-weight.ts'
import type { ConvertingPatterns } from '../examples/pattern.ts'
import { attributeByHazard } from '../hazard/hazard-credit.ts'
import type { WeightedPredictions } from '../numerics/weighted-metrics.ts'
import type { OptionsOf } from '../options/option-table.ts'
import { attribute } from '../shapley/attribution.ts'
import type { CellCredits, PatternCredit } from '../shapley/credit.ts'
import { judgeBiLstm, openBiLstms, resampledNoise } from './bilstm-models.ts'
import type { LearnedModel } from './learned-model.ts'
import { StackedModel } from './stacked-model.ts'
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
  /** Of the hazard model's credits. */
  readonly noise: CreditNoise
}

/** The credits that one method gives, under its name in the table `attribution`. */
export interface MethodCredits {
  readonly method: string
  readonly credits: CellCredits
  /** Undefined where it is not known. */
  readonly noise: CreditNoise | undefined
  /** Lower bound of its credits: 0 where they can't be negative. */
  readonly least: number
}

/** What one model says, and whether it learned anything. */
export interface ModelAnswer extends MethodCredits {
  /** Undefined without held-out users. */
  readonly quality: ModelQuality | undefined
  readonly hasLearned: boolean
}

export interface ModelAnswers {
  /** The model of `--model` first: its shares fill `shapley` and `shapley_channel`. */
  readonly models: readonly [ModelAnswer, ...ModelAnswer[]]
  /** The first model's credits of each pattern; none unless asked for. */
  readonly patterns: readonly PatternCredit[]
  /** Of the stacked model; undefined where it was not asked. */
  readonly weight: StackedWeight | undefined
}

/** A model before it is asked for credits. */
export interface JudgedModel {
  /** Of held-out examples, by a fit to the training users; undefined without held-out users. */
  readonly predictions: WeightedPredictions | undefined
  readonly quality: ModelQuality | undefined
  readonly hasLearned: boolean
}

/** How models are asked. */
export type CreditOptions = Pick<OptionsOf<'shapley'>, 'model' | 'exactPlayers' | 'seed' | 'backend'>

/**
 * Asks the model of `--model`, and those that it can be compared with, for their credits and for the held-out users'
 * probabilities.
 * @param withPatterns true where the first model's credits of each pattern are needed.
 */
export async function creditModels(
  options: CreditOptions,
  world: World,
  examples: CreditedExamples,
  withPatterns: boolean,
): Promise<ModelAnswers> {
  const { learned, converting } = examples
  const patterns: PatternCredit[] = []
  const keep = (one: PatternCredit) => void (withPatterns && patterns.push(one))
  const judged = await judgeHazard(examples)
  const isAsked = options.model === 'hazard'
  const hazard = answerOfHazard(examples, judged, isAsked ? keep : undefined)
  if (isAsked) return { models: [hazard], patterns, weight: undefined }
  const withBiLstm = await openBiLstms(options, world, examples.manifest, learned.storage)
  const noise = await resampledNoise(options, world, examples, withBiLstm)
  return await withBiLstm(learned.model.files, async (valueFunction) => {
    const grid = gridOf(examples.manifest)
    await checkProbes(valueFunction, grid, learned.model.bilstm?.probes)
    const judgedNet = await judgeBiLstm(examples, valueFunction)
    const stacked =
      options.model === 'stacked' ? new StackedModel(examples, judged, judgedNet, keep) : undefined
    const { exactPlayers, seed } = options
    const { progress, signal, now } = world
    const onPattern = stacked === undefined ? keep : (one: PatternCredit) => stacked.add(one)
    const how = { exactPlayers, seed, progress, signal, now, onPattern }
    const credits = await attribute(converting, valueFunction, how)
    const least = Number.NEGATIVE_INFINITY
    const biLstm = { method: BILSTM_METHOD, credits, noise, least, ...judgedNet }
    return stacked === undefined
      ? { models: [biLstm, hazard], patterns, weight: undefined }
      : {
          models: [stacked.answer(hazard, biLstm), biLstm, hazard],
          patterns,
          weight: stacked.weight,
        }
  })
}

/** The signal test compares the hazard model's likelihood with what it is by chance. */
async function judgeHazard({ heldOut, signal }: CreditedExamples): Promise<JudgedModel> {
  const predictions = heldOut && (await predictByHazard(heldOut))
  return {
    predictions,
    quality: heldOut && predictions && measureModel('hazard', heldOut, predictions),
    hasLearned: signal.hasSignal,
  }
}

function answerOfHazard(
  { learned, converting, noise }: CreditedExamples,
  judged: JudgedModel,
  onPattern: ((one: PatternCredit) => void) | undefined,
): ModelAnswer {
  const credits = attributeByHazard(learned.model.hazard, converting, onPattern)
  return { method: HAZARD_METHOD, credits, noise, least: 0, ...judged }
}
