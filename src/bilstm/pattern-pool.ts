import { DataError } from '../errors.ts'
import { type CellGrid, type PatternRecord, wordsPerPattern } from '../examples/pattern.ts'
import { withRoom } from '../numerics/with-room.ts'

/** Patterns of one class with their weights, packed; grows up to a bound. */
export class PatternPool {
  readonly grid: CellGrid
  readonly wordsPerPattern: number
  count = 0
  words: Uint32Array
  /** Examples that a pattern stands for. */
  weights: Float64Array

  constructor(grid: CellGrid) {
    this.grid = grid
    this.wordsPerPattern = wordsPerPattern(grid)
    this.words = new Uint32Array(1024 * this.wordsPerPattern)
    this.weights = new Float64Array(1024)
  }

  /**
   * Amortised O(words + cells).
   * @throws {DataError} where a cell lies outside the grid.
   */
  add({ daysBefore, channels }: PatternRecord, weight: number): void {
    this.words = withRoom(this.words, (this.count + 1) * this.wordsPerPattern)
    this.weights = withRoom(this.weights, this.count + 1)
    const { lookbackDays, channelCount } = this.grid
    for (let k = 0; k < daysBefore.length; k++) {
      const [day, channel] = [daysBefore[k]!, channels[k]!]
      if (!(day >= 0 && day < lookbackDays && channel >= 0 && channel < channelCount)) {
        throw new DataError(
          `bilstm: got a touch ${day} days before on channel ${channel}, ` +
            `the grid has ${lookbackDays} days and ${channelCount} channels; export again`,
        )
      }
      const cell = day * channelCount + channel
      this.words[this.count * this.wordsPerPattern + (cell >>> 5)]! |= 1 << (cell & 31)
    }
    this.weights[this.count] = weight
    this.count++
  }

  clear(): void {
    this.words.fill(0, 0, this.count * this.wordsPerPattern)
    this.count = 0
  }
}

/** Which of a record's examples a pool is about. */
export type WeightOf = (record: PatternRecord) => number

export const trainingWeight: WeightOf = ({ count, validationCount }) => count - validationCount
export const validationWeight: WeightOf = ({ validationCount }) => validationCount

/**
 * Takes a sample out of a stream that may be longer than memory: systematic sampling proportional to weight (Madow
 * 1949), so that a pattern of weight w is met `draws * w / total` times, rounded up or down, and on average exactly.
 */
export class SystematicSampler {
  private readonly step: number
  private place: number

  /**
   * @param total weight of the stream.
   * @param draws how many to take.
   * @param start 0 <= start < 1, drawn evenly.
   */
  constructor(total: number, draws: number, start: number) {
    this.step = total / draws
    this.place = start * this.step
  }

  /** @returns how many times a pattern of so much weight is drawn. O(1). */
  times(weight: number): number {
    this.place -= weight
    if (this.place > 0) return 0
    const times = Math.floor(-this.place / this.step) + 1
    this.place += times * this.step
    return times
  }
}
