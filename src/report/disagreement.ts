import type { MethodTotals } from './channel-totals.ts'
import { markovOrder, methodInSentence } from './method-names.ts'
import type { Sentence } from './names.ts'
import { formatShare } from './numbers.ts'

/** The channel on which methods differ most. */
export interface Disagreement {
  readonly channel: string
  readonly most: MethodShare
  readonly least: MethodShare
}

export interface MethodShare {
  readonly method: string
  /** Part of the channels' credit. */
  readonly share: number
}

/**
 * @param methods to compare; those without shares don't count.
 * @returns the channel with the widest gap between two shares; the first of equal ones. Undefined for fewer than two
 *   methods. O(methods x channels).
 */
export function findDisagreement(methods: readonly MethodTotals[]): Disagreement | undefined {
  let widest: Disagreement | undefined
  for (const [channel, shares] of sharesByChannel(methods)) {
    const most = shares.reduce((best, candidate) => (candidate.share > best.share ? candidate : best))
    const least = shares.reduce((best, candidate) => (candidate.share < best.share ? candidate : best))
    if (shares.length < 2 || most.share - least.share <= gapOf(widest)) continue
    widest = { channel, most, least }
  }
  return widest
}

/** @returns the methods to compare: those with shares, and of the Markov chains only the chosen order. */
export function comparedMethods(
  methods: readonly MethodTotals[],
  chosenOrder: number | undefined,
): readonly MethodTotals[] {
  return methods.filter(({ method, channels }) => {
    const order = markovOrder(method)
    return (order === undefined || order === chosenOrder) && channels.some(({ share }) => share !== null)
  })
}

/**
 * @param methods to compare, the leading one first.
 * @returns which channel the methods rank first, and where they disagree most, in words.
 */
export function describeAgreement(methods: readonly MethodTotals[]): readonly Sentence[] {
  return [...firstPlaces(methods), ...widestGap(findDisagreement(methods))]
}

function firstPlaces(methods: readonly MethodTotals[]): readonly Sentence[] {
  const counted = methods.filter(({ method }) => !speaksThroughAnother(method, methods))
  const [leading] = counted
  const first = leading && topChannel(leading)
  if (first === undefined || counted.length < 2) return []
  const agreeing = counted.filter((method) => topChannel(method) === first).length
  const once = counted.length < methods.length ? ', where models made of one another count once' : ''
  return [[whoRanks(agreeing, counted.length), ' ', { name: first }, ` first${once}.`]]
}

/** Methods made of one another would agree with themselves: each is counted as the first of its line that there is. */
const spokenFor: Readonly<Record<string, readonly string[]>> = {
  shapley_bilstm: ['shapley_stacked'],
  shapley_hazard: ['shapley_stacked'],
  hazard_adjusted: ['shapley_stacked', 'shapley_hazard'],
  hazard_calibrated: ['shapley_stacked', 'shapley_hazard'],
}

function speaksThroughAnother(method: string, methods: readonly MethodTotals[]): boolean {
  return methods.some((one) => spokenFor[method]?.includes(one.method))
}

function whoRanks(agreeing: number, all: number): string {
  if (agreeing === all) return all === 2 ? 'Both methods rank' : `All ${all} methods rank`
  return `${agreeing} of ${all} methods ${agreeing === 1 ? 'ranks' : 'rank'}`
}

function widestGap(gap: Disagreement | undefined): readonly Sentence[] {
  if (gap === undefined || gapOf(gap) < 0.0005) return []
  const { channel, most, least } = gap
  return [
    [
      'The methods disagree most about ',
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
    : ranked.reduce((best, total) => ((total.share ?? 0) > (best.share ?? 0) ? total : best)).channel
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
