import { drawDecayingArrivals } from '../numerics/distributions.ts'
import type { Random } from '../numerics/random.ts'
import { endIntent, type Intent } from './intents.ts'
import type { SimulationParameters } from './parameters.ts'
import { type Period, Rhythm, SECONDS_PER_DAY } from './rhythm.ts'
import { factorOf, happens, type Touch } from './touches.ts'

/** A conversion and its causes: none, one touch, or two touches together. */
export interface Arrival {
  readonly atSec: number
  readonly causes: readonly Touch[]
}

/** A conversion without a cause, and the intention, if any, without which it would not be. */
interface BaselineArrival extends Arrival {
  readonly intent?: Intent
}

const NO_CAUSES: readonly Touch[] = []
const EVERY_DAY = [1, 1, 1, 1, 1, 1, 1]

/**
 * Effects that add up: each touch starts a Poisson process with a decaying rate, and the baseline is another. Where touches
 * are used up, the first arrival of any of them is the conversion, and what other touches before it had in store is lost;
 * otherwise all arrivals are conversions.
 */
export class AddedEffects {
  private readonly random: Random
  private readonly parameters: SimulationParameters
  private readonly rhythm: Rhythm
  /** When touches are followed by conversions; undefined for day and night alike. */
  private readonly effectRhythm: Rhythm | undefined
  /** Indexes of the two channels that act together. */
  private readonly pair: readonly [number, number] | undefined
  /** All that was drawn for the last user. */
  private readonly drawn = new Map<Touch, readonly Arrival[]>()
  private baseline: readonly BaselineArrival[] = []

  constructor(parameters: SimulationParameters, random: Random) {
    this.random = random
    this.parameters = parameters
    const { hours } = parameters
    this.rhythm = new Rhythm(hours?.conversions)
    this.effectRhythm = hours === null ? undefined : new Rhythm(hours.conversions, EVERY_DAY)
    const indexOf = (name: string) => parameters.channels.findIndex(({ channel }) => channel === name)
    const together = parameters.synergy?.channels
    this.pair = together && [indexOf(together[0]), indexOf(together[1])]
  }

  /**
   * Intentions that end with a purchase are ended.
   * @param touches of one user, in time order.
   * @param baselinePerDay of this user; raised by `intents`.
   * @returns conversions in time order.
   */
  *draw(
    touches: readonly Touch[],
    baselinePerDay: number,
    span: Period,
    intents: readonly Intent[],
  ): Generator<Arrival> {
    this.drawn.clear()
    this.baseline = this.drawBaseline(baselinePerDay, span, intents)
    yield* this.resolve(touches, span, intents, (touch, unspent, factor) => {
      const arrivals = [...this.arrivalsAfter(touch, unspent, factor)]
      if (this.parameters.holdout !== null) this.drawn.set(touch, arrivals)
      return arrivals
    })
  }

  /** @returns the conversions of the last user had only these of the touches happened, all else being equal. */
  again(touches: readonly Touch[], span: Period): readonly Arrival[] {
    return [...this.resolve(touches, span, [], (touch) => this.drawn.get(touch) ?? [])]
  }

  private *resolve(
    touches: readonly Touch[],
    span: Period,
    intents: readonly Intent[],
    arrivalsAfter: (touch: Touch, unspent: readonly Touch[], factor: number) => readonly Arrival[],
  ): Generator<Arrival> {
    const { baseline } = this
    const usedUp = this.parameters.afterConversion === 'used-up'
    const factorOf = this.saturation()
    let pending: Arrival[] = []
    let unspent: Touch[] = []
    let nextBaseline = 0
    // The last round has no touch: it covers the rest of the span.
    for (let k = 0; k <= touches.length; k++) {
      const touch = touches[k]
      const untilSec = touch?.atSec ?? span.toSec
      for (;;) {
        while (baseline[nextBaseline] !== undefined && !isStill(baseline[nextBaseline]!)) nextBaseline++
        const arrival = earlier(firstOf(pending), baseline[nextBaseline])
        if (arrival === undefined || arrival.atSec >= untilSec) break
        yield arrival
        if (this.parameters.intent?.endsWithPurchase) endIntent(intents, arrival.atSec)
        if (usedUp) {
          while ((baseline[nextBaseline]?.atSec ?? Number.POSITIVE_INFINITY) <= arrival.atSec) nextBaseline++
          pending = []
          unspent = []
        } else if (arrival === baseline[nextBaseline]) nextBaseline++
        else pending.splice(pending.indexOf(arrival), 1)
      }
      if (touch === undefined) break
      if (!happens(touch)) continue
      pending.push(...arrivalsAfter(touch, unspent, factorOf(touch)))
      unspent.push(touch)
    }
  }

