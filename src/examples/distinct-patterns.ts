import { PatternTable } from '../numerics/pattern-table.ts'
import {
  type CellGrid,
  type ConvertingPatterns,
  creditedCountOf,
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

  /** @param count conversions. @throws {DataError} if a cell lies outside the grid. Expected O(words + cells). */
  add(record: PatternRecord, count = record.count): void {
    this.words.fill(0)
    setTouchedCells(this.grid, record, this.words, 0)
    const pattern = this.table.intern(this.words, 0)
    this.conversions[pattern] = (this.conversions[pattern] ?? 0) + count
    this.value[pattern] = (this.value[pattern] ?? 0) + record.value
  }

  /** Adds the conversions of a record that are credited; none: nothing. @throws as `add`. */
  addCredited(record: PatternRecord): void {
    const count = creditedCountOf(record)
    if (count > 0) this.add(record, count)
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

/** @returns the distinct patterns of records that have conversions to credit, with these. */
export function creditedPatterns(grid: CellGrid, records: Iterable<PatternRecord>): ConvertingPatterns {
  const distinct = new DistinctPatterns(grid)
  for (const record of records) distinct.addCredited(record)
  return distinct.build()
}
