import { type CellGrid, cellCount, type PatternBlock, wordsPerPattern } from '../examples/pattern.ts'
import { PatternTable } from '../numerics/pattern-table.ts'
import { withRoom } from '../numerics/with-room.ts'
import type { SubPatterns } from './sub-patterns.ts'

/**
 * Remembers v(S) of every sub-pattern by one or more models, so that one shared by a thousand patterns is evaluated once by
 * each. Patterns are interned first, then the pending ones are evaluated in blocks, then values are read.
 */
export class PatternMemo {
  private readonly grid: CellGrid
  private readonly table: PatternTable
  /** Of each model. */
  private readonly values: Float64Array[]
  private evaluatedCount = 0
  /** Written anew for each game: a new array for each would cost more than the look-ups. */
  private numbers: Uint32Array = new Uint32Array(64)
  private readonly found: Float64Array[]

  /** @param models that give values. */
  constructor(grid: CellGrid, models = 1) {
    this.grid = grid
    this.values = Array.from({ length: models }, () => new Float64Array(64))
    this.found = Array.from({ length: models }, () => new Float64Array(64))
    this.table = new PatternTable(wordsPerPattern(grid), cellCount(grid))
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

  /** @returns whether the pattern is remembered. Expected O(words). */
  has(words: Uint32Array, offset: number): boolean {
    return this.table.find(words, offset) >= 0
  }

  /** Interns the sub-patterns of a game. Expected O(sub-patterns words). */
  internAll({ count, words }: SubPatterns): void {
    const width = this.table.wordsPerPattern
    for (let at = 0; at < count; at++) this.table.intern(words, at * width)
  }

  /**
   * @param most to count up to: beyond it any number above it may be returned.
   * @returns how many of these sub-patterns are not remembered, as if all were distinct. Large ones, which few games share, are looked up first.
   */
  countMissing({ count, words }: SubPatterns, most: number): number {
    const width = this.table.wordsPerPattern
    let missing = 0
    for (let at = count - 1; at >= 0 && missing <= most; at--) {
      if (this.table.find(words, at * width) < 0) missing++
    }
    return missing
  }

  /** @returns the numbers of these sub-patterns, all of which must have been interned: a view, valid until the next call. */
  numbersOf({ count, words }: SubPatterns): Uint32Array {
    const width = this.table.wordsPerPattern
    this.numbers = withRoom(this.numbers, count)
    const { numbers, table } = this
    for (let at = 0; at < count; at++) numbers[at] = table.find(words, at * width)
    return numbers.subarray(0, count)
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

  /**
   * Stores the values of the first pending patterns, in order. O(values), amortised.
   * @param values of each model, equally many.
   */
  store(values: readonly Float64Array[]): void {
    const end = this.evaluatedCount + (values[0]?.length ?? 0)
    values.forEach((ofModel, model) => {
      const grown = withRoom(this.values[model]!, end)
      grown.set(ofModel, this.evaluatedCount)
      this.values[model] = grown
    })
    this.evaluatedCount = end
  }

  /**
   * @returns a model's values of the patterns with these numbers, which must have been stored: a view, valid until the
   * next call for the model. O(indices).
   */
  valuesAt(indices: Uint32Array, model = 0): Float64Array {
    const values = this.values[model]!
    const found = withRoom(this.found[model]!, indices.length)
    this.found[model] = found
    for (let at = 0; at < indices.length; at++) found[at] = values[indices[at]!]!
    return found.subarray(0, indices.length)
  }
}
