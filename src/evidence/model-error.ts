import type { CreditTotals } from './credit-totals.ts'
import type { CreditNoise } from './intervals.ts'

/**
 * By what parts of a credit models are off however many users there are: of the cell, and of its channel for each of the channel's
 * cells; of a channel; of all channels together, which is what the baseline is off by. No data tell these: they are what was found
 * on simulated touchpoints of known causes (docs/method.md), where effects depend on the time of day, wear off or help each
 * other in ways that the model does not have.
 */
const MODEL_ERROR = { cell: 0.07, cellOfChannel: 0.01, channel: 0.03, all: 0.02 }

/**
 * @param noise standard deviations over other users, which shrink as users grow in number.
 * @returns standard deviations of what models are off by in all, for intervals that hold at any size.
 */
export function withModelError(noise: CreditNoise, totals: CreditTotals): CreditNoise {
  const { cell, cellOfChannel, channel, all } = MODEL_ERROR
  const channels = totals.channels.length
  const ofAll = all * Math.abs(totals.allChannels)
  return {
    cells: noise.cells.map((deviation, at) =>
      Math.hypot(deviation, cell * totals.cells[at]!, cellOfChannel * totals.channels[at % channels]!),
    ),
    channels: noise.channels.map((deviation, at) => Math.hypot(deviation, channel * totals.channels[at]!)),
    allChannels: Math.hypot(noise.allChannels, ofAll),
    baseline: Math.hypot(noise.baseline, ofAll),
  }
}
