import type { ExperimentTruth } from './experiment.ts'
import { meaningOf } from './meaning.ts'
import type { SimulationParameters } from './parameters.ts'
import { startOf, type Touch } from './touches.ts'
import type { SimulationVariant } from './worlds.ts'

/** Conversions with a common cause, and their value. */
export interface CausedTotal {
  readonly conversions: number
  readonly value: number
}

export interface ChannelTruth extends CausedTotal {
  readonly channel: string
  readonly touches: number
  /** Conversions caused by any touch of a chain that a touch of this channel started. */
  readonly startedConversions: number
}

export interface CellTruth extends CausedTotal {
  readonly channel: string
  /** Calendar days (UTC) from the causing touch to the conversion. */
  readonly daysBefore: number
  /** The conversions of this cell by the channel that started the chain of touches that led to the causing touch. */
  readonly startedBy: Readonly<Record<string, number>>
}

/** What a campaign of a channel caused. */
export interface CampaignTruth extends CausedTotal {
  readonly channel: string
  readonly campaign: string
  readonly touches: number
  /** What a touch causes, in parts of what one of its channel causes on average. */
  readonly factor: number
  /** Conversions and value by days before, from 0 on. */
  readonly byDaysBefore: readonly CausedTotal[]
}

/** Touches of one channel that touches of another led to. */
export interface FollowUpTruth {
  readonly from: string
  readonly to: string
  readonly touches: number
}

/** The causes of simulated conversions, written next to the touchpoints for comparison with any attribution. */
export interface SimulationTruth extends CausedTotal {
  /** What each number below is, by the name of its field. */
  readonly meaning: Readonly<Record<string, string>>
  readonly variant: SimulationVariant
  readonly users: number
  readonly days: number
  readonly seed: number
  readonly startAtSec: number
  readonly rows: number
  readonly touches: number
  /** Conversions without a cause, and those caused by a touch outside the lookback window, if one was applied. */
  readonly baseline: CausedTotal
  /** All channels, by name; together with `baseline`, they add up to all conversions. */
  readonly byChannel: readonly ChannelTruth[]
  /** All cells that caused conversions, by channel, then days before; they add up to `byChannel`. */
  readonly byDaysBefore: readonly CellTruth[]
  /** Whose touches led to whose, by channels. */
  readonly followUps: readonly FollowUpTruth[]
  /** The result of the experiment in the data; null without a control group. */
  readonly experiment: ExperimentTruth | null
  /** All campaigns; absent without any. They add up to their channels, where every touch has one. */
  readonly byCampaign?: readonly CampaignTruth[]
  readonly parameters: SimulationParameters
}

/** What a simulation was asked for. */
export type SimulationSettings = Pick<SimulationTruth, 'variant' | 'users' | 'days' | 'seed' | 'startAtSec'>

/**
 * Limits the truth to what an attribution with a lookback window of `lookbackDays` calendar days can find: conversions
 * caused by older touches count towards the baseline.
 */
export function truthWithinWindow(truth: SimulationTruth, lookbackDays: number): SimulationTruth {
  const byDaysBefore = truth.byDaysBefore.filter(({ daysBefore }) => daysBefore < lookbackDays)
  const older = truth.byDaysBefore.filter(({ daysBefore }) => daysBefore >= lookbackDays)
  return {
    ...truth,
    baseline: sumOf([truth.baseline, ...older]),
    byChannel: truth.byChannel.map(({ channel, touches }) => channelTruth(channel, touches, byDaysBefore)),
    byDaysBefore,
    ...(truth.byCampaign === undefined
      ? {}
      : {
          byCampaign: truth.byCampaign.map((one) => {
            const within = one.byDaysBefore.slice(0, lookbackDays)
            return { ...one, ...sumOf(within), byDaysBefore: within }
          }),
        }),
  }
}

function channelTruth(channel: string, touches: number, cells: readonly CellTruth[]): ChannelTruth {
  return {
    channel,
    touches,
    ...sumOf(cells.filter((cell) => cell.channel === channel)),
    startedConversions: cells.reduce((sum, { startedBy }) => sum + (startedBy[channel] ?? 0), 0),
  }
}

function sumOf(totals: readonly CausedTotal[]): CausedTotal {
  return {
    conversions: totals.reduce((sum, { conversions }) => sum + conversions, 0),
    value: totals.reduce((sum, { value }) => sum + value, 0),
  }
}

/** Places of the first numbers of a ledger. */
const ROWS = 0
const CONVERSIONS = 1
const VALUE = 2
const BASELINE_CONVERSIONS = 3
const BASELINE_VALUE = 4
const TOTALS = 5

/** Adds up causes while rows are simulated: a few numbers per channel and day, however many rows. */
export class TruthLedger {
  /** All that it knows: those of several ledgers add up. */
  readonly numbers: Float64Array
  private readonly days: number
  private readonly channels: number
  private readonly touches: Float64Array
  /** Channel x days before x channel that started the chain. */
  private readonly causedConversions: Float64Array
  /** Channel x days before. */
  private readonly causedValue: Float64Array
  /** Channel x channel of the touch that led to it. */
  private readonly ledBy: Float64Array
  private readonly campaignTouches: Float64Array
  /** Campaign x days before. */
  private readonly campaignConversions: Float64Array
  private readonly campaignValue: Float64Array

