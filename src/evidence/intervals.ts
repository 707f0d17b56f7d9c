import { setImmediate } from 'node:timers/promises'
import type { ExportedConversions } from '../artifacts/pattern-source.ts'
import { type CellGrid, cellCount } from '../examples/pattern.ts'
import type { ExposureRule } from '../hazard/exposure.ts'
import { type HazardFit, withWeights } from '../hazard/model.ts'
import { drawNormal } from '../numerics/distributions.ts'
import type { Random } from '../numerics/random.ts'
import { groupInfluences, LikelihoodShape, PatternCredits } from './hazard-noise.ts'
import type { EvidenceSample } from './sample.ts'

/** Standard deviations of credits, in conversions, over samples of other users of the same kind. */
export interface CreditNoise {
  /** Of each cell. */
  readonly cells: Float64Array
  /** Of each channel's sum over its days. */
  readonly channels: Float64Array
  /** Of all channels together. */
  readonly allChannels: number
  readonly baseline: number
}

export interface HazardNoiseOptions {
  readonly rule: ExposureRule
  /** Resamples; 200 give a standard deviation to 5 %. */
  readonly draws: number
  readonly random: Random
  /** Of the conversions that are credited, where the model was learned from others; absent: they are in the same sample. */
  readonly creditedSample?: EvidenceSample | undefined
  /** Credited conversions that are not examples: they are the baseline's. */
  readonly entryConversions: number
  /** The channels share all conversions: there is no baseline. */
  readonly seedFormat: boolean
  readonly signal?: AbortSignal
}

/**
 * How much the hazard model's credits would vary with other users: a multiplier bootstrap over groups of users (Wu 1986,
 * https://doi.org/10.1214/aos/1176350142). Each draw gives each group a normal weight, adds the groups' scores by these
 * weights to the likelihood's gradient, takes the maximum of its quadratic approximation over weights >= 0, and credits
 * the conversions by it. So a channel at the bound 0 has one-sided noise. If users are sampled, the
 * groups' sums are scaled up to all users' noise.
 * Conversions that the model was not learned from vary by themselves, as their own sample shows.
 * @param conversions their patterns. @param fit to all that are learned from.
 * @throws the signal's reason when it is aborted. Each draw is O(touched cells of all patterns + columns of conversions^3).
 */
export async function estimateHazardNoise(
  fit: HazardFit,
  conversions: ExportedConversions,
  sample: EvidenceSample,
  options: HazardNoiseOptions,
): Promise<CreditNoise> {
  const { draws, random, signal } = options
  const shape = new LikelihoodShape(fit, conversions.learned, fit.exposure)
  const influences = groupInfluences(fit, sample, options.rule)
  const { creditedSample = sample } = options
  const isApart = creditedSample !== sample
  const changes = isApart ? groupInfluences(fit, creditedSample, options.rule).credits : influences.credits
  const patterns = new PatternCredits(conversions.credited)
  const sums = new NoiseSums(sample.grid, scaledCredits(patterns.of(fit), 0, options))
  for (let draw = 0; draw < draws; draw++) {
    // Without this no signal handler would run.
    await setImmediate()
    signal?.throwIfAborted()
    const multipliers = drawMultipliers(sample, random)
    const weights = shape.maximumWith(mix(influences.scores, multipliers))
    const credits = patterns.of(withWeights(fit, shape.columns, weights))
    const ofCredited = isApart ? drawMultipliers(creditedSample, random) : multipliers
    mix(changes, ofCredited).forEach((change, at) => {
      credits[at]! += change
    })
    const entries = Math.sqrt(options.entryConversions) * drawNormal(random)
    sums.add(scaledCredits(credits, entries, options))
  }
  return sums.noise(draws)
}

function drawMultipliers({ groups, rate }: EvidenceSample, random: Random): Float64Array {
  return Float64Array.from({ length: groups }, () => drawNormal(random) / Math.sqrt(rate))
}

/** Credits as in the `attribution` table: with entry conversions, or shared among the channels alone. */
function scaledCredits(
  credits: Float64Array,
  entryChange: number,
  { entryConversions, seedFormat }: HazardNoiseOptions,
): Float64Array {
  const baseline = credits.length - 1
  const scaled = credits.slice()
  scaled[baseline]! += entryConversions + entryChange
  if (!seedFormat) return scaled
  const channels = credits.subarray(0, baseline).reduce((sum, credit) => sum + credit, 0)
  const factor = channels > 0 ? 1 + scaled[baseline]! / channels : 0
  return scaled.map((credit, at) => (at === baseline ? 0 : credit * factor))
}

function mix(groups: readonly Float64Array[], multipliers: Float64Array): Float64Array {
  const sum = new Float64Array(groups[0]?.length ?? 0)
  groups.forEach((group, at) => {
    for (let j = 0; j < sum.length; j++) sum[j]! += multipliers[at]! * group[j]!
  })
  return sum
}

/** Squared distances of draws from the estimate. */
class NoiseSums {
  private readonly channelCount: number
  private readonly estimate: Float64Array
  private readonly squares: Float64Array
  private readonly channelSquares: Float64Array
  private allSquares = 0

  constructor(grid: CellGrid, estimate: Float64Array) {
    this.channelCount = grid.channelCount
    this.estimate = estimate
    this.squares = new Float64Array(cellCount(grid) + 1)
    this.channelSquares = new Float64Array(grid.channelCount)
  }

  add(credits: Float64Array): void {
    const off = credits.map((credit, at) => credit - this.estimate[at]!)
    const channels = new Float64Array(this.channelCount)
    for (let cell = 0; cell < off.length - 1; cell++) channels[cell % this.channelCount]! += off[cell]!
    off.forEach((distance, at) => {
      this.squares[at]! += distance ** 2
    })
    channels.forEach((distance, at) => {
      this.channelSquares[at]! += distance ** 2
    })
    this.allSquares += channels.reduce((sum, distance) => sum + distance, 0) ** 2
  }

  noise(draws: number): CreditNoise {
    const deviation = (squares: number) => Math.sqrt(squares / draws)
    const cells = this.squares.length - 1
    return {
      cells: this.squares.subarray(0, cells).map(deviation),
      channels: this.channelSquares.map(deviation),
      allChannels: deviation(this.allSquares),
      baseline: deviation(this.squares[cells]!),
    }
  }
}
