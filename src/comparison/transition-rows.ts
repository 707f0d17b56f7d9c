import type { TransitionRow } from '../tables/comparison.ts'
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
      const all = steps.reduce((sum, [, count]) => sum + count, 0)
      return steps.map(([toChannel, count]) => ({
        fromChannel: place < 0 ? '(start)' : channels[place]!,
        toChannel,
        transitions: count,
        probability: count / all,
        removalEffect: place < 0 ? null : (effects?.[place] ?? null),
      }))
    })
}

/** Where a path goes from a state, and how often: channels by place, then the ends. */
function stepsFrom(chain: MarkovChain, state: number, channels: readonly string[]): [string, number][] {
  const transitions: [number, number][] = []
  for (let at = chain.rowStarts[state]!; at < chain.rowStarts[state + 1]!; at++) {
    transitions.push([chain.newest[chain.targets[at]!]!, chain.counts[at]!])
  }
  const ends: [string, number][] = [
    ['(conversion)', chain.conversions[state]!],
    ['(null)', chain.nullPaths[state]!],
  ]
  return [
    ...transitions
      .sort(([left], [right]) => left - right)
      .map(([place, count]): [string, number] => [channels[place]!, count]),
    ...ends.filter(([, count]) => count > 0),
  ]
}
