import { type CellGrid, type PatternBlock, wordsPerPattern } from '../examples/pattern.ts'
import { PatternTable } from '../numerics/pattern-table.ts'
import { withRoom } from '../numerics/with-room.ts'

/**
 * Remembers v(S) of every sub-pattern, so that one shared by a thousand patterns is evaluated once. Patterns are interned
 * first, then the pending ones are evaluated in blocks, then values are read.
 */
export class PatternMemo {
  private readonly grid: CellGrid
  private readonly table: PatternTable
  private values = new Float64Array(64)
  private evaluatedCount = 0

  constructor(grid: CellGrid) {
    this.grid = grid
    this.table = new PatternTable(wordsPerPattern(grid))
  }

  /** @returns distinct patterns remembered. */
  get count(): number {
    return this.table.count
  }

  /** @returns patterns whose value is not known yet. */
  get pendingCount(): number {
    return this.table.count - this.evaluatedCount
  }

  /** @returns the number by which {@link valuesAt} knows the pattern at words[offset ...]. Expected O(words). */
  intern(words: Uint32Array, offset: number): number {
    return this.table.intern(words, offset)
  }

  /**
   * @param most patterns to return.
   * @returns the first patterns without a value, in order of interning: a view, valid until the next `intern`. O(1).
   */
  pending(most: number): PatternBlock {
    const perPattern = this.table.wordsPerPattern
    const count = Math.min(most, this.pendingCount)
    const start = this.evaluatedCount * perPattern
    const words = this.table.words.subarray(start, start + count * perPattern)
    return { grid: this.grid, count, wordsPerPattern: perPattern, words }
  }

  /** Stores the values of the first `values.length` pending patterns, in order. O(values), amortised. */
  store(values: Float64Array): void {
    const end = this.evaluatedCount + values.length
    this.values = withRoom(this.values, end)
    this.values.set(values, this.evaluatedCount)
    this.evaluatedCount = end
  }

  /** @returns the values of the patterns with these numbers, which must have been stored. O(indices). */
  valuesAt(indices: Uint32Array): Float64Array {
    const found = new Float64Array(indices.length)
    for (let at = 0; at < indices.length; at++) found[at] = this.values[indices[at]!]!
    return found
  }
}
