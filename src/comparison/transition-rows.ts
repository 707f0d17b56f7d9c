import type { RemovalEffectRow, TransitionRow } from '../tables/comparison.ts'
import type { Comparison } from './compare-paths.ts'
import type { MarkovChain } from './markov-chain.ts'

/**
 * @returns the table of transitions: those of the chain of order 1, with the removal effect of the channel that each
 *   comes from. O(transitions log transitions).
 */
export function transitionRows(
  { firstChain, orders }: Pick<Comparison, 'firstChain' | 'orders'>,
  channels: readonly string[],
): readonly TransitionRow[] {
  const effects = orders[0]?.effects
  return Array.from({ length: firstChain.stateCount }, (_, state) => state)
    .sort((left, right) => firstChain.newest[left]! - firstChain.newest[right]!)
    .flatMap((state) => {
      const place = firstChain.newest[state]!
      const steps = stepsFrom(firstChain, state, channels)
      const all = steps.reduce((sum, { count }) => sum + count, 0)
      return steps.map(({ toChannel, toKind, count }) => ({
        fromChannel: place < 0 ? '(start)' : channels[place]!,
        toChannel,
        fromKind: place < 0 ? 'start' : 'channel',
        toKind,
        transitions: count,
        probability: count / all,
        removalEffect: place < 0 ? null : (effects?.[place] ?? null),
      }))
    })
}

/** @returns the table of removal effects: of the chain of order 1, in the order of the vocabulary. */
export function removalEffectRows(
  { orders, methods }: Pick<Comparison, 'orders' | 'methods'>,
  channels: readonly string[],
): readonly RemovalEffectRow[] {
  const effects = orders[0]?.effects
  const credited = methods.find(({ method }) => method === 'markov_1')?.rows ?? []
  // The row of the baseline comes last; a channel may have its name.
  return credited.slice(0, channels.length).map(({ channel, conversions, value, share }, place) => ({
    channel,
    removalEffect: effects?.[place] ?? 0,
    conversions,
    value,
    share,
  }))
}

/** A way from a state, and how often it was taken. */
interface StepFrom extends Pick<TransitionRow, 'toChannel' | 'toKind'> {
  readonly count: number
}

/** Channels by place, then the ends. */
function stepsFrom(chain: MarkovChain, state: number, channels: readonly string[]): readonly StepFrom[] {
  const transitions: [number, number][] = []
  for (let at = chain.rowStarts[state]!; at < chain.rowStarts[state + 1]!; at++) {
    transitions.push([chain.newest[chain.targets[at]!]!, chain.counts[at]!])
  }
  const ends: readonly StepFrom[] = [
    { toChannel: '(conversion)', toKind: 'conversion', count: chain.conversions[state]! },
    { toChannel: '(null)', toKind: 'null', count: chain.nullPaths[state]! },
  ]
  return [
    ...transitions
      .sort(([left], [right]) => left - right)
      .map(([place, count]): StepFrom => ({ toChannel: channels[place]!, toKind: 'channel', count })),
    ...ends.filter(({ count }) => count > 0),
  ]
}
