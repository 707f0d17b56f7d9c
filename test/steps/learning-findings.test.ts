import { expect, it } from 'vitest'
import type { ModelAnswer } from '../../src/steps/credit-models.ts'
import { learningFindings } from '../../src/steps/learning-findings.ts'
import { CREDITS, manifestOf } from '../report/fixtures.ts'

const { counts } = manifestOf(CREDITS)
const manifest = { counts: { ...counts, positiveExamples: 53, positiveValidationExamples: 23 } }

function answer(model: 'bilstm' | 'hazard', hasLearned: boolean): ModelAnswer {
  const nothing = new Float64Array(0)
  const credits = { conversions: nothing, value: nothing, standardError: nothing }
  const rest = { baselineConversions: 53, baselineValue: 0, evaluations: 0, evaluationSeconds: 0 }
  const measured = { logLoss: 0.053, constantLogLoss: 0.053, gain: 0, gainError: 0.001, auc: 0.5 }
  return {
    method: `shapley_${model}`,
    credits: { ...credits, ...rest, exactPatterns: 0, sampledPatterns: 0 },
    patterns: () => [],
    quality: { model, quality: { ...measured, calibrationError: 0, bins: [] } },
    hasLearned,
  }
}

function findingsOf(first: ModelAnswer, second: ModelAnswer, leading: ModelAnswer) {
  const others = [first, second].filter((one) => one !== leading)
  const answers = { asked: [first, second], credits: [leading, ...others] } as const
  return learningFindings(manifest, answers, { pValue: 0.215 }).map(({ code, count, what }) => ({
    code,
    count,
    what,
  }))
}

const heldOut = 'on the 23 of held-out users no better than a constant by two standard errors, AUC 0.500'

it('says nothing where the model that was asked for learned', () => {
  const biLstm = answer('bilstm', true)
  expect(findingsOf(biLstm, answer('hazard', false), biLstm)).toEqual([])
})

it('names the number of conversions, why the BiLSTM learned nothing, and the model that leads', () => {
  const hazard = answer('hazard', true)
  expect(findingsOf(answer('bilstm', false), hazard, hazard)).toEqual([
    {
      code: 'other-model-leads',
      count: 53,
      what: `53 conversions taught the BiLSTM (${heldOut}) nothing: the tables hold the credit of the hazard model`,
    },
  ])
})

it('lets the BiLSTM lead where the hazard model was asked for and learned nothing', () => {
  const biLstm = answer('bilstm', true)
  expect(findingsOf(answer('hazard', false), biLstm, biLstm)).toEqual([
    {
      code: 'other-model-leads',
      count: 53,
      what: '53 conversions taught the hazard model (fits no better than by chance, p = 0.215) nothing: the tables hold the credit of the BiLSTM',
    },
  ])
})

it('says that no model learned anything', () => {
  const biLstm = answer('bilstm', false)
  expect(findingsOf(biLstm, answer('hazard', false), biLstm)).toEqual([
    {
      code: 'no-model-learned',
      count: 53,
      what: `53 conversions taught the BiLSTM (${heldOut}) and the hazard model (fits no better than by chance, p = 0.215) nothing`,
    },
  ])
})
