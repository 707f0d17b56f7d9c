import type { CellGrid } from '../examples/pattern.ts'
import { buildCurves, type Decay, decay } from './decay.ts'

/** Two channels, the lower position first, whose touches in one window have an effect together. */
export type ChannelPair = readonly [first: number, second: number]

/**
 * Half-life of what a pair has together, in days, whatever the half-lives of its channels: long, so that the touches need not be
 * on one day. On simulated touchpoints (half-life 1.5 days after the later touch, at most 3 days apart) 1, 2 and 4 days left a
 * share error of 0.98, 0.81 and 0.74 points; knowing the true curve 0.72.
 */
const PAIR_HALF_LIFE_DAYS = 4

/**
 * The columns of the hazard model's fit. Column 0 is the baseline, then come the curves of channel 0, of channel 1, ..., then
 * the pairs. What a pattern has in a channel's column is the sum of the curve over the channel's touches; in a pair's column
 * it is the product of both channels' sums of one curve.
 */
export class HazardColumns {
  readonly grid: CellGrid
  /** Curve x days before. */
  readonly curves: readonly Float64Array[]
  readonly pairs: readonly ChannelPair[]
  /** By days before. */
  readonly pairCurve: Float64Array
  readonly count: number

  constructor(grid: CellGrid, decayed: Decay, pairs: readonly ChannelPair[] = []) {
    this.grid = grid
    this.curves = buildCurves(decayed, grid.lookbackDays)
    this.pairs = pairs
    this.pairCurve = pairCurve(grid)
    this.count = this.pairColumn(pairs.length)
  }

  columnOf(channel: number, curve: number): number {
    return 1 + channel * this.curves.length + curve
  }

  /** @param at position of the pair. */
  pairColumn(at: number): number {
    return this.columnOf(this.grid.channelCount, 0) + at
  }
}

/** @returns what is left of a pair's effect, by days before of each of its touches. */
export function pairCurve({ lookbackDays }: CellGrid): Float64Array {
  return Float64Array.from({ length: lookbackDays }, (_, daysBefore) =>
    decay(daysBefore, PAIR_HALF_LIFE_DAYS),
  )
}
