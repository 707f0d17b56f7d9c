import { PatternTable } from '../numerics/pattern-table.ts'
import {
  type CellGrid,
  type ConvertingPatterns,
  type PatternRecord,
  setTouchedCells,
  wordsPerPattern,
} from './pattern.ts'

/** Collects patterns that led to conversions; equal ones, for example of several shards, become one. */
export class DistinctPatterns {
  private readonly grid: CellGrid
  private readonly table: PatternTable
  private readonly words: Uint32Array
  private readonly conversions: number[] = []
  private readonly value: number[] = []

  constructor(grid: CellGrid) {
    this.grid = grid
    this.words = new Uint32Array(wordsPerPattern(grid))
    this.table = new PatternTable(this.words.length)
  }

  /** @throws {DataError} if a cell lies outside the grid. Expected O(words + cells). */
  add(record: PatternRecord): void {
    this.words.fill(0)
    setTouchedCells(this.grid, record, this.words, 0)
    const pattern = this.table.intern(this.words, 0)
    this.conversions[pattern] = (this.conversions[pattern] ?? 0) + record.count
    this.value[pattern] = (this.value[pattern] ?? 0) + record.value
  }

  /** @returns the patterns in the order in which they were first added. */
  build(): ConvertingPatterns {
    const { count, words } = this.table
    return {
      patterns: { grid: this.grid, count, wordsPerPattern: this.table.wordsPerPattern, words },
      conversions: Float64Array.from(this.conversions),
      value: Float64Array.from(this.value),
    }
  }
}

/** @returns the distinct patterns of records. */
export function distinctPatterns(grid: CellGrid, records: Iterable<PatternRecord>): ConvertingPatterns {
  const distinct = new DistinctPatterns(grid)
  for (const record of records) distinct.add(record)
  return distinct.build()
}
