import { gridOf } from '../artifacts/pattern-source.ts'
import { creditTotals } from '../evidence/credit-totals.ts'
import { measureModel, predictByHazard } from '../evidence/held-out.ts'
import type { CreditNoise } from '../evidence/intervals.ts'
import { noiseByPart } from '../evidence/mixed-noise.ts'
import { withModelError } from '../evidence/model-error.ts'
import { attributeByHazard } from '../hazard/hazard-credit.ts'
import { attributeEach, type PatternCredits } from '../shapley/attribution.ts'
import { creditSplit } from '../shapley/campaign-credit.ts'
import type { CellCredits, PatternCredit } from '../shapley/credit.ts'
import { KnownCredits, mixCredits } from '../shapley/stacked.ts'
import { judgeNets, type Nets, withNets } from './bilstm-models.ts'
import { maybeEstimate } from './credit-estimate.ts'
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
  const patterns: PatternCredit[] = []
  const keep = (one: PatternCredit) => void (withPatterns && patterns.push(one))
  const judged = await judgeHazard(examples)
  const isAsked = options.model === 'hazard'
  const hazard = answerOfHazard(examples, judged, isAsked ? keep : undefined)
  if (isAsked) return { models: [hazard], patterns, weight: undefined, estimate: undefined }
  return await withNets(options, world, examples.learned, async (nets) => {
    const judgedNets = await judgeNets(examples, nets)
    if (options.model === 'bilstm') {
      const { estimate, ...biLstm } = await creditNets(options, world, examples, nets, keep)
      return { models: [{ ...biLstm, ...judgedNets }, hazard], patterns, weight: undefined, estimate }
    }
    const stacked = new StackedModel(examples, judged, judgedNets, keep)
    const { estimate, ...credits } = await creditNets(options, world, examples, nets, (one) =>
      stacked.add(one),
    )
    const biLstm = { ...credits, ...judgedNets }
    const models = [stacked.answer(hazard, biLstm), biLstm, hazard] as const
    return { models, patterns, weight: stacked.weight, estimate }
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
  { manifest, learned, converting, noise, split }: CreditedExamples,
  judged: JudgedModel,
  onPattern: ((one: PatternCredit) => void) | undefined,
): ModelAnswer {
  const credited = creditSplit(split, (add) =>
    attributeByHazard(learned.model.hazard, converting, (one) => {
      add(one)
      onPattern?.(one)
    }),
  )
  const totals = creditTotals(credited.credits, gridOf(manifest), manifest)
  return { method: HAZARD_METHOD, ...credited, noise: withModelError(noise, totals), least: 0, ...judged }
}

/**
 * Credits by the mean of all nets' probabilities. The one that was fitted to the training users only counts as one of them: it
 * is asked for its credits anyway, and a mean of nets is off by less than each.
 * @param onPattern gets the credit of each pattern.
 */
async function creditNets(
  { evaluations, seed }: CreditOptions,
  { progress, signal, now }: World,
  examples: CreditedExamples,
  { ofAll, judged, count }: Nets,
  onPattern: (one: PatternCredit) => void,
): Promise<Omit<ModelAnswer, keyof JudgedModel> & Pick<ModelAnswers, 'estimate'>> {
  const known = new KnownCredits(examples.converting)
  const sums = examples.split?.sums()
  const add = ([one, other]: PatternCredits) => {
    const mean = other === undefined ? one : mixCredits(one, other, 1 / count)
    known.add(mean)
    sums?.add(mean)
    onPattern(mean)
  }
  const [byAll, byJudged] = await attributeEach(
    examples.converting,
    judged === undefined ? [ofAll] : [ofAll, judged],
    { evaluations, seed, progress, signal, now, onPattern: add },
  )
  const asked = {
    evaluations: byAll.evaluations + (byJudged?.evaluations ?? 0),
    evaluationSeconds: byAll.evaluationSeconds + (byJudged?.evaluationSeconds ?? 0),
  }
  const whole = { ...known.totals(byAll), ...asked }
  const credited = sums?.totals(whole) ?? { credits: whole, campaigns: undefined }
  const { credits } = credited
  const totals = creditTotals(credits, gridOf(examples.manifest), examples.manifest)
  const ofUsers = byJudged && noiseOfNets(examples, byAll, byJudged)
  const noise = ofUsers && withModelError(ofUsers, totals)
  const estimate = maybeEstimate(
    { ...credits, evaluations: byAll.evaluations },
    totals,
    ofUsers ?? examples.noise,
  )
  return { method: BILSTM_METHOD, ...credited, noise, least: Number.NEGATIVE_INFINITY, estimate }
}

/**
 * What other users would change: as much as for the hazard model, which is fitted to the same conversions, and what the fits to
 * all users and to the training users differ by.
 */
function noiseOfNets(
  { manifest, learned, noise }: CreditedExamples,
  byAll: CellCredits,
  byTraining: CellCredits,
): CreditNoise {
  const grid = gridOf(manifest)
  const { positiveExamples, positiveValidationExamples } = learned.manifest.counts
  const share = 1 - positiveValidationExamples / positiveExamples
  const whole = { totals: creditTotals(byAll, grid, manifest), noise }
  return noiseByPart(whole, creditTotals(byTraining, grid, manifest), share)
}
