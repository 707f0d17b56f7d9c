import type { CreditTotals } from '../evidence/credit-totals.ts'
import type { CreditNoise } from '../evidence/intervals.ts'
import { type Finding, finding } from '../findings/finding.ts'
import { compensatedSum } from '../numerics/compensated-sum.ts'
import type { CellCredits } from '../shapley/credit.ts'

/** How far a net's credits are estimates, because `--evaluations` does not pay for all coalitions. */
export interface CreditEstimate {
  readonly patterns: number
  readonly estimatedPatterns: number
  /** Sub-patterns that each net was asked about. */
  readonly evaluations: number
  /** The largest standard error of a cell's credit in parts of what other users would change of it. */
  readonly errorPart: number
}

/** Above it, more evaluations would make credits visibly surer. */
const MOST_ERROR_PART = 0.1

/** Cells that vary less, in conversions, are compared with this: an error of a part of a conversion changes no decision. */
const LEAST_NOISE = 1

/**
 * @param totals of the credits, as the table has them.
 * @param noise over samples of other users, without what models are off by.
 * @returns undefined where all credits are exact.
 */
export function maybeEstimate(
  { conversions, standardError, evaluations, exactPatterns, sampledPatterns }: CellCredits,
  totals: Pick<CreditTotals, 'allChannels'>,
  noise: Pick<CreditNoise, 'cells'>,
): CreditEstimate | undefined {
  if (sampledPatterns === 0) return undefined
  const sum = compensatedSum(conversions)
  const scale = sum > 0 ? totals.allChannels / sum : 1
  const errorPart = standardError.reduce(
    (largest, error, cell) =>
      Math.max(largest, (scale * error) / Math.max(LEAST_NOISE, noise.cells[cell] ?? 0)),
    0,
  )
  const patterns = exactPatterns + sampledPatterns
  return { patterns, estimatedPatterns: sampledPatterns, evaluations, errorPart }
}

/**
 * @param conversions that are credited. @param netsPart of the nets in the leading credits, 0..1.
 * @returns a finding where more evaluations would be worth their time.
 */
export function estimateFindings(
  estimate: CreditEstimate | undefined,
  conversions: number,
  netsPart: number,
): readonly Finding[] {
  const errorPart = netsPart * (estimate?.errorPart ?? 0)
  if (errorPart <= MOST_ERROR_PART) return []
  const what = `are credited with a standard error of up to ${percent({ errorPart })} of what other users would change of a cell's credit`
  return [finding('few-evaluations', { count: conversions, what })]
}

/** @returns a line for readers. */
export function describeEstimate(estimate: CreditEstimate): string {
  const { patterns, estimatedPatterns, evaluations } = estimate
  const [estimated, all, asked] = [estimatedPatterns, patterns, evaluations].map((count) =>
    count.toLocaleString('en-US'),
  )
  return (
    `credit by the BiLSTM estimated for ${estimated} of ${all} patterns, by ${asked} evaluations: ` +
    `standard error at most ${percent(estimate)} of what other users would change`
  )
}

function percent({ errorPart }: Pick<CreditEstimate, 'errorPart'>): string {
  const perCent = 100 * errorPart
  if (perCent < 0.1) return 'less than 0.1 %'
  return `${perCent.toFixed(perCent < 10 ? 1 : 0)} %`
}
