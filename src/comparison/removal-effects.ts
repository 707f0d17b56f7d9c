import { compensatedSum } from '../numerics/compensated-sum.ts'
import { COLUMNS, NO_PLACE, solveAbsorption } from './absorption.ts'
import { buildChainRows, type ChainRows } from './chain-rows.ts'
import type { MarkovChain } from './markov-chain.ts'
import type { ChannelCredits, PathTotals } from './method-rows.ts'

/** What is lost without a channel, by place. */
export interface RemovalEffects {
  /** Fraction of the conversions, 0 to 1; all 0 if no path converts. */
  readonly conversions: Float64Array
  /** Fraction of the value; the same as for conversions if the value has no positive total. */
  readonly value: Float64Array
}

/**
 * Removes the channels one by one: every transition into a state whose newest touch is the channel leads to no conversion
 * instead. The effect is the probability of touching the channel and converting, divided by the probability of
 * converting. It is solved for directly, not as a difference of two probabilities, so small effects are as exact as large
 * ones.
 * @param channelCount length of the vocabulary.
 * @param hasValue false: the effects on value are those on conversions.
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

/** Gains and refunds separately, so each is a sum of positive terms; undefined if their total is not positive. */
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

/** @returns conversions and value in proportion to the effects; all 0 if there are none. */
export function creditsByEffects(effects: RemovalEffects, totals: PathTotals): ChannelCredits {
  const conversions = scaledTo(totals.conversions, effects.conversions)
  const byValue = compensatedSum(effects.value) > 0 ? effects.value : effects.conversions
  return { conversions, value: scaledTo(totals.value, byValue) }
}

function scaledTo(total: number, effects: Float64Array): Float64Array {
  const sum = compensatedSum(effects)
  return effects.map((effect) => (sum > 0 ? (effect / sum) * total : 0))
}

/** @returns the mean reward of a path, and how much of it passes through each channel. */
function lossesOf(chain: MarkovChain, rows: ChainRows, amounts: Float64Array, channelCount: number) {
  const { order } = chain
  const start = (rows.count - 1) * COLUMNS
  const reward = Float64Array.from(rows.states, (state, row) => amounts[state]! / rows.leaving[row]!)
  const solved = solveAbsorption(rows, order, { reward, fixedPlaces: [NO_PLACE], fixed: undefined })
  const rewards = Float64Array.from({ length: rows.count }, (_, row) => solved[row * COLUMNS]!)
  const without = new Float64Array(channelCount)
  for (let first = 0; first < channelCount; first += COLUMNS) {
    const length = Math.min(COLUMNS, channelCount - first)
    const fixedPlaces = Array.from({ length }, (_, at) => first + at)
    const through = solveAbsorption(rows, order, { reward: undefined, fixedPlaces, fixed: rewards })
    without.set(through.subarray(start, start + length), first)
  }
  return { all: rewards.at(-1)!, without }
}
