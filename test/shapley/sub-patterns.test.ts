import { describe, expect, it } from 'vitest'
import { SubPatterns } from '../../src/shapley/sub-patterns.ts'

/** @returns the sub-patterns' cells, of patterns of two words. */
function cellsIn({ count, words }: SubPatterns): string[] {
  return Array.from({ length: count }, (_, at) =>
    Array.from({ length: 64 }, (_, cell) => cell)
      .filter((cell) => (words[2 * at + (cell >> 5)]! >>> (cell & 31)) & 1)
      .join(),
  )
}

describe('the sub-patterns of a game', () => {
  it('are all of them, each at the place of its players, also after another game', () => {
    const coalitions = new SubPatterns(2)
    coalitions.writeAll([0, 1, 2, 3, 4, 5, 63])
    coalitions.writeAll([3, 31, 40])
    expect(cellsIn(coalitions)).toEqual(['', '3', '31', '3,31', '40', '3,40', '31,40', '3,31,40'])
    coalitions.writeAll([])
    expect(cellsIn(coalitions)).toEqual([''])
  })

  it('are the beginnings of each order and what they leave, between the empty and the whole one', () => {
    const coalitions = new SubPatterns(2)
    const orders = { players: 3, pairs: 2, places: Uint32Array.of(2, 0, 1, 1, 2, 0) }
    coalitions.writeOrders([3, 31, 40], orders)
    expect(cellsIn(coalitions)).toEqual([
      ...['', '40', '3,31', '3,40', '31'],
      ...['31', '3,40', '31,40', '3', '3,31,40'],
    ])
  })
})
