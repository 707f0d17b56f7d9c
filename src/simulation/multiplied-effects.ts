import { drawExponential } from '../numerics/distributions.ts'
import type { Random } from '../numerics/random.ts'
import type { Arrival } from './added-effects.ts'
import type { SimulationParameters } from './parameters.ts'
import { type Period, Rhythm, SECONDS_PER_DAY } from './rhythm.ts'
import { factorOf, type Touch } from './touches.ts'

/**
 * Effects that multiply: the rate of conversions is the baseline's times 1 + lift for each touch, and lifts decay. The touch
 * `a` with lift x and the touch `b` with lift y make (1 + x)(1 + y) = 1 + x + y + xy of it: x is caused by `a`, y by `b`, and
 * xy by both, in equal parts. In general a conversion is divided by the Shapley values of this product at its moment, and has
 * as its one cause a touch, or the baseline, drawn with that probability.
 */
export class MultipliedEffects {
  private readonly random: Random
  private readonly parameters: SimulationParameters
  private readonly rhythm: Rhythm
  /** By channel: of a touch at its moment, and the time in which it halves. */
  private readonly lifts: readonly { readonly lift: number; readonly halfLifeSec: number }[]

  constructor(parameters: SimulationParameters, random: Random) {
    this.random = random
    this.parameters = parameters
    this.rhythm = new Rhythm(parameters.hours?.conversions)
    this.lifts = parameters.channels.map(({ effect, halfLifeDays }) => ({
      // By itself, a touch causes baseline x lift x half-life / log 2 conversions.
      lift: (effect * Math.LN2) / (halfLifeDays * parameters.baselinePerDay),
      halfLifeSec: halfLifeDays * SECONDS_PER_DAY,
    }))
  }

  /**
   * @param touches of one user, in time order.
   * @param baselinePerDay of this user.
   * @returns conversions in time order; touches before one are used up.
   */
  *draw(touches: readonly Touch[], baselinePerDay: number, span: Period): Generator<Arrival> {
    const perSec = (baselinePerDay * this.rhythm.peak) / SECONDS_PER_DAY
    let unspent: Touch[] = []
    let atSec = span.fromSec
    for (let k = 0; k <= touches.length; k++) {
      const untilSec = touches[k]?.atSec ?? span.toSec
      for (;;) {
        // Lifts only fall until the next touch, so that the rate now bounds the later ones: thinning as in `Rhythm`.
        const bound = product(this.liftsAt(unspent, atSec))
        atSec += drawExponential(this.random) / (perSec * bound)
        if (atSec >= untilSec) break
        const lifts = this.liftsAt(unspent, atSec)
        if (this.random.uniform() * bound >= this.rhythm.at(atSec) * product(lifts)) continue
        // At least a second after its touches, so that the order of the rows is defined.
        const convertedSec = Math.max(Math.floor(atSec), (unspent.at(-1)?.atSec ?? -1) + 1)
        const cause = this.drawCause(lifts)
        yield { atSec: convertedSec, causes: cause === undefined ? [] : [unspent[cause]!] }
        unspent = []
      }
      atSec = untilSec
      if (touches[k] !== undefined) unspent.push(touches[k]!)
    }
  }

  private liftsAt(touches: readonly Touch[], atSec: number): number[] {
    return touches.map((touch) => {
      const { lift, halfLifeSec } = this.lifts[touch.channel]!
      return lift * factorOf(this.parameters, touch) * 2 ** (-(atSec - touch.atSec) / halfLifeSec)
    })
  }

  /**
   * Adds the touches in random order; each gets what it adds to the product then, which is its Shapley value on average.
   * @returns the index of the touch that the drawn point of the product belongs to; undefined for the baseline.
   */
  private drawCause(lifts: readonly number[]): number | undefined {
    const point = this.random.uniform() * product(lifts)
    const left = lifts.map((_, at) => at)
    for (let rate = 1; point >= rate && left.length > 0; ) {
      const [next] = left.splice(this.random.below(left.length), 1)
      rate *= 1 + lifts[next!]!
      if (point < rate || left.length === 0) return next
    }
    return undefined
  }
}

function product(lifts: readonly number[]): number {
  return lifts.reduce((rate, lift) => rate * (1 + lift), 1)
}
