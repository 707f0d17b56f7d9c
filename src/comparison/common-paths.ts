import { BASELINE_CHANNEL } from '../tables/attribution.ts'
import type { PathTableRow } from '../tables/comparison.ts'
import { SEPARATOR } from './parse-path.ts'
import { type PathTable, placesOf } from './path-table.ts'

/** A path and its outcomes. */
export interface CommonPath {
  /** Channels in time order of the touches; empty for conversions without a touch. */
  readonly channels: readonly string[]
  /** Credited conversions and their value. */
  readonly conversions: number
  readonly value: number
  /** Conversions that were learned from, credited or not, and paths without one. */
  readonly learnedConversions: number
  readonly nullPaths: number
}

/** Longer paths come from machines and are never common; they count, but are not shown. */
const MAX_TOUCHES = 100

/**
 * @returns the paths of at most 100 touches with the most credited conversions, then the most conversions and null paths;
 * ties in table order. O(paths log paths).
 */
export function commonestPaths(
  paths: PathTable,
  channels: readonly string[],
  limit: number,
): readonly CommonPath[] {
  const all = Uint32Array.from({ length: paths.count }, (_, path) => path)
  const shown = all.filter((path) => paths.starts[path + 1]! - paths.starts[path]! <= MAX_TOUCHES)
  const ranked = shown.sort(
    (left, right) =>
      paths.creditedConversions[right]! - paths.creditedConversions[left]! ||
      paths.conversions[right]! - paths.conversions[left]! ||
      paths.nullPaths[right]! - paths.nullPaths[left]! ||
      left - right,
  )
  return Array.from(ranked.subarray(0, limit), (path) => ({
    channels: Array.from(placesOf(paths, path), (place) => channels[place]!),
    conversions: paths.creditedConversions[path]!,
    value: paths.creditedValue[path]!,
    learnedConversions: paths.conversions[path]!,
    nullPaths: paths.nullPaths[path]!,
  }))
}

/** @returns the table of paths. @param hasValue whether conversions have a value. */
export function pathRows(paths: readonly CommonPath[], hasValue: boolean): readonly PathTableRow[] {
  return paths.map(({ channels, conversions, value, learnedConversions, nullPaths }, at) => ({
    rank: at + 1,
    path: pathText(channels),
    touches: channels.length,
    conversions,
    value: hasValue ? value : null,
    learnedConversions,
    nullPaths,
    conversionRate: channels.length === 0 ? null : learnedConversions / (learnedConversions + nullPaths),
  }))
}

/**
 * @returns a readable path: `email > search`. A channel that could be mistaken for several or for none is quoted as in
 *   JSON; a path without a touch is `(baseline)`.
 */
export function pathText(channels: readonly string[]): string {
  if (channels.length === 0) return BASELINE_CHANNEL
  return channels.map((channel) => (isPlain(channel) ? channel : JSON.stringify(channel))).join(' > ')
}

function isPlain(channel: string): boolean {
  if (channel === BASELINE_CHANNEL || channel !== channel.trim()) return false
  return !SEPARATOR.test(channel) && !/^\[|["\p{Cc}]/u.test(channel)
}
