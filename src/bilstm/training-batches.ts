import { type CellGrid, type PatternBlock, wordsPerPattern } from '../examples/pattern.ts'
import type { PatternDraws } from './pattern-draws.ts'

/** Distinct patterns, each with its weight in the loss. */
export interface TrainingBatch extends PatternBlock {
  readonly labels: Float32Array
  /** Examples that each pattern represents, divided by all examples: they add up to 1 on average. */
  readonly weights: Float32Array
}

/** One class as {@link TrainingBatches} mixes it. */
export interface DrawnClass {
  readonly label: 0 | 1
  readonly draws: PatternDraws
  /** Training examples of the class. */
  readonly examples: number
}

/**
 * Half of each batch are conversions, although they are rare, and the loss is weighted back to the examples' own
 * proportions: the gradient is that of all examples, with a fraction of the noise. A pattern drawn more than once is one
 * row.
 */
export class TrainingBatches {
  private readonly classes: readonly DrawnClass[]
  private readonly grid: CellGrid
  private readonly batchSize: number
  private readonly words: Uint32Array
  private readonly labels: Float32Array
  private readonly weights: Float32Array

  /** @param batchSize draws of a batch, at least 2. */
  constructor(grid: CellGrid, classes: readonly DrawnClass[], batchSize: number) {
    this.grid = grid
    this.classes = classes
    this.batchSize = batchSize
    this.words = new Uint32Array(batchSize * wordsPerPattern(grid))
    this.labels = new Float32Array(batchSize)
    this.weights = new Float32Array(batchSize)
  }

  /**
   * @returns the next batch, valid until the next call.
   * @throws the signal's reason when it is aborted.
   */
  async next(signal: AbortSignal): Promise<TrainingBatch> {
    const perPattern = wordsPerPattern(this.grid)
    const examples = this.classes.reduce((sum, one) => sum + one.examples, 0)
    let rows = 0
    for (const [at, { label, draws, examples: ofClass }] of this.classes.entries()) {
      const quota = at === 0 ? Math.ceil(this.batchSize / 2) : Math.floor(this.batchSize / 2)
      const weight = ofClass / examples / quota
      const rowsByKey = new Map<number, number>()
      await draws.draw(
        quota,
        (pool, index, pass) => {
          const key = pass * 2 ** 32 + index
          let row = rowsByKey.get(key)
          if (row === undefined) {
            row = rows++
            rowsByKey.set(key, row)
            const first = index * perPattern
            this.words.set(pool.words.subarray(first, first + perPattern), row * perPattern)
            this.labels[row] = label
            this.weights[row] = 0
          }
          this.weights[row]! += weight
        },
        signal,
      )
    }
    return {
      grid: this.grid,
      count: rows,
      wordsPerPattern: perPattern,
      words: this.words,
      labels: this.labels.subarray(0, rows),
      weights: this.weights.subarray(0, rows),
    }
  }
}
