import { CompensatedSums } from '../numerics/compensated-sum.ts'
import { CREDIT_PARTS } from '../queries/exact-sums.ts'
import type { RuleCell } from '../queries/read-paths.ts'
import { type PathTable, placesOf } from './path-table.ts'
import { type RuleOfThumb, rulesOfThumb } from './rules-of-thumb.ts'

/** Rules that paths without times have. */
export const timelessRules: readonly RuleOfThumb[] = rulesOfThumb.filter(({ needsTime }) => !needsTime)

/** All that such a rule depends on: the number of touches, and the number of the last one that is not direct. */
export interface PathShape {
  readonly touches: number
  readonly lastIndirectTouch: number
}

/** What each touch of a shape gets by each rule, in parts of `CREDIT_PARTS`, by {@link shapeKey}. */
export type ShapeShares = ReadonlyMap<string, readonly (readonly bigint[])[]>

export function shapeKey({ touches, lastIndirectTouch }: PathShape): string {
  return `${touches} ${lastIndirectTouch}`
}

/** @returns the distinct shapes of credited paths. @param directPlaces of direct visits. O(touches of the paths). */
export function shapesOf(paths: PathTable, directPlaces: readonly number[]): readonly PathShape[] {
  const direct = new Set(directPlaces)
  const shapes = new Map<string, PathShape>()
  for (let path = 0; path < paths.count; path++) {
    const shape = shapeOf(placesOf(paths, path), direct)
    if (shape.touches > 0 && paths.creditedConversions[path]! > 0) shapes.set(shapeKey(shape), shape)
  }
  return [...shapes.values()]
}

function shapeOf(places: Uint16Array, direct: ReadonlySet<number>): PathShape {
  const last = places.findLastIndex((place) => !direct.has(place))
  return { touches: places.length, lastIndirectTouch: last < 0 ? places.length : last + 1 }
}

/**
 * Credits the conversions of paths by the rules that need no times; conversions are added up exactly.
 * @param shares of all shapes of {@link shapesOf}. @param channelCount length of the vocabulary.
 * @returns a cell per channel, with amounts in the order of {@link timelessRules}. O(touches of the paths x rules).
 */
export function creditPaths(
  paths: PathTable,
  channelCount: number,
  directPlaces: readonly number[],
  shares: ShapeShares,
): readonly RuleCell[] {
  const direct = new Set(directPlaces)
  const parts = timelessRules.map(() => new Array<bigint>(channelCount).fill(0n))
  const values = timelessRules.map(() => new CompensatedSums(channelCount))
  for (let path = 0; path < paths.count; path++) {
    const conversions = paths.creditedConversions[path]!
    const places = placesOf(paths, path)
    if (conversions === 0 || places.length === 0) continue
    const touches = shares.get(shapeKey(shapeOf(places, direct)))!
    places.forEach((place, touch) => {
      touches[touch]!.forEach((part, rule) => {
        if (part === 0n) return
        parts[rule]![place]! += part * BigInt(conversions)
        values[rule]!.add(place, (Number(part) / CREDIT_PARTS) * paths.creditedValue[path]!)
      })
    })
  }
  const totals = values.map((sums) => sums.totals())
  return Array.from({ length: channelCount }, (_, place) => ({
    place,
    daysBefore: null,
    conversions: parts.map((sums) => Number(sums[place]) / CREDIT_PARTS),
    value: totals.map((sums) => sums[place]!),
  }))
}
