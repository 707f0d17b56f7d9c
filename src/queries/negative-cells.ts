import { cellCount } from '../examples/pattern.ts'
import {
  BITS_PER_WORD,
  type CellsByBit,
  cellsByBit,
  readTouchedBits,
  type WordLayout,
} from '../examples/pattern-words.ts'

/** On which days, counted from 1970-01-01, examples are. */
export interface ExampleDays {
  /** Undefined: from each user's first. */
  readonly firstDay: number | undefined
  readonly lastDay: number
}

/** How many examples without a conversion touched each cell, days before * channels + channel: of everybody, kept or not. */
export class NegativeCells {
  readonly all: Float64Array
  /** Of them, those of users who validate. */
  readonly validating: Float64Array
  private readonly layout: WordLayout
  private readonly days: ExampleDays
  private readonly byBit: CellsByBit
  private readonly touched: Uint32Array

  constructor(layout: WordLayout, days: ExampleDays) {
    this.layout = layout
    this.days = days
    this.byBit = cellsByBit(layout)
    this.touched = new Uint32Array(layout.count * BITS_PER_WORD)
    this.all = new Float64Array(cellCount(layout.grid))
    this.validating = new Float64Array(cellCount(layout.grid))
  }

  /** Adds examples by pattern. @param words a column each. O(words + cells). */
  addPatterns(words: readonly Float64Array[], examples: Float64Array, validating: Float64Array): void {
    for (let row = 0; row < examples.length; row++) {
      const found = readTouchedBits(words, row, this.touched)
      for (let k = 0; k < found; k++) {
        const bit = this.touched[k]!
        this.add(this.byBit.daysBefore[bit]!, this.byBit.channels[bit]!, examples[row]!, validating[row]!)
      }
    }
  }

  /**
   * Adds touches of a day by users who are examples on all days from then on: a touch is in the windows of W days.
   * @param words whose row has in cells of day 0 the touches at or before the day's moment, which the day's own example has, and in cells of
   *   1 day before all touches, which the examples of the later days have.
   */
  addDay(day: number, words: readonly Float64Array[], row: number, users: number, validating: number): void {
    const { firstDay = day, lastDay } = this.days
    const found = readTouchedBits(words, row, this.touched)
    for (let k = 0; k < found; k++) {
      const bit = this.touched[k]!
      const [from, to] = this.byBit.daysBefore[bit] === 0 ? [0, 0] : [1, this.layout.grid.lookbackDays - 1]
      for (let ago = Math.max(from, firstDay - day); ago <= Math.min(to, lastDay - day); ago++) {
        this.add(ago, this.byBit.channels[bit]!, users, validating)
      }
    }
  }

  private add(daysBefore: number, channel: number, examples: number, validating: number): void {
    const cell = daysBefore * this.layout.grid.channelCount + channel
    this.all[cell]! += examples
    this.validating[cell]! += validating
  }
}

/** What a sample of users without a conversion lacks, counted for everybody. */
export interface SampledNegatives {
  /** Examples that the patterns stand for: by chance more or fewer than there are. */
  readonly negativeExamples: number
  readonly negativeValidationExamples: number
  /** See {@link NegativeCells}. */
  readonly negativeCells: readonly number[]
  readonly negativeValidationCells: readonly number[]
}
