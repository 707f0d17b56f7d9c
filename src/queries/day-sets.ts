import type { WordLayout } from '../examples/pattern-words.ts'
import { withRoom } from '../numerics/with-room.ts'

/** The days' sets of channels whose numbers stand in the words of a result. @see setLayoutOf */
export class DaySets {
  private readonly numbers: WordLayout
  private readonly touches: WordLayout
  /** Word p of set n is at [n * wordsPerDay + p]; 0 where there is none, up to the end of each set. */
  private words = new Float64Array(1024)

  /** @param numbers how they lie in words. @param touches how a day's touches do. */
  constructor(numbers: WordLayout, touches: WordLayout) {
    this.numbers = numbers
    this.touches = touches
  }

  /** @param at the set's number times the words of a day, plus the place of this word. */
  add(at: number, word: number): void {
    this.words = withRoom(this.words, at + this.touches.wordsPerDay)
    this.words[at] = word
  }

  /**
   * The loop is hot.
   * @param columns of numbers.
   * @returns the touches that they stand for, a column for each word. O(rows x words of touches).
   */
  wordsOf(columns: readonly Float64Array[]): Float64Array[] {
    const { daysPerWord, channelsPerWord, grid } = this.numbers
    const { wordsPerDay } = this.touches
    const rows = columns[0]?.length ?? 0
    const found: Float64Array[] = []
    for (let day = 0; day < grid.lookbackDays; day++) {
      const numbers = columns[Math.floor(day / daysPerWord)]!
      const [unit, end] = [2 ** ((day % daysPerWord) * channelsPerWord), 2 ** channelsPerWord]
      for (let part = 0; part < wordsPerDay; part++) {
        const column = new Float64Array(rows)
        for (let row = 0; row < rows; row++) {
          const number = Math.floor(numbers[row]! / unit) % end
          if (number > 0) column[row] = this.words[number * wordsPerDay + part]!
        }
        found.push(column)
      }
    }
    return found
  }
}
