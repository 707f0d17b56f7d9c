import {
  type CellGrid,
  type PatternBlock,
  setTouchedCells,
  type TouchedCells,
  wordsPerPattern,
} from '../src/examples/pattern.ts'

/** @returns the patterns of records as one block, in order; equal ones stay separate. */
export function packPatterns(grid: CellGrid, records: readonly TouchedCells[]): PatternBlock {
  const perPattern = wordsPerPattern(grid)
  const words = new Uint32Array(records.length * perPattern)
  records.forEach((record, at) => {
    setTouchedCells(grid, record, words, at * perPattern)
  })
  return { grid, count: records.length, wordsPerPattern: perPattern, words }
}
