import type { SimulationParameters, SimulationVariant } from './parameters.ts'

/** Conversions with a common cause, and their value. */
export interface CausedTotal {
  readonly conversions: number
  readonly value: number
}

export interface ChannelTruth extends CausedTotal {
  readonly channel: string
  readonly touches: number
}

export interface CellTruth extends CausedTotal {
  readonly channel: string
  /** Calendar days (UTC) from the causing touch to the conversion. */
  readonly daysBefore: number
}

/** The causes of simulated conversions, written next to the touchpoints for comparison with any attribution. */
export interface SimulationTruth extends CausedTotal {
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
    byChannel: truth.byChannel.map(({ channel, touches }) => ({
      channel,
      touches,
      ...sumOf(byDaysBefore.filter((cell) => cell.channel === channel)),
    })),
    byDaysBefore,
  }
}

function sumOf(totals: readonly CausedTotal[]): CausedTotal {
  return {
    conversions: totals.reduce((sum, { conversions }) => sum + conversions, 0),
    value: totals.reduce((sum, { value }) => sum + value, 0),
  }
}

/** Adds up causes while rows are simulated: a few numbers per channel and day, however many rows. */
export class TruthLedger {
  readonly touches: Float64Array
  rows = 0
  conversions = 0
  value = 0
  private readonly days: number
  private baselineConversions = 0
  private baselineValue = 0
  /** Channel x days before. */
  private readonly causedConversions: Float64Array
  private readonly causedValue: Float64Array

  constructor(channels: number, days: number) {
    this.days = days
    this.touches = new Float64Array(channels)
    this.causedConversions = new Float64Array(channels * days)
    this.causedValue = new Float64Array(channels * days)
  }

  creditBaseline(value: number): void {
    this.baselineConversions++
    this.baselineValue += value
  }

  /** @param part of one conversion: 1, or a half if two channels caused it together. */
  creditTouch(channel: number, daysBefore: number, part: number, value: number): void {
    this.causedConversions[channel * this.days + daysBefore]! += part
    this.causedValue[channel * this.days + daysBefore]! += part * value
  }

  /** @param names of the channels, in order. */
  private byDaysBefore(names: readonly string[]): CellTruth[] {
    const cells = names.flatMap((channel, at) =>
      Array.from({ length: this.days }, (_, daysBefore) => ({
        channel,
        daysBefore,
        conversions: this.causedConversions[at * this.days + daysBefore]!,
        value: this.causedValue[at * this.days + daysBefore]!,
      })),
    )
    return cells.filter(({ conversions }) => conversions > 0)
  }

  /** @returns all causes recorded so far. */
  truth(settings: SimulationSettings, parameters: SimulationParameters): SimulationTruth {
    const { variant, users, days, seed, startAtSec } = settings
    const names = parameters.channels.map(({ channel }) => channel)
    const byDaysBefore = this.byDaysBefore(names)
    return {
      variant,
      users,
      days,
      seed,
      startAtSec,
      rows: this.rows,
      touches: this.touches.reduce((sum, count) => sum + count, 0),
      conversions: this.conversions,
      value: this.value,
      baseline: { conversions: this.baselineConversions, value: this.baselineValue },
      byChannel: names.map((channel, at) => ({
        channel,
        touches: this.touches[at]!,
        ...sumOf(byDaysBefore.filter((cell) => cell.channel === channel)),
      })),
      byDaysBefore,
      parameters,
    }
  }
}
