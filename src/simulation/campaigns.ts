import { drawNormal } from '../numerics/distributions.ts'
import { createRandom, type Random } from '../numerics/random.ts'
import type { SimulatedCampaign, SimulationParameters } from './parameters.ts'
import { SECONDS_PER_DAY } from './rhythm.ts'

/** Standard deviation of the logarithms of factors. */
const FACTOR_SPREAD = 0.6
/** A third of the campaigns run for this part of the days. */
const FLIGHT = 0.4

/**
 * Divides the touches of channels among campaigns, of which some have many touches and most few: the k-th one 1 / k of the first one's.
 * @param count campaigns of all channels together; channels get equally many, the first ones one more. With fewer campaigns
 *   than channels, the last channels have none.
 * @returns the campaigns, by channel. The factors of a channel's touches are 1 on average.
 */
export function drawCampaigns(
  { channels }: Pick<SimulationParameters, 'channels'>,
  count: number,
  days: number,
  seed: number,
): readonly SimulatedCampaign[] {
  const random = createRandom(seed, 'campaigns')
  return channels.flatMap(({ channel: name }, channel) => {
    const own = Math.floor((count + channels.length - 1 - channel) / channels.length)
    const drawn = Array.from({ length: own }, (_, at) => ({
      channel,
      campaign: `${name} ${String(at + 1).padStart(String(own).length, '0')}`,
      weight: 1 / (at + 1),
      factor: Math.exp(FACTOR_SPREAD * drawNormal(random)),
      ...drawFlight(random, days, at),
    }))
    const touches = (one: (typeof drawn)[number]) => one.weight * (one.toDay - one.fromDay)
    const mean =
      drawn.reduce((sum, one) => sum + touches(one) * one.factor, 0) /
      drawn.reduce((sum, one) => sum + touches(one), 0)
    return drawn.map((one) => ({ ...one, factor: one.factor / mean }))
  })
}

/** The first campaign always runs. */
function drawFlight(random: Random, days: number, at: number) {
  const isFlight = random.uniform() < 1 / 3 && at > 0
  const length = Math.max(1, Math.round(FLIGHT * days))
  const fromDay = isFlight ? random.below(Math.max(1, days - length + 1)) : 0
  return { fromDay, toDay: isFlight ? Math.min(days, fromDay + length) : days }
}

/** Says which campaign a touch is of, by random numbers of its own: all else is as without campaigns. */
export class CampaignPicker {
  private readonly random: Random
  private readonly startAtSec: number
  /** By channel and day: positions of campaigns, and the sums of their weights so far. */
  private readonly running: readonly (readonly {
    readonly at: Uint16Array
    readonly sums: Float64Array
  }[])[]

  /** @param random its own. */
  constructor(
    campaigns: readonly SimulatedCampaign[],
    channels: number,
    span: { readonly startAtSec: number; readonly days: number },
    random: Random,
  ) {
    this.random = random
    this.startAtSec = span.startAtSec
    this.running = Array.from({ length: channels }, (_, channel) =>
      Array.from({ length: span.days }, (_, day) => {
        const at = [...campaigns.keys()].filter((one) => {
          const campaign = campaigns[one]!
          return campaign.channel === channel && campaign.fromDay <= day && day < campaign.toDay
        })
        let sum = 0
        return {
          at: Uint16Array.from(at),
          sums: Float64Array.from(at, (one) => {
            sum += campaigns[one]!.weight
            return sum
          }),
        }
      }),
    )
  }

  /** @returns the position of a campaign; undefined where the channel has none. O(campaigns of the channel). */
  pick(channel: number, atSec: number): number | undefined {
    const day = Math.floor((atSec - this.startAtSec) / SECONDS_PER_DAY)
    const running = this.running[channel]?.[day]
    if (running === undefined || running.at.length === 0) return undefined
    const { at, sums } = running
    const drawn = this.random.uniform() * sums[sums.length - 1]!
    return at[sums.findIndex((sum) => drawn < sum)]
  }
}
