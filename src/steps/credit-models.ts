import { gridOf } from '../artifacts/pattern-source.ts'
import { checkProbes } from '../bilstm/probes.ts'
import { measureModel, predictByHazard } from '../evidence/held-out.ts'
import { attributeByHazard } from '../hazard/hazard-credit.ts'
import { attribute } from '../shapley/attribution.ts'
import type { PatternCredit } from '../shapley/credit.ts'
import { judgeBiLstm, openBiLstms, resampledNoise } from './bilstm-models.ts'
import {
  BILSTM_METHOD,
  type CreditedExamples,
  type CreditOptions,
  HAZARD_METHOD,
  type JudgedModel,
  type ModelAnswer,
  type ModelAnswers,
} from './model-answers.ts'
import { StackedModel } from './stacked-model.ts'
import type { World } from './world.ts'

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
