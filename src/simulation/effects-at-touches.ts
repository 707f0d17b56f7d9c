import type { Random } from '../numerics/random.ts'
import type { Arrival } from './added-effects.ts'
import type { SimulationParameters } from './parameters.ts'
import { SECONDS_PER_DAY } from './rhythm.ts'
import { factorOf, type Touch } from './touches.ts'

/**
 * The seed format: a user can convert only at a touch, through its effect and what is left of the effects of earlier
 * touches.
 */
export class EffectsAtTouches {
  private readonly random: Random
  private readonly parameters: SimulationParameters

  constructor(parameters: SimulationParameters, random: Random) {
    this.random = random
    this.parameters = parameters
  }

  /**
   * @param touches of one user, in time order.
   * @returns conversions in time order, each with the touch on whose row it is recorded.
   */
  *draw(touches: readonly Touch[]): Generator<Arrival & { readonly onTouch: Touch }> {
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
      yield { atSec: touch.atSec, causes: [cause ?? touch], onTouch: touch }
      unspent = []
    }
  }

  private effectLeft(touch: Touch, atSec: number): number {
    const { effect, halfLifeDays } = this.parameters.channels[touch.channel]!
    return (
      effect *
      factorOf(this.parameters, touch) *
      2 ** (-(atSec - touch.atSec) / SECONDS_PER_DAY / halfLifeDays)
    )
  }
}
