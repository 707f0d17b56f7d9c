import type { ExportManifest } from '../artifacts/manifest.ts'
import type { SignalVerdict } from '../artifacts/results.ts'
import { type Finding, finding } from '../findings/finding.ts'
import { HAZARD_METHOD, type ModelAnswer, type ModelAnswers } from './credit-models.ts'

/** @returns what there is to say where the model of `--model` learned nothing: which one leads instead, or that none can. */
export function learningFindings(
  { counts }: Pick<ExportManifest, 'counts'>,
  { credits, asked }: Pick<ModelAnswers, 'credits' | 'asked'>,
  signal: Pick<SignalVerdict, 'pValue'>,
): readonly Finding[] {
  const [first] = asked
  const [leading] = credits
  if (first.hasLearned) return []
  const count = counts.positiveExamples
  const reason = (answer: ModelAnswer) => `${nameOf(answer)} (${reasonOf(answer, counts, signal)})`
  if (leading.method === first.method) {
    const what = `taught ${asked.map(reason).join(' and ')} nothing`
    return [finding('no-model-learned', { count, what })]
  }
  const what = `taught ${reason(first)} nothing: the tables hold the credit of ${nameOf(leading)}`
  return [finding('other-model-leads', { count, what })]
}

function nameOf({ method }: Pick<ModelAnswer, 'method'>): string {
  return method === HAZARD_METHOD ? 'the hazard model' : 'the BiLSTM'
}

function reasonOf(
  { method, quality }: ModelAnswer,
  counts: ExportManifest['counts'],
  { pValue }: Pick<SignalVerdict, 'pValue'>,
): string {
  if (method === HAZARD_METHOD) return `fits no better than by chance, p = ${pValue.toFixed(3)}`
  if (quality === undefined) return 'no user was held out, and no epoch was trained'
  const heldOut = counts.positiveValidationExamples.toLocaleString('en-US')
  const { auc } = quality.quality
  return `on the ${heldOut} of held-out users no better than a constant by two standard errors, AUC ${auc.toFixed(3)}`
}
