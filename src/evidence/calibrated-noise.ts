import type { CellGrid } from '../examples/pattern.ts'
import type { CalibratedChannels } from './calibration.ts'
import type { CreditNoise } from './intervals.ts'

/** The hazard model's credits by channel, what is left of them, and by cell. */
export interface CorrectedCredits {
  readonly noise: CreditNoise
  readonly whole: ArrayLike<number>
  readonly left: ArrayLike<number>
  readonly credits: Float64Array
}

/**
 * Standard deviations of corrected credits. Of tested channels the error of model and experiment together; of the others that of the model, as far as its credit is left.
 * Of channels that were tested together, the test says nothing of how they divide it: each keeps the model's error as well.
 * @param ratio credited conversions, of those that were learned from.
 */
export function calibratedNoise(
  { noise, whole, left, credits }: CorrectedCredits,
  { channelCount }: CellGrid,
  tested: readonly CalibratedChannels[],
  ratio: number,
): CreditNoise {
  const partOf = (channel: number) =>
    whole[channel]! > 0 ? Math.min(1, left[channel]! / whole[channel]!) : 1
  const cells = noise.cells.map((deviation, cell) => deviation * partOf(cell % channelCount))
  const channels = noise.channels.map((deviation, channel) => deviation * partOf(channel))
  const isApart = ratio < 1
  let squares = 0
  for (const { channels: of, calibrated } of tested) {
    const deviation = calibrated.deviation * ratio
    squares += deviation ** 2
    const together = of.reduce((sum, channel) => sum + left[channel]!, 0)
    for (const channel of of) {
      const own = left[channel]!
      const ofTest = together > 0 ? (deviation * own) / together : deviation / of.length
      // What the test doesn't tell: how channels divide it, and how the night differs from the whole range.
      const rest = of.length > 1 || isApart ? channels[channel]! : 0
      channels[channel] = Math.hypot(ofTest, rest)
      for (let cell = channel; cell < cells.length; cell += channelCount) {
        if (own > 0) cells[cell] = Math.hypot(cells[cell]!, (credits[cell]! * ofTest) / own)
      }
    }
  }
  const wider = (deviation: number) => Math.hypot(deviation, Math.sqrt(squares))
  return { cells, channels, allChannels: wider(noise.allChannels), baseline: wider(noise.baseline) }
}
