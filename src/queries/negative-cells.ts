import { cellCount } from '../examples/pattern.ts'
import { type CellsByBit, cellsByBit, readTouchedBits, type WordLayout } from '../examples/pattern-words.ts'

/** Ages of a pattern at which it is examples. */
export interface Ages {
  readonly from: number
  /** Included. */
  readonly to: number
  /** The examples are less by these, which only touches before the pattern's day are in. */
  readonly isCut: boolean
}

/** How many examples without a conversion touched each cell, days before * channels + channel: of everybody, kept or not. */
export class NegativeCells {
  readonly all: Float64Array
  /** Of them, those of users who validate. */
  readonly validating: Float64Array
  private readonly layout: WordLayout
  private readonly byBit: CellsByBit
  private readonly touched: Uint32Array

  constructor(layout: WordLayout) {
    this.layout = layout
    this.byBit = cellsByBit(layout)
    this.touched = new Uint32Array(this.byBit.channels.length)
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

  /** Adds the examples that a pattern yields as it ages. @param pattern a row of columns. O(words + cells * ages). */
  addAges(
    pattern: { readonly words: readonly Float64Array[]; readonly row: number },
    { from, to, isCut }: Ages,
    examples: number,
    validating: number,
  ): void {
    const { lookbackDays } = this.layout.grid
    const sign = isCut ? -1 : 1
    const found = readTouchedBits(pattern.words, pattern.row, this.touched)
    for (let k = 0; k < found; k++) {
      const bit = this.touched[k]!
      const daysBefore = this.byBit.daysBefore[bit]!
      if (isCut && daysBefore === 0) continue
      for (let age = from; age <= to && daysBefore + age < lookbackDays; age++) {
        this.add(daysBefore + age, this.byBit.channels[bit]!, sign * examples, sign * validating)
      }
    }
  }

  private add(daysBefore: number, channel: number, examples: number, validating: number): void {
    const cell = daysBefore * this.layout.grid.channelCount + channel
    this.all[cell]! += examples
    this.validating[cell]! += validating
  }
}

/** What a sample of users' days without a conversion lacks, counted for everybody. */
export interface SampledNegatives {
  /** Examples that the patterns stand for: by chance more or fewer than there are. */
  readonly negativeExamples: number
  readonly negativeValidationExamples: number
  /** See {@link NegativeCells}. */
  readonly negativeCells: readonly number[]
  readonly negativeValidationCells: readonly number[]
}
