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
  /** Whether the intention, and what it leads to, ends with the next conversion. */
  readonly endsWithPurchase: boolean
}

/** A campaign of a channel: what part of its touches it has, when, and how strongly they work. */
export interface SimulatedCampaign {
  /** Position of the channel in the parameters. */
  readonly channel: number
  readonly campaign: string
  /** Touches in parts of those of other campaigns that run on the day. */
  readonly weight: number
  /** What a touch causes, in parts of what one of the average campaign of the channel causes. */
  readonly factor: number
  /** Days on which it runs, the last one not included. */
  readonly fromDay: number
  readonly toDay: number
}

/** Everything that determines the rows besides users, days and seed. */
export interface SimulationParameters {
  readonly channels: readonly SimulatedChannel[]
  /** Conversions per day that the average user has without any cause. */
  readonly baselinePerDay: number
  /**
   * - `add`: every touch brings conversions of its own, beside those of the baseline and of other touches.
   * - `multiply`: every touch raises the rate of conversions by a factor; `effect` is what one touch causes at the average baseline.
   * - `at-touches`: as `add`, but a conversion happens at the moment of a touch and is recorded on its row.
   */
  readonly effects: 'add' | 'multiply' | 'at-touches'
  /** Whether touches are used up by the next conversion of their user or go on causing conversions. */
  readonly afterConversion: 'used-up' | 'keep'
  readonly synergy: SynergyParameters | null
  /** From the touch `fromTouch` of a user's day on, of any channel, effects are multiplied by `factor`. */
  readonly saturation: { readonly fromTouch: number; readonly factor: number } | null
  readonly intent: IntentParameters | null
  /** E-mail touches after conversions. */
  readonly confirmations: { readonly channel: string; readonly probability: number } | null
  /** A random part of the users, the control group, never gets touches of the channel. */
  readonly holdout: { readonly channel: string; readonly controlFraction: number } | null
  /** A small part of the users that has a large part of all touches. */
  readonly heavyUsers: { readonly fraction: number; readonly touches: number } | null
  /** Activity at each hour of the day (UTC) relative to the average: of touches, and of conversions of any cause. */
  readonly hours: { readonly touches: readonly number[]; readonly conversions: readonly number[] } | null
  /** Standard deviations of the logarithms of a user's activity and baseline rate. */
  readonly activitySpread: number
  readonly baselineSpread: number
  /** The conversion value: its median, and the standard deviation of its logarithm. */
  readonly value: { readonly median: number; readonly spread: number }
  /** Absent: touches are of no campaign. */
  readonly campaigns?: readonly SimulatedCampaign[]
}
