import { drawExponential, drawFactor } from '../numerics/distributions.ts'
import type { Random } from '../numerics/random.ts'
import type { SimulationParameters } from './parameters.ts'

export const SECONDS_PER_DAY = 86_400
const SECONDS_PER_HOUR = 3600

/** How much more than on average people are about at each hour of the day (UTC); the mean is 1. */
const HOURS: readonly number[] = [
  0.5, 0.3, 0.2, 0.2, 0.2, 0.3, 0.5, 0.8, 1, 1.1, 1.2, 1.2, 1.3, 1.2, 1.1, 1.1, 1.2, 1.3, 1.5, 1.8, 1.9, 1.8,
  1.4, 0.9,
]
/** The same for days of the week, Thursday first, as 1970 began. */
const WEEKDAYS: readonly number[] = [1, 0.95, 0.9, 1.1, 1.05, 1, 1]
const BUSIEST = Math.max(...HOURS) * Math.max(...WEEKDAYS)

/** A touch: when, and the channel's place in the parameters. */
export interface Touch {
  readonly atSec: number
  readonly channel: number
}

/** A span in which a user intends to buy. */
export interface Period {
  readonly fromSec: number
  readonly toSec: number
}

/** @returns how busy the moment is against the busiest of the week, 0..1. */
export function busyness(atSec: number): number {
  const weekday = Math.floor(atSec / SECONDS_PER_DAY) % 7
  const hour = Math.floor((atSec % SECONDS_PER_DAY) / SECONDS_PER_HOUR)
  return (WEEKDAYS[weekday]! * HOURS[hour]!) / BUSIEST
}

/** @returns times in [from, to) of a Poisson process of `perDay` that is as busy as the hour and the weekday. */
export function* drawArrivals(random: Random, perDay: number, { fromSec, toSec }: Period): Generator<number> {
  if (perDay <= 0) return
  const meanGapSec = SECONDS_PER_DAY / (perDay * BUSIEST)
  // Thinning: Lewis and Shedler 1979, https://doi.org/10.1002/nav.3800260304
  for (let at = fromSec; ; ) {
    at += drawExponential(random) * meanGapSec
    if (at >= toSec) return
    if (random.uniform() < busyness(at)) yield Math.floor(at)
  }
}

/** Draws users' touches, with what follows from them. */
export class TouchGenerator {
  private readonly random: Random
  private readonly parameters: SimulationParameters
  private readonly followUps: readonly (readonly {
    channel: number
    probability: number
    delaySec: number
  }[])[]

  constructor(parameters: SimulationParameters, random: Random) {
    this.random = random
    this.parameters = parameters
    this.followUps = parameters.channels.map(({ followUps }) =>
      followUps.map(({ channel, probability, delayHours }) => ({
        channel: parameters.channels.findIndex((one) => one.channel === channel),
        probability,
        delaySec: delayHours * SECONDS_PER_HOUR,
      })),
    )
  }

  /** @returns one user's touches within the span, by time; more of them while the user intends to buy. */
  draw(span: Period, intents: readonly Period[]): Touch[] {
    const { channels, activitySpread } = this.parameters
    const activity = drawFactor(this.random, activitySpread)
    const rates = channels.map(({ touchesPerDay, reach }) =>
      this.random.uniform() < reach ? (activity * touchesPerDay) / reach : 0,
    )
    const touches: Touch[] = []
    this.drawMixture(rates, span, span, touches)
    const boosted = rates.map((rate, channel) => rate * (channels[channel]!.intentBoost - 1))
    for (const intent of intents) this.drawMixture(boosted, intent, span, touches)
    return touches.sort((left, right) => left.atSec - right.atSec)
  }

  private drawMixture(rates: readonly number[], within: Period, span: Period, touches: Touch[]): void {
    const total = rates.reduce((sum, rate) => sum + rate, 0)
    for (const atSec of drawArrivals(this.random, total, within)) {
      let left = this.random.uniform() * total
      let channel = 0
      while (channel < rates.length - 1 && left >= rates[channel]!) left -= rates[channel++]!
      this.add({ atSec, channel }, span, touches)
    }
  }

  private add(touch: Touch, span: Period, touches: Touch[]): void {
    touches.push(touch)
    for (const { channel, probability, delaySec } of this.followUps[touch.channel]!) {
      if (this.random.uniform() >= probability) continue
      const atSec = touch.atSec + 1 + Math.floor(drawExponential(this.random) * delaySec)
      if (atSec < span.toSec) this.add({ atSec, channel }, span, touches)
    }
  }
}
