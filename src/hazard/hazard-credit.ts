import { type CellGrid, type ConvertingPatterns, cellCount } from '../examples/pattern.ts'
import { readSetBits } from '../numerics/bits.ts'
import { CompensatedSums } from '../numerics/compensated-sum.ts'
import { type CellCredits, checkIdentity, type PatternCredit } from '../shapley/credit.ts'
import { buildCellHazards, type HazardModel } from './hazard.ts'

/** The terms of an additive hazard: what the baseline and a touch in each cell add to it, conversions per user-day. */
export class HazardTerms {
  private readonly baseline: number
  private readonly cells: Float64Array
  /** Of {@link creditOf}, all 0 in between. */
  private readonly parts: Float64Array
  private readonly causalPart: Float64Array | undefined

  /**
   * @param causalPart of each cell's credit, 0 to 1: the rest is association, which is the baseline's. Absent: all of it.
   * @throws {DataError} where the model has other channels than the grid. O(cells).
   */
  constructor(model: HazardModel, grid: CellGrid, causalPart?: Float64Array) {
    this.baseline = model.baseline
    this.cells = buildCellHazards(model, grid)
    this.parts = new Float64Array(this.cells.length + 1)
    this.causalPart = causalPart
  }

  /**
   * Credits conversions: one that comes by an additive hazard is caused by one term of it, so each term gets its part of
   * h(x). Where no term explains the pattern (h(x) = 0), the baseline gets all.
   * @param touched the pattern x: its cells are touched[from..to).
   * @param conversions after it.
   * @param credits what each cell gets is added to its entry, what the baseline gets to the last one.
   * @returns h(x). O(touched cells).
   */
  credit(touched: Uint32Array, from: number, to: number, conversions: number, credits: Float64Array): number {
    let hazard = this.baseline
    for (let k = from; k < to; k++) hazard += this.cells[touched[k]!]!
    const baseline = this.cells.length
    credits[baseline]! += hazard > 0 ? (conversions * this.baseline) / hazard : conversions
    if (hazard <= 0) return hazard
    for (let k = from; k < to; k++) {
      const cell = touched[k]!
      const credit = (conversions * this.cells[cell]!) / hazard
      const effect = credit * (this.causalPart?.[cell] ?? 1)
      credits[cell]! += effect
      credits[baseline]! += credit - effect
    }
    return hazard
  }

  /**
   * @param pattern its index. @param cells that it touched.
   * @returns how one conversion after it is credited; its probability is h(x), conversions per user-day. O(touched cells).
   */
  creditOf(pattern: number, cells: readonly number[]): PatternCredit {
    const { parts } = this
    const baselineAt = this.cells.length
    const probability = this.credit(Uint32Array.from(cells), 0, cells.length, 1, parts)
    const credits = Float64Array.from(cells, (cell) => parts[cell]!)
    const baseline = parts[baselineAt]!
    for (const cell of cells) parts[cell] = 0
    parts[baselineAt] = 0
    return { pattern, cells, credits, baseline, standardErrors: new Float64Array(cells.length), probability }
  }
}

/**
 * Exact incremental credit, see {@link HazardTerms.credit}. It is the Shapley value of the game
 * S -> h(touches in S only), and needs no evaluation of any coalition.
 * @param onPattern gets the credit of each pattern, in the patterns' order.
 * @param causalPart see {@link HazardTerms}.
 * @throws {DataError} where the model has other channels than the patterns. O(words + touched cells) per pattern.
 */
export function attributeByHazard(
  model: HazardModel,
  { patterns, conversions, value }: ConvertingPatterns,
  onPattern?: (credit: PatternCredit) => void,
  causalPart?: Float64Array,
): CellCredits {
  const { grid, count, words, wordsPerPattern } = patterns
  const cells = cellCount(grid)
  const terms = new HazardTerms(model, grid, causalPart)
  const credited = new CompensatedSums(cells + 1)
  const creditedValue = new CompensatedSums(cells + 1)
  const totals = new CompensatedSums(2)
  const touched = new Uint32Array(cells)
  const shares = new Float64Array(cells + 1)
  for (let at = 0; at < count; at++) {
    const found = readSetBits(words, at * wordsPerPattern, (at + 1) * wordsPerPattern, touched)
    terms.credit(touched, 0, found, 1, shares)
    for (let k = 0; k <= found; k++) {
      const cell = k === found ? cells : touched[k]!
      credited.add(cell, conversions[at]! * shares[cell]!)
      creditedValue.add(cell, value[at]! * shares[cell]!)
    }
    totals.add(0, conversions[at]!)
    totals.add(1, value[at]!)
    onPattern?.(terms.creditOf(at, Array.from(touched.subarray(0, found))))
    shares.fill(0)
  }
  const credits = buildCredits(credited.totals(), creditedValue.totals(), count)
  checkIdentity(credits, totals.totals()[0]!, totals.totals()[1]!)
  return credits
}

/** @param conversions of each cell, the baseline's last; `value` likewise. */
function buildCredits(conversions: Float64Array, value: Float64Array, patterns: number): CellCredits {
  const cells = conversions.length - 1
  return {
    conversions: conversions.slice(0, cells),
    value: value.slice(0, cells),
    standardError: new Float64Array(cells),
    baselineConversions: conversions[cells]!,
    baselineValue: value[cells]!,
    evaluations: 0,
    evaluationSeconds: 0,
    exactPatterns: patterns,
    sampledPatterns: 0,
  }
}
