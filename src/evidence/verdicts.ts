import type { Quality } from './quality.ts'
import type { SignalTestResult } from './signal-test.ts'

/** Above this p-value the data hold no signal. */
const SIGNIFICANCE = 0.05

/** @returns whether conversions have other windows than chance gives them. */
export function hasSignal({ pValue }: SignalTestResult): boolean {
  return pValue <= SIGNIFICANCE
}

/** @returns what the signal test says, in one sentence. */
export function signalVerdict(result: SignalTestResult): string {
  const p = `p = ${result.pValue.toFixed(3)}`
  if (result.conversions === 0) return 'no conversions to test: shares mean nothing'
  return hasSignal(result)
    ? `touches and conversions go together (${p}); this is association, not proof of effect`
    : `no signal (${p}): conversions fall on touches as by chance, so shares mean nothing`
}

/** @returns what the log loss says of a model, in one sentence. */
export function lossVerdict({ logLoss, constantLogLoss }: Quality): string {
  const gain = ((constantLogLoss - logLoss) / constantLogLoss) * 100
  if (logLoss >= constantLogLoss) {
    return `worse than a constant by ${(-gain).toPrecision(2)}%: one probability for everybody predicts better`
  }
  return `better than a constant by ${gain.toPrecision(2)}%`
}

/** @returns what the area under the curve says, in one sentence. */
export function rankVerdict({ auc }: Quality): string {
  if (auc <= 0.5) return 'ranks converters no better than chance'
  return `ranks a conversion above another example in ${(100 * auc).toFixed(0)} of 100 cases`
}
