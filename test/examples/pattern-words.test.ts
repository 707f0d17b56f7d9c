import fc from 'fast-check'
import { expect, it } from 'vitest'
import { cellsOfWords, wordLayoutOf, wordsOfCells } from '../../src/examples/pattern-words.ts'

it('makes words of cells, and the same cells of the words, each word below 2^52', () => {
  const grids = fc.record({
    lookbackDays: fc.integer({ min: 1, max: 40 }),
    channelCount: fc.integer({ min: 1, max: 160 }),
  })
  fc.assert(
    fc.property(grids, fc.array(fc.nat(10_000), { maxLength: 60 }), (grid, drawn) => {
      const layout = wordLayoutOf(grid)
      const cells = [...new Set(drawn.map((cell) => cell % (grid.lookbackDays * grid.channelCount)))].sort(
        (left, right) => left - right,
      )
      const daysBefore = cells.map((cell) => Math.floor(cell / grid.channelCount))
      const channels = cells.map((cell) => cell % grid.channelCount)
      const words = wordsOfCells(layout, daysBefore, channels)
      expect(words).toHaveLength(layout.count)
      expect(Math.max(...words)).toBeLessThan(2 ** 52)
      expect(cellsOfWords(layout, words)).toEqual({ daysBefore, channels })
    }),
  )
})
