import { type CellGrid, type ConvertingPatterns, cellsOf, type PatternRecord } from '../examples/pattern.ts'
import { withRoom } from '../numerics/with-room.ts'
import { type ChannelPair, pairCurve } from './columns.ts'
import type { ExposureRule } from './exposure.ts'

/**
 * Adds up over examples what they have in the column of each possible pair of channels. Where the examples without a
 * conversion are those of a sample of users, the sums are estimates.
 */
export class PairExposure {
  private readonly channelCount: number
  private readonly left: Float64Array
  private readonly dayZeroExposure: number
  private readonly days: Float64Array
  /** By what the squares of all examples have to be multiplied for an upper bound of the variance of an estimate; 0: sums are exact. */
  readonly spread: number
  private readonly sums: ChannelSums

  /** @param oneOf for how many users each one stands on days without a conversion. */
  constructor(grid: CellGrid, rule: ExposureRule, oneOf = 1) {
    // Touches that meet are together in at most W windows of their user, which are all drawn or none.
    this.spread = (oneOf - 1) * grid.lookbackDays
    this.channelCount = grid.channelCount
    this.left = pairCurve(grid)
    this.dayZeroExposure = rule.dayZeroExposure
    this.days = new Float64Array(grid.channelCount ** 2)
    this.sums = new ChannelSums(grid.channelCount)
  }

  /** O(touched channels^2). */
  add({ daysBefore, channels, count, label }: PatternRecord): void {
    if (channels.length < 2) return
    const ofDayZero = label === 1 ? 1 : this.dayZeroExposure
    const { sums, channelCount } = this
    for (let k = 0; k < channels.length; k++) {
      const day = daysBefore[k]!
      sums.add(channels[k]!, this.left[day]! * (day === 0 ? ofDayZero : 1))
    }
    sums.forEachPair((first, second, product) => {
      this.days[first * channelCount + second]! += count * product
    })
    sums.clear()
  }

  of([first, second]: ChannelPair): number {
    return this.days[first * this.channelCount + second]!
  }
}

/** A pair that conversions ask for: by how many standard errors its column would raise the likelihood. */
export interface PairScore {
  readonly pair: ChannelPair
  readonly score: number
  /** How many times the score's variance is what it would be if the exposure were known. */
  readonly inflation: number
}

/**
 * Scores all pairs of channels at a fit without them: the slope of the log likelihood in the pair's weight, in standard errors
 * of the slope as if the other weights were known, which makes it smaller than it is, and with what a sample of users adds to them.
 * @param rates of the fit, conversions per day, one per pattern.
 * @param fitted pairs that the fit has already.
 * @returns the pair with the highest score, undefined where none would raise the likelihood. O(patterns * touched channels^2).
 */
export function maybeBestPair(
  { patterns, conversions }: ConvertingPatterns,
  rates: Float64Array,
  exposure: PairExposure,
  fitted: readonly ChannelPair[],
): PairScore | undefined {
  const { channelCount } = patterns.grid
  const left = pairCurve(patterns.grid)
  const pulls = new Float64Array(channelCount ** 2)
  const squares = new Float64Array(channelCount ** 2)
  // What conversions say of the sum of squares over all examples: a sample may have none of them.
  const ofExamples = new Float64Array(channelCount ** 2)
  const sums = new ChannelSums(channelCount)
  for (let at = 0; at < patterns.count; at++) {
    for (const cell of cellsOf(patterns, at))
      sums.add(cell % channelCount, left[Math.floor(cell / channelCount)]!)
    sums.forEachPair((first, second, product) => {
      const pair = first * channelCount + second
      const pull = product / rates[at]!
      pulls[pair]! += conversions[at]! * pull
      squares[pair]! += conversions[at]! * pull * pull
      ofExamples[pair]! += conversions[at]! * pull * product
    })
    sums.clear()
  }
  for (const [first, second] of fitted) squares[first * channelCount + second] = 0
  let best: PairScore | undefined
  for (let first = 0; first < channelCount; first++) {
    for (let second = first + 1; second < channelCount; second++) {
      const at = first * channelCount + second
      if (squares[at] === 0) continue
      const pair = [first, second] as const
      const inflation = 1 + (exposure.spread * ofExamples[at]!) / squares[at]!
      const score = (pulls[at]! - exposure.of(pair)) / Math.sqrt(squares[at]! * inflation)
      if (score > (best?.score ?? 0)) best = { pair, score, inflation }
    }
  }
  return best
}

/** Sums by touched channel of one pattern. */
class ChannelSums {
  private readonly sums: Float64Array
  private touched = new Uint32Array(16)
  private count = 0

  constructor(channelCount: number) {
    this.sums = new Float64Array(channelCount)
  }

  add(channel: number, amount: number): void {
    if (this.sums[channel] === 0) {
      this.touched = withRoom(this.touched, this.count + 1)
      this.touched[this.count++] = channel
    }
    this.sums[channel]! += amount
  }

  /** Each pair of touched channels, the lower position first. */
  forEachPair(use: (first: number, second: number, product: number) => void): void {
    const touched = this.touched.subarray(0, this.count).sort()
    for (let k = 0; k < touched.length; k++) {
      for (let l = k + 1; l < touched.length; l++) {
        use(touched[k]!, touched[l]!, this.sums[touched[k]!]! * this.sums[touched[l]!]!)
      }
    }
  }

  clear(): void {
    for (let k = 0; k < this.count; k++) this.sums[this.touched[k]!] = 0
    this.count = 0
  }
}
