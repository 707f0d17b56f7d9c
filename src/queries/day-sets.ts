import { DataError } from '../errors.ts'
import type { WordLayout } from '../examples/pattern-words.ts'
import { withRoom } from '../numerics/with-room.ts'
import { checkOf, NUMBER_STEP } from './day-sets-sql.ts'

/** The days' sets of channels whose numbers stand in the words of a result. @see setLayoutOf */
export class DaySets {
  private readonly numbers: WordLayout
  private readonly touches: WordLayout
  /** That each number of a set at this place has; 0: not known yet. */
  private checks = new Uint8Array(1024)
  /** Word p of the set at place n is at [n * wordsPerDay + p]; 0 where there is none, up to the end of each set. */
  private words = new Float64Array(1024)

  /** @param numbers how they lie in words. @param touches how a day's touches do. */
  constructor(numbers: WordLayout, touches: WordLayout) {
    this.numbers = numbers
    this.touches = touches
  }

  /** @param at the set's place in their order times the words of a day, plus the place of this word. */
  add(at: number, word: number): void {
    this.words = withRoom(this.words, at + this.touches.wordsPerDay)
    this.words[at] = word
  }

  /**
   * The loop is hot.
   * @param columns of numbers.
   * @returns the touches that they stand for, a column for each word. O(rows x words of touches).
   * @throws {DataError} where a number's set has other words, or none.
   */
  wordsOf(columns: readonly Float64Array[]): Float64Array[] {
    const { daysPerWord, channelsPerWord, grid } = this.numbers
    const { wordsPerDay } = this.touches
    const rows = columns[0]?.length ?? 0
    const found: Float64Array[] = []
    for (let day = 0; day < grid.lookbackDays; day++) {
      const numbers = columns[Math.floor(day / daysPerWord)]!
      const [unit, end] = [2 ** ((day % daysPerWord) * channelsPerWord), 2 ** channelsPerWord]
      const ofDay = Array.from({ length: wordsPerDay }, () => new Float64Array(rows))
      for (let row = 0; row < rows; row++) {
        const number = Math.floor(numbers[row]! / unit) % end
        if (number === 0) continue
        const place = Math.floor(number / NUMBER_STEP)
        if (number % NUMBER_STEP !== this.checkAt(place)) throw rowsHaveArrived()
        for (let part = 0; part < wordsPerDay; part++)
          ofDay[part]![row] = this.words[place * wordsPerDay + part]!
      }
      found.push(...ofDay)
    }
    return found
  }

  /** @returns the check of the words at this place; 0 where there are none. */
  private checkAt(place: number): number {
    const known = this.checks[place]
    if (known !== undefined && known > 0) return known
    const { wordsPerDay } = this.touches
    const words = this.words.subarray(place * wordsPerDay, (place + 1) * wordsPerDay)
    if (words.every((word) => !(word > 0))) return 0
    this.checks = withRoom(this.checks, place + 1)
    const check = checkOf(words)
    this.checks[place] = check
    return check
  }
}

function rowsHaveArrived(): DataError {
  return new DataError(
    'rows of touchpoints came or went while the export read them, so that its days hold other channels than those it listed; ' +
      'export again, with --to (TO) where rows are still being added',
  )
}
