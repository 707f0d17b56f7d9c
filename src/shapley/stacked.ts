import { type ConvertingPatterns, cellCount } from '../examples/pattern.ts'
import { compensatedSum } from '../numerics/compensated-sum.ts'
import { type CellCredits, checkIdentity, type PatternCredit } from './credit.ts'
import { CreditSums } from './credit-sums.ts'

/**
 * Credit by v(S) = (1 - w) v1(S) + w v2(S). Shapley values are linear in v, so those of the mixture are the mixture of both
 * models' values, and a conversion's credits, which are divided by v(x), are mixed by w v2(x) / v(x): a model that expected
 * the conversion more counts more for it. No coalition is evaluated for it.
 * @param first of a pattern, by v1. @param second of the same pattern, by v2.
 * @param weight w, 0 to 1; with 0 the first one's credits, with 1 the second one's.
 * @returns how one conversion after the pattern is credited. O(touched cells).
 *
 * Example: 0.02 of 0.08 for a cell by v1 (a credit of 0.25) and 0.09 of 0.12 by v2 (0.75) with w = 0.5 make 0.055 of 0.1: 0.55.
 */
export function mixCredits(first: PatternCredit, second: PatternCredit, weight: number): PatternCredit {
  const ofSecond = weight * second.probability
  const probability = (1 - weight) * first.probability + ofSecond
  const part = ofSecond > 0 ? ofSecond / probability : 0
  const mix = (one: number, other: number) => (1 - part) * one + part * other
  const mixAll = (ones: Float64Array, others: Float64Array) => ones.map((one, at) => mix(one, others[at]!))
  return {
    pattern: first.pattern,
    cells: first.cells,
    credits: mixAll(first.credits, second.credits),
    baseline: mix(first.baseline, second.baseline),
    // Both may have drawn the same coalitions: their errors add up at worst.
    standardErrors: mixAll(first.standardErrors, second.standardErrors),
    probability,
  }
}

/** Adds up the credits of patterns that are already there: nothing is evaluated for them. */
export class KnownCredits {
  private readonly converting: ConvertingPatterns
  private readonly sums: CreditSums

  constructor(converting: ConvertingPatterns) {
    this.converting = converting
    this.sums = new CreditSums(cellCount(converting.patterns.grid))
  }

  /** Credits the conversions after a pattern. O(touched cells). */
  add(credit: PatternCredit): void {
    const { conversions, value } = this.converting
    this.sums.add(credit, conversions[credit.pattern]!, value[credit.pattern]!)
  }

  /**
   * @param solved how many patterns were exact, and how many sampled.
   * @throws {Error} where not every pattern was added once: the credits don't add up to the conversions.
   */
  totals({
    exactPatterns,
    sampledPatterns,
  }: Pick<CellCredits, 'exactPatterns' | 'sampledPatterns'>): CellCredits {
    const { conversions, value } = this.converting
    const patterns = { exactPatterns, sampledPatterns }
    const credits = { ...this.sums.totals(), ...patterns, evaluations: 0, evaluationSeconds: 0 }
    checkIdentity(credits, compensatedSum(conversions), compensatedSum(value))
    return credits
  }
}
