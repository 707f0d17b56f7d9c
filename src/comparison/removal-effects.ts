import { compensatedSum } from '../shapley/compensated-sum.ts'
import { NO_PLACE, solveAbsorption, sweepOrder } from './absorption.ts'
import type { MarkovChain } from './markov-chain.ts'
import type { ChannelCredits, PathTotals } from './method-rows.ts'

/** What goes lost without a channel, by place. */
export interface RemovalEffects {
  /** Part of the conversions, 0 to 1; all 0 where no path converts. */
  readonly conversions: Float64Array
  /** Part of the value; as the conversions where the value has no positive total. */
  readonly value: Float64Array
}

/** Channels solved side by side: their values of a state share a cache line. */
const CHANNELS_AT_ONCE = 8

/**
 * Removes one channel after the other: every transition into a state whose newest touch is the channel leads to no
 * conversion instead. The effect is the chance to touch it and convert, divided by the chance to convert; it is solved
 * for as such, and not as a difference of two chances, so that small effects are as exact as large ones.
 * @param channelCount length of the vocabulary.
 * @param hasValue false: the value's effects are those of the conversions.
 *
 * O(transitions x channels x sweeps).
 */
export function removalEffects(chain: MarkovChain, channelCount: number, hasValue: boolean): RemovalEffects {
  const order = sweepOrder(chain)
  const conversions = effectsOn(chain, order, chain.conversions, channelCount).map((effect) =>
    Math.min(1, effect),
  )
  if (!hasValue) return { conversions, value: conversions }
  const total = compensatedSum(chain.value)
  if (!(total > 0)) return { conversions, value: conversions }
  if (chain.value.every((value) => value >= 0)) {
    return { conversions, value: effectsOn(chain, order, chain.value, channelCount) }
  }
  const gains = lossesOf(
    chain,
    order,
    chain.value.map((value) => Math.max(0, value)),
    channelCount,
  )
  const refunds = lossesOf(
    chain,
    order,
    chain.value.map((value) => Math.max(0, -value)),
    channelCount,
  )
  const all = gains.all - refunds.all
  const value = gains.without.map((gain, place) => (gain - refunds.without[place]!) / all)
  return all > 0 ? { conversions, value } : { conversions, value: conversions }
}

/** @returns conversions and value in the proportion of the effects; nothing where there are none. */
export function creditsByEffects(effects: RemovalEffects, totals: PathTotals): ChannelCredits {
  const conversions = scaledTo(totals.conversions, effects.conversions)
  const byValue = compensatedSum(effects.value) > 0 ? effects.value : effects.conversions
  return { conversions, value: scaledTo(totals.value, byValue) }
}

function scaledTo(total: number, effects: Float64Array): Float64Array {
  const sum = compensatedSum(effects)
  return effects.map((effect) => (sum > 0 ? (effect / sum) * total : 0))
}

function effectsOn(chain: MarkovChain, order: Uint32Array, reward: Float64Array, channelCount: number) {
  const { all, without } = lossesOf(chain, order, reward, channelCount)
  return without.map((loss) => (all > 0 ? loss / all : 0))
}

/** @returns mean reward of a path, and what of it goes by way of each channel. */
function lossesOf(chain: MarkovChain, order: Uint32Array, reward: Float64Array, channelCount: number) {
  const full = solveAbsorption(chain, order, { reward, fixedPlaces: [NO_PLACE], fixed: undefined })
  const without = new Float64Array(channelCount)
  for (let first = 0; first < channelCount; first += CHANNELS_AT_ONCE) {
    const length = Math.min(CHANNELS_AT_ONCE, channelCount - first)
    const fixedPlaces = Array.from({ length }, (_, at) => first + at)
    const hit = solveAbsorption(chain, order, { reward: undefined, fixedPlaces, fixed: full })
    without.set(hit.subarray(0, length), first)
  }
  return { all: full[0]!, without }
}
