import type { MethodTotals } from './channel-totals.ts'
import { markovOrder, methodInSentence } from './method-names.ts'
import type { Sentence } from './names.ts'
import { formatShare } from './numbers.ts'

/** The channel about which methods differ most. */
export interface Disagreement {
  readonly channel: string
  readonly most: MethodShare
  readonly least: MethodShare
}

export interface MethodShare {
  readonly method: string
  /** Of the channels' credit. */
  readonly share: number
}

/**
 * @param methods those that are to be compared; without shares they don't count.
 * @returns where the widest gap between two shares is; the first of equal ones. Undefined below two methods.
 *   O(methods x channels).
 */
export function findDisagreement(methods: readonly MethodTotals[]): Disagreement | undefined {
  let widest: Disagreement | undefined
  for (const [channel, shares] of sharesByChannel(methods)) {
    const most = shares.reduce((best, other) => (other.share > best.share ? other : best))
    const least = shares.reduce((best, other) => (other.share < best.share ? other : best))
    if (shares.length < 2 || most.share - least.share <= gapOf(widest)) continue
    widest = { channel, most, least }
  }
  return widest
}

/** @returns the methods that stand for themselves: of the Markov chains only the chosen order. */
export function comparedMethods(
  methods: readonly MethodTotals[],
  chosenOrder: number | undefined,
): readonly MethodTotals[] {
  return methods.filter(({ method, channels }) => {
    const order = markovOrder(method)
    return (order === undefined || order === chosenOrder) && channels.some(({ share }) => share !== null)
  })
}

/** @returns who puts which channel first, and where they disagree most, in words. */
export function describeAgreement(methods: readonly MethodTotals[]): readonly Sentence[] {
  return [...firstPlaces(methods), ...widestGap(findDisagreement(methods))]
}

function firstPlaces(methods: readonly MethodTotals[]): readonly Sentence[] {
  const [leading] = methods
  const first = leading && topChannel(leading)
  if (first === undefined || methods.length < 2) return []
  const same = methods.filter((method) => topChannel(method) === first).length
  if (same === methods.length) return [[`All ${methods.length} methods put `, { name: first }, ' first.']]
  return [[`${same} of ${methods.length} methods put `, { name: first }, ' first.']]
}

function widestGap(gap: Disagreement | undefined): readonly Sentence[] {
  if (gap === undefined || gapOf(gap) < 0.0005) return []
  const { channel, most, least } = gap
  return [
    [
      'They disagree most about ',
      { name: channel },
      `: ${methodInSentence(most.method)} gives it ${formatShare(most.share)} of the channels' credit, ` +
        `${methodInSentence(least.method)} ${formatShare(least.share)}.`,
    ],
  ]
}

function topChannel({ channels }: MethodTotals): string | undefined {
  const ranked = channels.filter(({ share }) => share !== null)
  return ranked.length === 0
    ? undefined
    : ranked.reduce((best, other) => ((other.share ?? 0) > (best.share ?? 0) ? other : best)).channel
}

function gapOf(gap: Disagreement | undefined): number {
  return gap === undefined ? 0 : gap.most.share - gap.least.share
}

function sharesByChannel(methods: readonly MethodTotals[]): ReadonlyMap<string, readonly MethodShare[]> {
  const shares = new Map<string, MethodShare[]>()
  for (const { method, channels } of methods) {
    for (const { channel, share } of channels) {
      if (share === null) continue
      const entries = shares.get(channel) ?? []
      entries.push({ method, share })
      shares.set(channel, entries)
    }
  }
  return shares
}
