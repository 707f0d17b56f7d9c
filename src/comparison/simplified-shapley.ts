import { CompensatedSums } from '../numerics/compensated-sum.ts'
import type { ChannelCredits } from './method-rows.ts'
import { type PathTable, placesOf } from './path-table.ts'

/**
 * Shapley values of the game in which a coalition of channels is worth the conversions of paths that touch no other
 * channel (Zhao et al. 2018, https://arxiv.org/abs/1804.05327): each conversion in equal parts to the distinct channels
 * of its path.
 * @param channelCount length of the vocabulary.
 *
 * O(touches of the distinct paths).
 */
export function simplifiedShapley(paths: PathTable, channelCount: number): ChannelCredits {
  const conversions = new CompensatedSums(channelCount)
  const value = new CompensatedSums(channelCount)
  for (let path = 0; path < paths.count; path++) {
    const distinct = new Set(placesOf(paths, path))
    for (const place of distinct) {
      conversions.add(place, paths.conversions[path]! / distinct.size)
      value.add(place, paths.value[path]! / distinct.size)
    }
  }
  return { conversions: conversions.totals(), value: value.totals() }
}
