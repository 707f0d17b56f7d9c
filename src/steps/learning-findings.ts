import type { ExportManifest } from '../artifacts/manifest.ts'
import type { SignalVerdict } from '../artifacts/results.ts'
import { type Finding, finding } from '../findings/finding.ts'
import { HAZARD_METHOD, type ModelAnswer, type ModelAnswers, STACKED_METHOD } from './model-answers.ts'

/** @returns what there is to say where the model of `--model` learned nothing. */
export function learningFindings(
  { counts }: Pick<ExportManifest, 'counts'>,
  { models }: Pick<ModelAnswers, 'models'>,
  signal: Pick<SignalVerdict, 'pValue'>,
): readonly Finding[] {
  const [leading, ...others] = models
  if (leading.hasLearned) return []
  const parts = leading.method === STACKED_METHOD ? others : [leading]
  const reason = (answer: ModelAnswer) => `${nameOf(answer)} (${reasonOf(answer, counts, signal)})`
  const what = `taught ${parts.map(reason).join(' and ')} nothing`
  return [finding('no-model-learned', { count: counts.positiveExamples, what })]
}

function nameOf({ method }: Pick<ModelAnswer, 'method'>): string {
  return method === HAZARD_METHOD ? 'the hazard model' : 'the BiLSTM'
}

function reasonOf(
  { method, quality, hasLearned }: ModelAnswer,
  counts: ExportManifest['counts'],
  { pValue }: Pick<SignalVerdict, 'pValue'>,
): string {
  if (method === HAZARD_METHOD) return `fits no better than by chance, p = ${pValue.toFixed(3)}`
  if (hasLearned) return 'beats a constant, but by no weight the hazard model'
  if (quality === undefined) return 'no user was held out, and no epoch was trained'
  const heldOut = counts.positiveValidationExamples.toLocaleString('en-US')
  const { auc } = quality.quality
  return `on the ${heldOut} of held-out users no better than a constant by two standard errors, AUC ${auc.toFixed(3)}`
}
