import { drawExponential, drawFactor } from '../numerics/distributions.ts'
import type { Random } from '../numerics/random.ts'
import type { CampaignPicker } from './campaigns.ts'
import type { Intent } from './intents.ts'
import type { SimulationParameters } from './parameters.ts'
import { type Period, Rhythm, SECONDS_PER_HOUR } from './rhythm.ts'

/** A touch: its time, the channel's index in the parameters, and what led to it. */
export interface Touch {
  readonly atSec: number
  readonly channel: number
  /** The campaign's index in the parameters; absent where there is none. */
  readonly campaign?: number | undefined
  /** The touch that led to this one. */
  readonly ledBy?: Touch | undefined
  /** The intention that led to this touch, which would not have been without it. */
  readonly intent?: Intent | undefined
}

/** @returns what a touch causes, in parts of what one of its channel causes on average. */
export function factorOf({ campaigns }: SimulationParameters, { campaign }: Touch): number {
  return campaign === undefined ? 1 : (campaigns?.[campaign]?.factor ?? 1)
}

/** @returns the touch that started the chain of touches that led to this one; the touch itself if none did. */
export function startOf(touch: Touch): Touch {
  return touch.ledBy === undefined ? touch : startOf(touch.ledBy)
}

/** @returns whether the touch happens: not if the intention that would have led to its chain has ended before. */
export function happens(touch: Touch): boolean {
  const { intent, atSec } = startOf(touch)
  return intent === undefined || atSec <= intent.toSec
}

/** Draws users' touches and the touches that these lead to. */
export class TouchGenerator {
  private readonly random: Random
  private readonly parameters: SimulationParameters
  private readonly rhythm: Rhythm
  private readonly campaigns: CampaignPicker | undefined
  private readonly followUps: readonly (readonly {
    channel: number
    probability: number
    delaySec: number
  }[])[]

  /** @param campaigns of touches; absent: they have none. */
  constructor(parameters: SimulationParameters, random: Random, campaigns?: CampaignPicker) {
    this.random = random
    this.parameters = parameters
    this.campaigns = campaigns
    this.rhythm = new Rhythm(parameters.hours?.touches)
    this.followUps = parameters.channels.map(({ followUps }) =>
      followUps.map(({ channel, probability, delayHours }) => ({
        channel: parameters.channels.findIndex((candidate) => candidate.channel === channel),
        probability,
        delaySec: delayHours * SECONDS_PER_HOUR,
      })),
    )
  }

  /**
   * @param withheld index of a channel that the user never meets.
   * @returns one user's touches within the span, in time order; more of them while the user intends to buy.
   */
  draw(span: Period, intents: readonly Intent[], withheld?: number): Touch[] {
    const { channels } = this.parameters
    const activity = this.drawActivity()
    const rates = channels.map(({ touchesPerDay, reach }, channel) =>
      this.random.uniform() < reach && channel !== withheld ? (activity * touchesPerDay) / reach : 0,
    )
    const touches: Touch[] = []
    const add = (touch: Touch) => this.add(touch, span, withheld, touches)
    this.drawMixture(rates, span, undefined, add)
    const boosted = rates.map((rate, channel) => rate * (channels[channel]!.intentBoost - 1))
    for (const intent of intents) this.drawMixture(boosted, intent, intent, add)
    return touches.sort((left, right) => left.atSec - right.atSec)
  }

  /** @returns a factor on a user's touches, 1 on average. */
  private drawActivity(): number {
    const { activitySpread, heavyUsers } = this.parameters
    const activity = drawFactor(this.random, activitySpread)
    if (heavyUsers === null) return activity
    const { fraction, touches } = heavyUsers
    const heavy = this.random.uniform() < fraction
    return activity * (heavy ? touches / fraction : (1 - touches) / (1 - fraction))
  }

  private drawMixture(
    rates: readonly number[],
    within: Period,
    intent: Intent | undefined,
    add: (touch: Touch) => void,
  ): void {
    const total = rates.reduce((sum, rate) => sum + rate, 0)
    for (const atSec of this.rhythm.drawArrivals(this.random, total, within)) {
      let left = this.random.uniform() * total
      let channel = 0
      while (channel < rates.length - 1 && left >= rates[channel]!) left -= rates[channel++]!
      add({ atSec, channel, intent })
    }
  }

  private add(drawn: Touch, span: Period, withheld: number | undefined, touches: Touch[]): void {
    const campaign = this.campaigns?.pick(drawn.channel, drawn.atSec)
    const touch = campaign === undefined ? drawn : { ...drawn, campaign }
    touches.push(touch)
    for (const { channel, probability, delaySec } of this.followUps[touch.channel]!) {
      if (this.random.uniform() >= probability) continue
      const atSec = touch.atSec + 1 + Math.floor(drawExponential(this.random) * delaySec)
      if (atSec < span.toSec && channel !== withheld) {
        this.add({ atSec, channel, ledBy: touch }, span, withheld, touches)
      }
    }
  }
}
