import { findMixtureWeight, type MixtureWeight } from '../numerics/mixture-weight.ts'
import type { WeightedPredictions } from '../numerics/weighted-metrics.ts'

/** How much the BiLSTM counts in the stacked model, and why. */
export interface StackedWeight {
  /** w of v = (1 - w) v_hazard + w v_bilstm, 0 to 1. */
  readonly weight: number
  /** A sentence. */
  readonly verdict: string
}

/**
 * The weight with the least log loss on held-out users, moved towards the hazard model as far as it may be chance: by the
 * factor 1 - (standard error / gain)^2, so to 0 where the gain is within one standard error.
 * @param hazard, biLstm what models fitted to the training users say of the same held-out examples.
 */
export function chooseStackedWeight(hazard: WeightedPredictions, biLstm: WeightedPredictions): StackedWeight {
  const best = findMixtureWeight(hazard, biLstm.probabilities)
  const weight = best.weight * shrinkage(best)
  return { weight, verdict: verdictOf(weight, best) }
}

function shrinkage({ gain, gainError }: MixtureWeight): number {
  return gain > 0 ? Math.max(0, 1 - (gainError / gain) ** 2) : 0
}

/** The BiLSTM was not asked, or has nothing to say. @param reason why. */
export function hazardAlone(reason: string): StackedWeight {
  return { weight: 0, verdict: `the hazard model alone: ${reason}` }
}

function verdictOf(weight: number, { weight: best, gain, gainError }: MixtureWeight): string {
  if (best === 0) return hazardAlone('the BiLSTM adds nothing on held-out users').verdict
  const errors = (gain / gainError).toFixed(1)
  const found = `a mixture of weight ${best.toFixed(2)} predicts held-out users better by ${errors} standard errors`
  if (weight === 0) return hazardAlone(`${found} only, which may be chance`).verdict
  const percent = Math.round(100 * weight)
  return (
    `${percent}% BiLSTM and ${100 - percent}% hazard model: ${found} than the hazard model alone; ` +
    'the fewer they are, the less the BiLSTM counts'
  )
}

/** @returns predictions of the stacked model. */
export function stackPredictions(
  hazard: WeightedPredictions,
  biLstm: WeightedPredictions,
  weight: number,
): WeightedPredictions {
  const probabilities = hazard.probabilities.map(
    (probability, at) => (1 - weight) * probability + weight * biLstm.probabilities[at]!,
  )
  return { ...hazard, probabilities }
}
