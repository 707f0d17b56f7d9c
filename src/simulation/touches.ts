import { drawExponential, drawFactor } from '../numerics/distributions.ts'
import type { Random } from '../numerics/random.ts'
import type { SimulationParameters } from './parameters.ts'

export const SECONDS_PER_DAY = 86_400
const SECONDS_PER_HOUR = 3600

/** Activity at each hour of the day (UTC) relative to the average. */
const HOURS: readonly number[] = [
  0.5, 0.3, 0.2, 0.2, 0.2, 0.3, 0.5, 0.8, 1, 1.1, 1.2, 1.2, 1.3, 1.2, 1.1, 1.1, 1.2, 1.3, 1.5, 1.8, 1.9, 1.8,
  1.4, 0.9,
]
/** The same for days of the week, starting on Thursday, like 1970. */
const WEEKDAYS: readonly number[] = [1, 0.95, 0.9, 1.1, 1.05, 1, 1]
const BUSIEST = Math.max(...HOURS) * Math.max(...WEEKDAYS)

/** A touch: its time, and the channel's index in the parameters. */
export interface Touch {
  readonly atSec: number
  readonly channel: number
}

/** A period of time, such as one in which a user intends to buy. */
export interface Period {
  readonly fromSec: number
  readonly toSec: number
}

/** @returns activity at that moment relative to the busiest of the week, 0 to 1. */
export function busyness(atSec: number): number {
  const weekday = Math.floor(atSec / SECONDS_PER_DAY) % 7
  const hour = Math.floor((atSec % SECONDS_PER_DAY) / SECONDS_PER_HOUR)
  return (WEEKDAYS[weekday]! * HOURS[hour]!) / BUSIEST
}

/** @returns times in [from, to) of a Poisson process of `perDay` on average that follows the hour and the weekday. */
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

/** Draws users' touches and the touches that these lead to. */
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
        channel: parameters.channels.findIndex((candidate) => candidate.channel === channel),
        probability,
        delaySec: delayHours * SECONDS_PER_HOUR,
      })),
    )
  }

  /** @returns one user's touches within the span, in time order; more of them while the user intends to buy. */
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
