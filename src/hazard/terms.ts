import { type CellGrid, cellCount, type ValueFunction } from '../examples/pattern.ts'
import { readSetBits } from '../numerics/bits.ts'
import { withRoom } from '../numerics/with-room.ts'
import type { PatternCredit } from '../shapley/credit.ts'
import { pairCurve } from './columns.ts'
import { buildCellHazards, type HazardModel, type PairEffect } from './model.ts'

/** The terms of an additive hazard: what the baseline, a touch in each cell and each pair add to it, conversions per user-day. */
export class HazardTerms {
  private readonly baseline: number
  private readonly cells: Float64Array
  private readonly causalPart: Float64Array | undefined
  private readonly channelCount: number
  private readonly pairs: readonly PairEffect[]
  /** By days before. */
  private readonly pairCurve: Float64Array
  /** Of {@link creditOf}, all 0 in between. */
  private readonly parts: Float64Array
  /** By channel, of one pattern. */
  private readonly paired: Float64Array
  /** By position among the touched cells of one pattern: what a touch adds, with its half of each pair. */
  private own: Float64Array = new Float64Array(64)

  /**
   * @param causalPart of each cell's credit, 0 to 1: the rest is association, which is the baseline's. Absent: all of it.
   * @param dayZeroExposure part of its own day for which a touch is at work.
   * @throws {DataError} where the model has other channels than the grid. O(cells * curves).
   */
  constructor(model: HazardModel, grid: CellGrid, causalPart?: Float64Array, dayZeroExposure = 1) {
    this.baseline = model.baseline
    this.causalPart = causalPart
    this.cells = buildCellHazards(model, grid)
    this.channelCount = grid.channelCount
    this.parts = new Float64Array(this.cells.length + 1)
    this.pairs = model.pairs.filter(({ weight }) => weight > 0)
    this.pairCurve = pairCurve(grid)
    this.paired = new Float64Array(grid.channelCount)
    for (let channel = 0; channel < grid.channelCount; channel++) this.cells[channel]! *= dayZeroExposure
    this.pairCurve[0]! *= dayZeroExposure
  }

  /** @returns h(x) of the pattern whose cells are touched[from..to). O(touched cells * pairs). */
  hazard(touched: Uint32Array, from: number, to: number): number {
    this.weigh(touched, from, to)
    let hazard = this.baseline
    for (let k = 0; k < to - from; k++) hazard += this.own[k]!
    return hazard
  }

  /**
   * Credits conversions: one that comes by an additive hazard is caused by one term of it, so each term gets its part of
   * h(x); of what a pair adds, each of its touches gets half. Where no term explains the pattern (h(x) = 0), the baseline gets all.
   * @param touched the pattern x: its cells are touched[from..to).
   * @param conversions after it.
   * @param credits what each cell gets is added to its entry, what the baseline gets to the last one.
   * @returns h(x). O(touched cells * pairs).
   */
  credit(touched: Uint32Array, from: number, to: number, conversions: number, credits: Float64Array): number {
    const hazard = this.hazard(touched, from, to)
    const baseline = this.cells.length
    credits[baseline]! += hazard > 0 ? (conversions * this.baseline) / hazard : conversions
    if (hazard <= 0) return hazard
    for (let k = from; k < to; k++) {
      const credit = (conversions * this.own[k - from]!) / hazard
      const effect = credit * (this.causalPart?.[touched[k]!] ?? 1)
      credits[touched[k]!]! += effect
      credits[baseline]! += credit - effect
    }
    return hazard
  }

  /**
   * @param pattern its index. @param cells that it touched.
   * @returns how one conversion after it is credited, and its probability p(x) = 1 - exp(-h(x)). O(touched cells).
   */
  creditOf(pattern: number, cells: readonly number[]): PatternCredit {
    const { parts } = this
    const hazard = this.credit(Uint32Array.from(cells), 0, cells.length, 1, parts)
    const credit = patternCredit(pattern, cells, parts, hazard)
    for (const cell of cells) parts[cell] = 0
    parts[this.cells.length] = 0
    return credit
  }

  /** Fills `own`. */
  private weigh(touched: Uint32Array, from: number, to: number): void {
    this.own = withRoom(this.own, to - from)
    for (let k = from; k < to; k++) this.own[k - from] = this.cells[touched[k]!]!
    if (this.pairs.length === 0) return
    const { channelCount, paired, pairCurve } = this
    for (let k = from; k < to; k++) {
      const channel = touched[k]! % channelCount
      paired[channel]! += pairCurve[(touched[k]! - channel) / channelCount]!
    }
    for (const { channels, weight } of this.pairs) {
      const [first, second] = channels
      for (let k = from; k < to; k++) {
        const channel = touched[k]! % channelCount
        if (channel !== first && channel !== second) continue
        const left = pairCurve[(touched[k]! - channel) / channelCount]!
        this.own[k - from]! += (weight * left * paired[channel === first ? second : first]!) / 2
      }
    }
    for (let k = from; k < to; k++) paired[touched[k]! % channelCount] = 0
  }
}

/**
 * @param pattern its index. @param cells that it touched.
 * @param credits what each cell got of one conversion, the baseline last. @param hazard h(x).
 * @returns how the conversion is credited. O(touched cells).
 */
export function patternCredit(
  pattern: number,
  cells: readonly number[],
  credits: Float64Array,
  hazard: number,
): PatternCredit {
  return {
    pattern,
    cells,
    credits: Float64Array.from(cells, (cell) => credits[cell]!),
    baseline: credits[credits.length - 1]!,
    standardErrors: new Float64Array(cells.length),
    probability: -Math.expm1(-hazard),
  }
}

/**
 * @param dayZeroExposure part of the day that its own touches were at work for: 1 for the hazard at the day's end, less
 *   for the probability of a conversion on that day, see {@link ExposureRule}.
 * @returns p(x) = 1 - exp(-h(x)): the probability of a conversion within a day at the hazard of pattern x.
 * @throws DataError where the model has other channels than the grid. O(touched cells) per pattern.
 */
export function hazardValueFunction(model: HazardModel, grid: CellGrid, dayZeroExposure = 1): ValueFunction {
  const terms = new HazardTerms(model, grid, undefined, dayZeroExposure)
  const touched = new Uint32Array(cellCount(grid))
  return async ({ count, words, wordsPerPattern }) =>
    Float64Array.from({ length: count }, (_, at) => {
      const found = readSetBits(words, at * wordsPerPattern, (at + 1) * wordsPerPattern, touched)
      return -Math.expm1(-terms.hazard(touched, 0, found))
    })
}