  constructor(channels: number, days: number, campaigns = 0) {
    this.days = days
    this.channels = channels
    const cells = channels * days
    const ofChannels = channels + cells * channels + cells + channels * channels
    this.numbers = new Float64Array(TOTALS + ofChannels + campaigns * (1 + 2 * days))
    let from = TOTALS
    const take = (count: number) => {
      from += count
      return this.numbers.subarray(from - count, from)
    }
    this.touches = take(channels)
    this.causedConversions = take(cells * channels)
    this.causedValue = take(cells)
    this.ledBy = take(channels * channels)
    this.campaignTouches = take(campaigns)
    this.campaignConversions = take(campaigns * days)
    this.campaignValue = take(campaigns * days)
  }

  countRows(rows: number): void {
    this.numbers[ROWS]! += rows
  }

  countTouch({ channel, campaign, ledBy }: Touch): void {
    this.touches[channel]!++
    if (campaign !== undefined) this.campaignTouches[campaign]!++
    if (ledBy !== undefined) this.ledBy[channel * this.channels + ledBy.channel]!++
  }

  countConversion(value: number): void {
    this.numbers[CONVERSIONS]!++
    this.numbers[VALUE]! += value
  }

  creditBaseline(value: number): void {
    this.numbers[BASELINE_CONVERSIONS]!++
    this.numbers[BASELINE_VALUE]! += value
  }

  /** @param part of one conversion: 1, or a half if two channels caused it together. */
  creditTouch(touch: Touch, daysBefore: number, part: number, value: number): void {
    const cell = touch.channel * this.days + daysBefore
    this.causedConversions[cell * this.channels + startOf(touch).channel]! += part
    this.causedValue[cell]! += part * value
    if (touch.campaign === undefined) return
    const ofCampaign = touch.campaign * this.days + daysBefore
    this.campaignConversions[ofCampaign]! += part
    this.campaignValue[ofCampaign]! += part * value
  }

  /** @param names of the channels, in order. */
  private byDaysBefore(names: readonly string[]): CellTruth[] {
    const cells = names.flatMap((channel, at) =>
      Array.from({ length: this.days }, (_, daysBefore) => {
        const cell = at * this.days + daysBefore
        const started = names.map(
          (name, starter) => [name, this.causedConversions[cell * names.length + starter]!] as const,
        )
        return {
          channel,
          daysBefore,
          conversions: started.reduce((sum, [, conversions]) => sum + conversions, 0),
          value: this.causedValue[cell]!,
          startedBy: Object.fromEntries(started.filter(([, conversions]) => conversions > 0)),
        }
      }),
    )
    return cells.filter(({ conversions }) => conversions > 0)
  }

  /** @param names of the channels, in order. */
  private followUps(names: readonly string[]): FollowUpTruth[] {
    const pairs = names.flatMap((from, leading) =>
      names.map((to, led) => ({ from, to, touches: this.ledBy[led * names.length + leading]! })),
    )
    return pairs.filter(({ touches }) => touches > 0)
  }

  private byCampaign({ campaigns = [], channels }: SimulationParameters): CampaignTruth[] {
    return campaigns.map(({ channel, campaign, factor }, at) => {
      const byDaysBefore = Array.from({ length: this.days }, (_, daysBefore) => ({
        conversions: this.campaignConversions[at * this.days + daysBefore]!,
        value: this.campaignValue[at * this.days + daysBefore]!,
      }))
      const { channel: name } = channels[channel]!
      return {
        channel: name,
        campaign,
        touches: this.campaignTouches[at]!,
        factor,
        ...sumOf(byDaysBefore),
        byDaysBefore,
      }
    })
  }

  /** @returns all causes recorded so far. */
  truth(
    settings: SimulationSettings,
    parameters: SimulationParameters,
    experiment: ExperimentTruth | null,
  ): SimulationTruth {
    const { variant, users, days, seed, startAtSec } = settings
    const names = parameters.channels.map(({ channel }) => channel)
    const byDaysBefore = this.byDaysBefore(names)
    return {
      meaning: meaningOf(variant, experiment, parameters.campaigns !== undefined),
      variant,
      users,
      days,
      seed,
      startAtSec,
      rows: this.numbers[ROWS]!,
      touches: this.touches.reduce((sum, count) => sum + count, 0),
      conversions: this.numbers[CONVERSIONS]!,
      value: this.numbers[VALUE]!,
      baseline: {
        conversions: this.numbers[BASELINE_CONVERSIONS]!,
        value: this.numbers[BASELINE_VALUE]!,
      },
      byChannel: names.map((channel, at) => channelTruth(channel, this.touches[at]!, byDaysBefore)),
      byDaysBefore,
      followUps: this.followUps(names),
      experiment,
      ...(parameters.campaigns === undefined ? {} : { byCampaign: this.byCampaign(parameters) }),
      parameters,
    }
  }
}