  /** @returns what part of its effect each touch has, asked in time order. */
  private saturation(): (touch: Touch) => number {
    const { saturation } = this.parameters
    if (saturation === null) return () => 1
    let day = Number.NaN
    let touchesOfDay = 0
    return ({ atSec }) => {
      const own = Math.floor(atSec / SECONDS_PER_DAY)
      touchesOfDay = own === day ? touchesOfDay + 1 : 1
      day = own
      return touchesOfDay < saturation.fromTouch ? 1 : saturation.factor
    }
  }

  private drawBaseline(perDay: number, span: Period, intents: readonly Intent[]): BaselineArrival[] {
    const { random, rhythm } = this
    const causes = NO_CAUSES
    const arrivals: BaselineArrival[] = []
    for (const atSec of rhythm.drawArrivals(random, perDay, span)) arrivals.push({ atSec, causes })
    const boost = this.parameters.intent?.baselineBoost ?? 1
    for (const intent of intents) {
      for (const atSec of rhythm.drawArrivals(random, perDay * (boost - 1), intent)) {
        arrivals.push({ atSec, causes, intent })
      }
    }
    return arrivals.sort((left, right) => left.atSec - right.atSec)
  }

  /** What a touch starts: alone, and together with the last unspent touch of its partner channel. */
  private *arrivalsAfter(touch: Touch, unspent: readonly Touch[], factor: number): Generator<Arrival> {
    const { effect, halfLifeDays } = this.parameters.channels[touch.channel]!
    const expected = effect * factor * factorOf(this.parameters, touch)
    yield* this.arrivals(touch.atSec, expected, halfLifeDays, [touch])
    const { synergy } = this.parameters
    if (synergy === null || this.pair === undefined) return
    const partner = this.partnerOf(touch.channel)
    const earliestSec = touch.atSec - synergy.withinDays * SECONDS_PER_DAY
    const partnerTouch = unspent.findLast(({ channel, atSec }) => channel === partner && atSec >= earliestSec)
    if (partnerTouch !== undefined) {
      yield* this.arrivals(touch.atSec, synergy.effect, synergy.halfLifeDays, [partnerTouch, touch])
    }
  }

  private partnerOf(channel: number): number | undefined {
    if (channel === this.pair?.[0]) return this.pair[1]
    return channel === this.pair?.[1] ? this.pair[0] : undefined
  }

  private *arrivals(
    fromSec: number,
    effect: number,
    halfLifeDays: number,
    causes: readonly Touch[],
  ): Generator<Arrival> {
    const { random, effectRhythm: rhythm } = this
    const expected = effect * (rhythm?.peak ?? 1)
    for (const afterSec of drawDecayingArrivals(random, expected, halfLifeDays * SECONDS_PER_DAY)) {
      // At least a second after its touch, so that the order of the rows is defined.
      const atSec = fromSec + Math.max(1, Math.ceil(afterSec))
      if (rhythm !== undefined && random.uniform() >= rhythm.at(atSec)) continue
      yield { atSec, causes }
      if (this.parameters.afterConversion === 'used-up') return
    }
  }
}

/** @returns whether a baseline conversion happens: not if the intention that would have led to it has ended before. */
function isStill({ atSec, intent }: BaselineArrival): boolean {
  return intent === undefined || atSec < intent.toSec
}

function firstOf(pending: readonly Arrival[]): Arrival | undefined {
  let first: Arrival | undefined
  for (const arrival of pending) if (first === undefined || arrival.atSec < first.atSec) first = arrival
  return first
}

/** @returns the earlier one; the right one if they come at once. */
function earlier(left: Arrival | undefined, right: Arrival | undefined): Arrival | undefined {
  if (left === undefined || right === undefined) return left ?? right
  return left.atSec < right.atSec ? left : right
}
