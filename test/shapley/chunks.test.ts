import { describe, expect, it } from 'vitest'
import { chunksBySize } from '../../src/shapley/attribution.ts'

describe('chunks of patterns', () => {
  const grid = { lookbackDays: 5, channelCount: 8 }
  // Two words each: {0,1}, {}, {33}, {0}, {0,33}.
  const words = Uint32Array.of(3, 0, 0, 0, 0, 2, 1, 0, 1, 2)
  const patterns = { grid, count: 5, wordsPerPattern: 2, words }
  const coalitionCounts = Float64Array.of(4, 1, 2, 2, 4)

  it('hold patterns with fewest cells first, then by bits', () => {
    expect(Array.from(chunksBySize(patterns, coalitionCounts, 1000))).toEqual([[1, 2, 3, 4, 0]])
  })

  it('end with the game that fills them, so that each holds one at least', () => {
    expect(Array.from(chunksBySize(patterns, coalitionCounts, 3))).toEqual([[1, 2], [3, 4], [0]])
    expect(Array.from(chunksBySize(patterns, coalitionCounts, 1))).toEqual([[1], [2], [3], [4], [0]])
  })

  it('are none without patterns', () => {
    const none = { ...patterns, count: 0 }
    expect(Array.from(chunksBySize(none, new Float64Array(0), 10))).toEqual([])
  })
})
