/**
 * How conversions come about in the simulation.
 * - `clean`: the effects of touches and the baseline add up; nothing else happens.
 * - `synergy`: two channels cause conversions together, in addition to what each causes alone.
 * - `intent`: an intention to buy leads to both touches and conversions; these conversions are baseline (confounding).
 * - `seed-format`: conversions happen at the moment of a touch and are recorded on its row; there is no baseline.
 * - `no-effect`: all conversions are baseline.
 * - `order-confirmations`: an e-mail touch follows most conversions within minutes and causes nothing.
 */
export const SIMULATION_VARIANTS = [
  'clean',
  'synergy',
  'intent',
  'seed-format',
  'no-effect',
  'order-confirmations',
] as const

export type SimulationVariant = (typeof SIMULATION_VARIANTS)[number]

/** A touch that another touch leads to, such as a search after a video. */
export interface FollowUp {
  readonly channel: string
  readonly probability: number
  /** Mean of the exponentially distributed delay. */
  readonly delayHours: number
}

export interface SimulatedChannel {
  readonly channel: string
  /** Touches per day that the average user has without a preceding touch. */
  readonly touchesPerDay: number
  /** Conversions that one touch would cause if no other conversion came first. */
  readonly effect: number
  /** Time in which the rate of these conversions halves. */
  readonly halfLifeDays: number
  readonly followUps: readonly FollowUp[]
  /** Fraction of users that the channel reaches at all; those get correspondingly more touches. */
  readonly reach: number
  /** Factor on touches while a user intends to buy. */
  readonly intentBoost: number
}

/** Conversions that two channels cause together, when a touch of one soon follows a touch of the other. */
export interface SynergyParameters {
  readonly channels: readonly [string, string]
  /** Conversions that one such pair would cause if no other came first; half of each is credited to each channel. */
  readonly effect: number
  readonly halfLifeDays: number
  /** Two touches further apart are not a pair. */
  readonly withinDays: number
}

export interface IntentParameters {
  readonly periodsPerDay: number
  /** Mean of the exponentially distributed length. */
  readonly lengthDays: number
  /** Factor on baseline conversions. */
  readonly baselineBoost: number
}

/** Everything that determines the rows besides users, days and seed. */
export interface SimulationParameters {
  readonly channels: readonly SimulatedChannel[]
  /** Conversions per day that the average user has without any cause. */
  readonly baselinePerDay: number
  readonly synergy: SynergyParameters | null
  readonly intent: IntentParameters | null
  /** E-mail touches after conversions. */
  readonly confirmations: { readonly channel: string; readonly probability: number } | null
  /** Standard deviations of the logarithms of a user's activity and baseline rate. */
  readonly activitySpread: number
  readonly baselineSpread: number
  /** The conversion value: its median, and the standard deviation of its logarithm. */
  readonly value: { readonly median: number; readonly spread: number }
}

const CHANNELS: readonly SimulatedChannel[] = [
  channel('affiliate', 0.002, 0.3, 0.5, 1, 3, [followUp('direct', 0.2, 2)]),
  // "direct" is the visit on the way to a conversion that something else caused.
  channel('direct', 0.02, 0, 1, 1, 4, []),
  channel('display', 0.05, 0.008, 3, 1, 2, [followUp('search', 0.12, 6), followUp('direct', 0.12, 12)]),
  channel('email', 0.03, 0.02, 0.75, 0.6, 1, [followUp('direct', 0.25, 4)]),
  channel('search', 0.02, 0.012, 0.25, 1, 6, [followUp('direct', 0.15, 6)]),
  channel('social', 0.028, 0.03, 1.5, 0.8, 1, [followUp('search', 0.15, 12), followUp('direct', 0.25, 8)]),
  channel('video', 0.014, 0.045, 2.5, 1, 1, [followUp('search', 0.4, 10), followUp('direct', 0.25, 16)]),
]

/** @returns the parameters of a variant. */
export function simulationParameters(variant: SimulationVariant): SimulationParameters {
  const channels =
    variant === 'no-effect' ? CHANNELS.map((simulated) => ({ ...simulated, effect: 0 })) : CHANNELS
  return {
    channels,
    baselinePerDay: baselineOf(variant),
    synergy:
      variant === 'synergy'
        ? { channels: ['display', 'email'], effect: 0.04, halfLifeDays: 1.5, withinDays: 3 }
        : null,
    intent: variant === 'intent' ? { periodsPerDay: 1 / 100, lengthDays: 4, baselineBoost: 25 } : null,
    confirmations: variant === 'order-confirmations' ? { channel: 'email', probability: 0.6 } : null,
    activitySpread: 0.7,
    baselineSpread: 0.5,
    value: { median: 45, spread: 0.6 },
  }
}

function baselineOf(variant: SimulationVariant): number {
  if (variant === 'seed-format') return 0
  if (variant === 'no-effect') return 0.005
  return variant === 'intent' ? 0.0016 : 0.003
}

function channel(
  name: string,
  touchesPerDay: number,
  effect: number,
  halfLifeDays: number,
  reach: number,
  intentBoost: number,
  followUps: readonly FollowUp[],
): SimulatedChannel {
  return { channel: name, touchesPerDay, effect, halfLifeDays, followUps, reach, intentBoost }
}

function followUp(name: string, probability: number, delayHours: number): FollowUp {
  return { channel: name, probability, delayHours }
}
