import type { FollowUp, SimulatedChannel, SimulationParameters } from './parameters.ts'

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

const CLEAN: SimulationParameters = {
  channels: CHANNELS,
  baselinePerDay: 0.003,
  effects: 'add',
  afterConversion: 'used-up',
  synergy: null,
  saturation: null,
  intent: null,
  confirmations: null,
  holdout: null,
  heavyUsers: null,
  hours: null,
  activitySpread: 0.7,
  baselineSpread: 0.5,
  value: { median: 45, spread: 0.6 },
}

const INTENT = {
  baselinePerDay: 0.0016,
  intent: { periodsPerDay: 1 / 100, lengthDays: 4, baselineBoost: 25, endsWithPurchase: false },
}

const MORNING = [0, 0, 0, 0, 0, 1, 3, 5, 6, 5, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
const EVENING = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.5, 2, 4.5, 6, 5.5, 3.5, 1.5, 0.5]

/** A world to simulate: what is true in it, and how its parameters differ from those of `clean`. */
interface World {
  readonly truth: string
  readonly differs: Partial<SimulationParameters>
}

const WORLDS = {
  clean: {
    truth: 'the effects of touches and the baseline add up; nothing else happens',
    differs: {},
  },
  synergy: {
    truth: 'display and email cause conversions together, in addition to what each causes alone',
    differs: { synergy: { channels: ['display', 'email'], effect: 0.04, halfLifeDays: 1.5, withinDays: 3 } },
  },
  intent: {
    truth: 'an intention to buy leads to both touches and conversions; these conversions are baseline',
    differs: INTENT,
  },
  'seed-format': {
    truth: 'conversions happen at the moment of a touch and are recorded on its row; there is no baseline',
    differs: { effects: 'at-touches', baselinePerDay: 0 },
  },
  'no-effect': {
    truth: 'touches cause nothing: all conversions are baseline',
    differs: { channels: CHANNELS.map((one) => ({ ...one, effect: 0 })), baselinePerDay: 0.005 },
  },
  'order-confirmations': {
    truth: 'an e-mail touch follows most conversions within minutes and causes nothing',
    differs: { confirmations: { channel: 'email', probability: 0.6 } },
  },
  'intent-ends': {
    truth: 'as intent, but a conversion ends the intention and the touches that it leads to',
    differs: { ...INTENT, intent: { ...INTENT.intent, endsWithPurchase: true } },
  },
  targeted: {
    truth:
      'as intent, but ads follow the intention: display, social, video and affiliate, while nobody searches more',
    differs: {
      ...INTENT,
      channels: withBoosts({ affiliate: 4, direct: 1, display: 8, email: 1, search: 1, social: 5, video: 5 }),
    },
  },
  saturation: {
    truth: 'from the third touch of a day on, of any channel, a touch causes a tenth',
    differs: {
      saturation: { fromTouch: 3, factor: 0.1 },
      channels: scaled({ touchesPerDay: 2, effect: 0.7 }),
      activitySpread: 1,
    },
  },
  multiplicative: {
    truth:
      'touches multiply the rate of conversions, each other included; a conversion is divided by Shapley values of that rate',
    differs: { effects: 'multiply', channels: scaled({ effect: 0.55 }) },
  },
  sparse: {
    truth: 'as clean, with a tenth of the touches and conversions',
    differs: { channels: scaled({ touchesPerDay: 0.1 }), baselinePerDay: 0.0003 },
  },
  'heavy-users': {
    truth: 'as clean, but 5 % of the users have half of the touches',
    differs: { heavyUsers: { fraction: 0.05, touches: 0.5 } },
  },
  'time-of-day': {
    truth: 'people are touched in the morning and buy in the evening, on the same day or a later one',
    differs: { hours: { touches: MORNING, conversions: EVENING } },
  },
  holdout: {
    truth:
      'as clean, but a random half of the users never gets video: the truth holds the result of this experiment',
    differs: { holdout: { channel: 'video', controlFraction: 0.5 } },
  },
  repeat: {
    truth:
      'touches keep causing conversions after a purchase: many users buy again, and the baseline is small',
    differs: {
      afterConversion: 'keep',
      channels: scaled({ touchesPerDay: 0.5, effect: 2, halfLifeDays: 0.5 }),
      baselinePerDay: 0.0003,
      activitySpread: 1,
    },
  },
} as const satisfies Record<string, World>

export type SimulationVariant = keyof typeof WORLDS

export const SIMULATION_VARIANTS = Object.keys(WORLDS) as readonly SimulationVariant[]

/** @returns the parameters of a variant. */
export function simulationParameters(variant: SimulationVariant): SimulationParameters {
  return { ...CLEAN, ...WORLDS[variant].differs }
}

/** @returns what is true in a variant, for people. */
export function truthOf(variant: SimulationVariant): string {
  return WORLDS[variant].truth
}

/** @returns the same world with that many times the conversions of every cause, as long as few come from one touch. */
export function withConversions(parameters: SimulationParameters, factor: number): SimulationParameters {
  const { channels, baselinePerDay, synergy } = parameters
  return {
    ...parameters,
    channels: channels.map((one) => ({ ...one, effect: one.effect * factor })),
    baselinePerDay: baselinePerDay * factor,
    synergy: synergy && { ...synergy, effect: synergy.effect * factor },
  }
}

function scaled({ touchesPerDay = 1, effect = 1, halfLifeDays = 1 }): readonly SimulatedChannel[] {
  return CHANNELS.map((one) => ({
    ...one,
    touchesPerDay: one.touchesPerDay * touchesPerDay,
    effect: one.effect * effect,
    halfLifeDays: one.halfLifeDays * halfLifeDays,
  }))
}

function withBoosts(boosts: Readonly<Record<string, number>>): readonly SimulatedChannel[] {
  return CHANNELS.map((one) => ({ ...one, intentBoost: boosts[one.channel] ?? 1 }))
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
