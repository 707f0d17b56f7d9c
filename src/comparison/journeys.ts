import { compensatedSum } from '../numerics/compensated-sum.ts'
import { type PathTable, placesOf } from './path-table.ts'

/** Paths with a given number of touches. */
export interface PathLength {
  readonly touches: number
  /** Credited conversions, and paths without one. */
  readonly conversions: number
  readonly nullPaths: number
}

/** Credited conversions whose path goes from one touch to the next. */
export interface PathFlow {
  /** Of the touch that is left, counted back from the conversion: 0 is the last touch of the path. */
  readonly touchesBefore: number
  /** Channel of that touch; null: another than those that are shown. */
  readonly from: string | null
  /** Channel of the touch before it; null likewise, and `''` where the path starts here. */
  readonly previous: string | null
  readonly conversions: number
}

/** How ways to a conversion look, over all paths. */
export interface Journeys {
  /** By ascending number of touches; those of {@link MAX_LENGTH} and more together. */
  readonly lengths: readonly PathLength[]
  /** Channels that flows name, the most touches of converting paths first. */
  readonly channels: readonly string[]
  /** Of the last {@link FLOW_TOUCHES} touches of converting paths. */
  readonly flows: readonly PathFlow[]
}

/** Touches from which on paths count together. */
export const MAX_LENGTH = 20
/** Touches before the conversion that flows cover. */
export const FLOW_TOUCHES = 4
const FLOW_CHANNELS = 8

/** Marks, in a flow, the start of a path. */
export const PATH_START = ''

/** @param channels the vocabulary. O(touches of the distinct paths). */
export function summarizeJourneys(paths: PathTable, channels: readonly string[]): Journeys {
  const shown = commonPlaces(paths, channels.length)
  return {
    lengths: pathLengths(paths),
    channels: shown.map((place) => channels[place]!),
    flows: pathFlows(paths, shown, channels),
  }
}

function pathLengths(paths: PathTable): readonly PathLength[] {
  const sums = Array.from({ length: MAX_LENGTH + 1 }, () => ({ conversions: 0, nullPaths: 0 }))
  for (let path = 0; path < paths.count; path++) {
    const sum = sums[Math.min(MAX_LENGTH, placesOf(paths, path).length)]!
    sum.conversions += paths.creditedConversions[path]!
    sum.nullPaths += paths.nullPaths[path]!
  }
  return sums
    .map((sum, touches) => ({ touches, ...sum }))
    .filter(({ conversions, nullPaths }) => conversions > 0 || nullPaths > 0)
}

/** The channels with the most touches among the last ones of converting paths. */
function commonPlaces(paths: PathTable, channelCount: number): readonly number[] {
  const touches = new Float64Array(channelCount)
  for (let path = 0; path < paths.count; path++) {
    const conversions = paths.creditedConversions[path]!
    if (conversions === 0) continue
    for (const place of placesOf(paths, path).subarray(-FLOW_TOUCHES)) touches[place]! += conversions
  }
  return Array.from(touches.keys())
    .filter((place) => touches[place]! > 0)
    .sort((left, right) => touches[right]! - touches[left]! || left - right)
    .slice(0, FLOW_CHANNELS)
}

function pathFlows(
  paths: PathTable,
  shown: readonly number[],
  channels: readonly string[],
): readonly PathFlow[] {
  const nameOf = (place: number) => (shown.includes(place) ? channels[place]! : null)
  const flows = new Map<string, Omit<PathFlow, 'conversions'> & { terms: number[] }>()
  for (let path = 0; path < paths.count; path++) {
    const places = placesOf(paths, path)
    const conversions = paths.creditedConversions[path]!
    if (conversions === 0) continue
    const steps = Math.min(FLOW_TOUCHES, places.length)
    for (let touchesBefore = 0; touchesBefore < steps; touchesBefore++) {
      const at = places.length - 1 - touchesBefore
      const from = nameOf(places[at]!)
      const previous = at === 0 ? PATH_START : nameOf(places[at - 1]!)
      const key = JSON.stringify([touchesBefore, from, previous])
      const flow = flows.get(key)
      if (flow === undefined) flows.set(key, { touchesBefore, from, previous, terms: [conversions] })
      else flow.terms.push(conversions)
    }
  }
  return [...flows.values()]
    .map(({ terms, ...flow }) => ({ ...flow, conversions: compensatedSum(terms) }))
    .sort((left, right) => left.touchesBefore - right.touchesBefore || right.conversions - left.conversions)
}
