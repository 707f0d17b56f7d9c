import { drawDecayingArrival, drawExponential, drawNormal } from '../numerics/distributions.ts'
import type { Random } from '../numerics/random.ts'
import type { SimulationParameters } from './parameters.ts'
import { drawArrivals, type Period, SECONDS_PER_DAY, type Touch } from './touches.ts'

/** A conversion and its causes: none, one touch, or two touches together. */
export interface SimulatedConversion {
  readonly atSec: number
  readonly value: number
  readonly causes: readonly Touch[]
  /** The touch on whose row the conversion is recorded (`seed-format`); undefined if it has a row of its own. */
  readonly onTouch: Touch | undefined
}

interface Arrival {
  readonly atSec: number
  readonly causes: readonly Touch[]
}

const NEVER: Arrival = { atSec: Number.POSITIVE_INFINITY, causes: [] }

/** Draws users' conversions from their touches. */
export class ConversionGenerator {
  private readonly random: Random
  private readonly parameters: SimulationParameters
  /** Indexes of the two channels that act together. */
  private readonly pair: readonly [number, number] | undefined

  constructor(parameters: SimulationParameters, random: Random) {
    this.random = random
    this.parameters = parameters
    const indexOf = (name: string) => parameters.channels.findIndex(({ channel }) => channel === name)
    const together = parameters.synergy?.channels
    this.pair = together && [indexOf(together[0]), indexOf(together[1])]
  }

  /**
   * Each touch starts a Poisson process with a decaying rate, and the baseline is another. The first arrival of any of
   * them is the conversion, its process is the cause, and all touches at or before it are used up.
   * @param touches of one user, in time order.
   * @param baselinePerDay of this user; raised by `intents`.
   * @returns conversions in time order.
   */
  draw(
    touches: readonly Touch[],
    baselinePerDay: number,
    span: Period,
    intents: readonly Period[],
  ): SimulatedConversion[] {
    const baseline = this.drawBaseline(baselinePerDay, span, intents)
    const conversions: SimulatedConversion[] = []
    let unspent: Touch[] = []
    let next = NEVER
    let nextBaseline = 0
    // The last round has no touch: it covers the rest of the span.
    for (let k = 0; k <= touches.length; k++) {
      const touch = touches[k]
      const untilSec = touch?.atSec ?? span.toSec
      for (;;) {
        const baselineSec = baseline[nextBaseline] ?? Number.POSITIVE_INFINITY
        if (Math.min(next.atSec, baselineSec) >= untilSec) break
        const arrival = next.atSec < baselineSec ? next : { atSec: baselineSec, causes: [] }
        conversions.push({ ...arrival, value: this.drawValue(), onTouch: undefined })
        while ((baseline[nextBaseline] ?? Number.POSITIVE_INFINITY) <= arrival.atSec) nextBaseline++
        next = NEVER
        unspent = []
      }
      if (touch === undefined) break
      for (const arrival of this.arrivalsAfter(touch, unspent)) if (arrival.atSec < next.atSec) next = arrival
      unspent.push(touch)
    }
    return conversions
  }

  /**
   * The seed format: a user can convert only at a touch, through its effect and what is left of the effects of earlier
   * touches.
   */
  drawOnTouches(touches: readonly Touch[]): SimulatedConversion[] {
    const conversions: SimulatedConversion[] = []
    let unspent: Touch[] = []
    for (const touch of touches) {
      unspent.push(touch)
      const rates = unspent.map((earlier) => this.effectLeft(earlier, touch.atSec))
      const total = rates.reduce((sum, rate) => sum + rate, 0)
      if (this.random.uniform() >= -Math.expm1(-total)) continue
      let left = this.random.uniform() * total
      const cause = unspent.find((_, k) => {
        left -= rates[k]!
        return left < 0
      })
      const causes = [cause ?? touch]
      conversions.push({ atSec: touch.atSec, value: this.drawValue(), causes, onTouch: touch })
      unspent = []
    }
    return conversions
  }

  private effectLeft(touch: Touch, atSec: number): number {
    const { effect, halfLifeDays } = this.parameters.channels[touch.channel]!
    return effect * 2 ** (-(atSec - touch.atSec) / SECONDS_PER_DAY / halfLifeDays)
  }

  private drawBaseline(perDay: number, span: Period, intents: readonly Period[]): number[] {
    const times = [...drawArrivals(this.random, perDay, span)]
    const boost = this.parameters.intent?.baselineBoost ?? 1
    for (const intent of intents) times.push(...drawArrivals(this.random, perDay * (boost - 1), intent))
    return times.sort((left, right) => left - right)
  }

  /** What a touch starts: alone, and together with the last unspent touch of its partner channel. */
  private *arrivalsAfter(touch: Touch, unspent: readonly Touch[]): Generator<Arrival> {
    const { effect, halfLifeDays } = this.parameters.channels[touch.channel]!
    yield this.arrival(touch.atSec, effect, halfLifeDays, [touch])
    const { synergy } = this.parameters
    if (synergy === null || this.pair === undefined) return
    const partner = this.partnerOf(touch.channel)
    const earliestSec = touch.atSec - synergy.withinDays * SECONDS_PER_DAY
    const partnerTouch = unspent.findLast(({ channel, atSec }) => channel === partner && atSec >= earliestSec)
    if (partnerTouch !== undefined) {
      yield this.arrival(touch.atSec, synergy.effect, synergy.halfLifeDays, [partnerTouch, touch])
    }
  }

  private partnerOf(channel: number): number | undefined {
    if (channel === this.pair?.[0]) return this.pair[1]
    return channel === this.pair?.[1] ? this.pair[0] : undefined
  }

  private arrival(fromSec: number, effect: number, halfLifeDays: number, causes: readonly Touch[]): Arrival {
    const afterSec = drawDecayingArrival(this.random, effect, halfLifeDays * SECONDS_PER_DAY)
    // At least a second after its touch, so that the order of the rows is defined.
    return { atSec: fromSec + Math.max(1, Math.ceil(afterSec)), causes }
  }

  private drawValue(): number {
    const { median, spread } = this.parameters.value
    return Math.round(median * Math.exp(spread * drawNormal(this.random)) * 100) / 100
  }
}

/** @returns the periods in which a user intends to buy; they don't overlap. */
export function drawIntents(random: Random, parameters: SimulationParameters, span: Period): Period[] {
  const { intent } = parameters
  if (intent === null) return []
  const intents: Period[] = []
  for (let fromSec = span.fromSec; ; ) {
    fromSec += (drawExponential(random) / intent.periodsPerDay) * SECONDS_PER_DAY
    if (fromSec >= span.toSec) return intents
    const toSec = Math.min(
      span.toSec,
      fromSec + drawExponential(random) * intent.lengthDays * SECONDS_PER_DAY,
    )
    intents.push({ fromSec, toSec })
    fromSec = toSec
  }
}
