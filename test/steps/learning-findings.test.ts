import { expect, it } from 'vitest'
import { learningFindings } from '../../src/steps/learning-findings.ts'
import type { ModelAnswer } from '../../src/steps/model-answers.ts'
import { CREDITS, manifestOf } from '../report/fixtures.ts'

const { counts } = manifestOf(CREDITS)
const manifest = { counts: { ...counts, positiveExamples: 53, positiveValidationExamples: 23 } }

function answer(model: 'stacked' | 'bilstm' | 'hazard', hasLearned: boolean): ModelAnswer {
  const nothing = new Float64Array(0)
  const credits = { conversions: nothing, value: nothing, standardError: nothing }
  const rest = { baselineConversions: 53, baselineValue: 0, evaluations: 0, evaluationSeconds: 0 }
  const measured = { logLoss: 0.053, constantLogLoss: 0.053, gain: 0, gainError: 0.001, auc: 0.5 }
  return {
    method: `shapley_${model}`,
    credits: { ...credits, ...rest, exactPatterns: 0, sampledPatterns: 0 },
    campaigns: undefined,
    noise: undefined,
    least: 0,
    quality: { model, quality: { ...measured, calibrationError: 0, bins: [] } },
    hasLearned,
  }
}

function findingsOf(...models: readonly [ModelAnswer, ...ModelAnswer[]]) {
  return learningFindings(manifest, { models }, { pValue: 0.215 }).map(({ code, count, what }) => ({
    code,
    count,
    what,
  }))
}

const heldOut = 'on the 23 of held-out users no better than a constant by two standard errors, AUC 0.500'
const byChance = 'fits no better than by chance, p = 0.215'

it('says nothing where the model that was asked for learned, whatever the others did', () => {
  expect(findingsOf(answer('bilstm', true), answer('hazard', false))).toEqual([])
  expect(findingsOf(answer('stacked', true), answer('bilstm', false), answer('hazard', true))).toEqual([])
})

it.each([
  ['bilstm', `the BiLSTM (${heldOut}) nothing`],
  ['hazard', `the hazard model (${byChance}) nothing`],
] as const)('names the number of conversions, and why the %s model learned nothing', (model, reason) => {
  const what = `53 conversions taught ${reason}`
  expect(findingsOf(answer(model, false))).toEqual([{ code: 'no-model-learned', count: 53, what }])
})

it('says of the stacked model why both of its parts learned nothing', () => {
  const models = [answer('stacked', false), answer('bilstm', false), answer('hazard', false)] as const
  const what = `53 conversions taught the BiLSTM (${heldOut}) and the hazard model (${byChance}) nothing`
  expect(findingsOf(...models)).toEqual([{ code: 'no-model-learned', count: 53, what }])
})

it('says of a BiLSTM that learned something, but counts for nothing beside the hazard model, what it did', () => {
  const models = [answer('stacked', false), answer('bilstm', true), answer('hazard', false)] as const
  const reason = 'beats a constant, but by no weight the hazard model'
  const what = `53 conversions taught the BiLSTM (${reason}) and the hazard model (${byChance}) nothing`
  expect(findingsOf(...models)).toEqual([{ code: 'no-model-learned', count: 53, what }])
})
