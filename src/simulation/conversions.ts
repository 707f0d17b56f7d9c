import { drawNormal } from '../numerics/distributions.ts'
import type { Random } from '../numerics/random.ts'
import { AddedEffects, type Arrival } from './added-effects.ts'
import { EffectsAtTouches } from './effects-at-touches.ts'
import type { Intent } from './intents.ts'
import { MultipliedEffects } from './multiplied-effects.ts'
import type { SimulationParameters } from './parameters.ts'
import type { Period } from './rhythm.ts'
import type { Touch } from './touches.ts'

export interface SimulatedConversion extends Arrival {
  readonly value: number
  /** The touch on whose row the conversion is recorded (`at-touches`); undefined if it has a row of its own. */
  readonly onTouch?: Touch | undefined
}

/** Draws users' conversions from their touches. */
export class ConversionGenerator {
  private readonly random: Random
  private readonly parameters: SimulationParameters
  private readonly added: AddedEffects
  private readonly multiplied: MultipliedEffects
  private readonly atTouches: EffectsAtTouches

  constructor(parameters: SimulationParameters, random: Random) {
    this.random = random
    this.parameters = parameters
    this.added = new AddedEffects(parameters, random)
    this.multiplied = new MultipliedEffects(parameters, random)
    this.atTouches = new EffectsAtTouches(parameters, random)
  }

  /**
   * @param touches of one user, in time order.
   * @param baselinePerDay of this user; raised by `intents`.
   * @returns conversions in time order.
   */
  draw(
    touches: readonly Touch[],
    baselinePerDay: number,
    span: Period,
    intents: readonly Intent[],
  ): SimulatedConversion[] {
    const conversions: SimulatedConversion[] = []
    for (const arrival of this.arrivals(touches, baselinePerDay, span, intents)) {
      conversions.push({ ...arrival, value: this.drawValue() })
    }
    return conversions
  }

  /** @returns how many conversions the last user would have had with only these of the touches, all else being equal. */
  countAgain(touches: readonly Touch[], span: Period): number {
    return this.added.again(touches, span).length
  }

  private arrivals(
    touches: readonly Touch[],
    baselinePerDay: number,
    span: Period,
    intents: readonly Intent[],
  ): Iterable<Arrival> {
    const { effects } = this.parameters
    if (effects === 'at-touches') return this.atTouches.draw(touches)
    if (effects === 'multiply') return this.multiplied.draw(touches, baselinePerDay, span)
    return this.added.draw(touches, baselinePerDay, span, intents)
  }

  private drawValue(): number {
    const { median, spread } = this.parameters.value
    return Math.round(median * Math.exp(spread * drawNormal(this.random)) * 100) / 100
  }
}
