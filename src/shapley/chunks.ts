import { cellsOf, type PatternBlock } from '../examples/pattern.ts'

/**
 * Cuts the patterns into chunks whose games fit in memory, fewest cells first and then by bits: an order that the order
 * of the input can't change.
 * @param coalitionCounts of each pattern's game.
 * @param most coalitions of a chunk's games, exceeded by its last game at most.
 * @returns indices of patterns. O(patterns log patterns).
 */
export function* chunksBySize(
  patterns: PatternBlock,
  coalitionCounts: Float64Array,
  most: number,
): Generator<readonly number[]> {
  let chunk: number[] = []
  let coalitions = 0
  for (const pattern of orderBySize(patterns)) {
    chunk.push(pattern)
    coalitions += coalitionCounts[pattern]!
    if (coalitions >= most) {
      yield chunk
      chunk = []
      coalitions = 0
    }
  }
  if (chunk.length > 0) yield chunk
}

function orderBySize(patterns: PatternBlock): number[] {
  const { words, wordsPerPattern } = patterns
  const sizes = Uint32Array.from(
    { length: patterns.count },
    (_, pattern) => cellsOf(patterns, pattern).length,
  )
  return Array.from(sizes.keys()).sort((left, right) => {
    if (sizes[left] !== sizes[right]) return sizes[left]! - sizes[right]!
    for (let word = 0; word < wordsPerPattern; word++) {
      const difference = words[left * wordsPerPattern + word]! - words[right * wordsPerPattern + word]!
      if (difference !== 0) return difference
    }
    return 0
  })
}
