import { compensatedSum } from '../numerics/compensated-sum.ts'
import { COLUMNS, NO_PLACE, solveAbsorption } from './absorption.ts'
import { buildChainRows, type ChainRows } from './chain-rows.ts'
import type { MarkovChain } from './markov-chain.ts'
import type { ChannelCredits, PathTotals } from './method-rows.ts'

/** What goes lost without a channel, by place. */
export interface RemovalEffects {
  /** Part of the conversions, 0 to 1; all 0 where no path converts. */
  readonly conversions: Float64Array
  /** Part of the value; as the conversions where the value has no positive total. */
  readonly value: Float64Array
}

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
  const rows = buildChainRows(chain)
  const { all, without } = lossesOf(chain, rows, chain.conversions, channelCount)
  const conversions = without.map((loss) => (all > 0 ? Math.min(1, loss / all) : 0))
  const value = hasValue ? valueEffects(chain, rows, channelCount) : undefined
  return { conversions, value: value ?? conversions }
}

/** Gains and refunds apart, so that each is a sum of positive terms; undefined where their total is not positive. */
function valueEffects(chain: MarkovChain, rows: ChainRows, channelCount: number): Float64Array | undefined {
  const part = (sign: 1 | -1) => chain.value.map((value) => Math.max(0, sign * value))
  const gains = lossesOf(chain, rows, part(1), channelCount)
  if (chain.value.every((value) => value >= 0)) {
    return gains.all > 0 ? gains.without.map((gain) => gain / gains.all) : undefined
  }
  const refunds = lossesOf(chain, rows, part(-1), channelCount)
  const all = gains.all - refunds.all
  return all > 0 ? gains.without.map((gain, place) => (gain - refunds.without[place]!) / all) : undefined
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

/** @returns mean reward of a path, and what of it goes by way of each channel. */
function lossesOf(chain: MarkovChain, rows: ChainRows, amounts: Float64Array, channelCount: number) {
  const { order } = chain
  const start = (rows.count - 1) * COLUMNS
  const reward = Float64Array.from(rows.states, (state, row) => amounts[state]! / rows.leaving[row]!)
  const solved = solveAbsorption(rows, order, { reward, fixedPlaces: [NO_PLACE], fixed: undefined })
  const full = Float64Array.from({ length: rows.count }, (_, row) => solved[row * COLUMNS]!)
  const without = new Float64Array(channelCount)
  for (let first = 0; first < channelCount; first += COLUMNS) {
    const length = Math.min(COLUMNS, channelCount - first)
    const fixedPlaces = Array.from({ length }, (_, at) => first + at)
    const hit = solveAbsorption(rows, order, { reward: undefined, fixedPlaces, fixed: full })
    without.set(hit.subarray(start, start + length), first)
  }
  return { all: full.at(-1)!, without }
}
