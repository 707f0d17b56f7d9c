import { byCodePoint } from '../code-points.ts'

/** The campaign of touches that name none. */
export const NO_CAMPAIGN = '(none)'
/** The campaign that stands for all those of its channel that are not kept apart. */
export const OTHER_CAMPAIGN = '(other)'

/** Campaigns kept apart in all channels together: more than a report can name, few enough for the fit of their factors. */
export const MOST_LEAVES = 1000

/** What touches are told apart by: a campaign of a channel. Two channels may have campaigns of one name. */
export interface Leaf {
  /** Position of the channel in the vocabulary. */
  readonly channel: number
  readonly campaign: string
}

/** The touches of a campaign of a channel, by name. */
export interface CampaignTouches {
  readonly channel: string
  /** Null where the touches name none. */
  readonly campaign: string | null
  readonly touches: number
}

/**
 * @param counted by channel and campaign, no two of them alike. @param channels the ordered vocabulary.
 * @param otherPosition of `(other)` among them: its channels are one campaign, `(other)`. Undefined: other channels are no touches.
 * @param most leaves to keep apart, the most touched ones (ties by code point); the rest of each channel is one, `(other)`.
 * @returns the leaves, grouped by channel in the vocabulary's order, then by code point; every channel has at least one.
 *   O(leaves log leaves).
 */
export function chooseLeaves(
  counted: readonly CampaignTouches[],
  channels: readonly string[],
  otherPosition: number | undefined,
  most = MOST_LEAVES,
): Leaf[] {
  const places = new Map(channels.map((channel, place) => [channel, place]))
  const touches = new Map<string, Leaf & { touches: number }>()
  for (const { channel, campaign, touches: count } of counted) {
    const place = places.get(channel) ?? otherPosition
    if (place === undefined) continue
    const name = place === otherPosition ? OTHER_CAMPAIGN : (campaign ?? NO_CAMPAIGN)
    const key = JSON.stringify([place, name])
    const known = touches.get(key)
    touches.set(key, { channel: place, campaign: name, touches: (known?.touches ?? 0) + count })
  }
  const byTouches = [...touches.values()].sort(
    (left, right) => right.touches - left.touches || inOrder(left, right),
  )
  const kept = byTouches.slice(0, most)
  const folded = new Set(byTouches.slice(most).map(({ channel }) => channel))
  // Folded channels may have kept a campaign of that very name.
  const others = new Set(
    kept.filter(({ campaign }) => campaign === OTHER_CAMPAIGN).map(({ channel }) => channel),
  )
  const filled = new Set([...kept.map(({ channel }) => channel), ...folded])
  return [
    ...kept.map(({ channel, campaign }) => ({ channel, campaign })),
    ...[...folded].filter((channel) => !others.has(channel)).map(otherOf),
    ...channels.flatMap((_, channel) => (filled.has(channel) ? [] : [{ channel, campaign: NO_CAMPAIGN }])),
  ].sort(inOrder)
}

function otherOf(channel: number): Leaf {
  return { channel, campaign: OTHER_CAMPAIGN }
}

function inOrder(left: Leaf, right: Leaf): number {
  return left.channel - right.channel || byCodePoint(left.campaign, right.campaign)
}
