import { setImmediate } from 'node:timers/promises'
import type { WeightedPredictions } from '../numerics/weighted-metrics.ts'
import { withRoom } from '../numerics/with-room.ts'
import {
  type CellGrid,
  type PatternRecord,
  setTouchedCells,
  type ValueFunction,
  wordsPerPattern,
} from './pattern.ts'

/** Patterns of one class with their weights, packed; equal patterns stay separate. */
export class PatternPool {
  readonly grid: CellGrid
  readonly wordsPerPattern: number
  count = 0
  words: Uint32Array
  /** Number of examples that each pattern stands for. */
  weights: Float64Array

  constructor(grid: CellGrid) {
    this.grid = grid
    this.wordsPerPattern = wordsPerPattern(grid)
    this.words = new Uint32Array(1024 * this.wordsPerPattern)
    this.weights = new Float64Array(1024)
  }

  /**
   * Amortised O(words + cells).
   * @throws {DataError} if a cell lies outside the grid.
   */
  add(record: PatternRecord, weight: number): void {
    this.words = withRoom(this.words, (this.count + 1) * this.wordsPerPattern)
    this.weights = withRoom(this.weights, this.count + 1)
    setTouchedCells(this.grid, record, this.words, this.count * this.wordsPerPattern)
    this.weights[this.count] = weight
    this.count++
  }

  clear(): void {
    this.words.fill(0, 0, this.count * this.wordsPerPattern)
    this.count = 0
  }
}

/** Patterns whose examples all have the same label. */
export interface LabelledPool {
  readonly label: 0 | 1
  readonly patterns: PatternPool
}

/**
 * Predicts the probability of every pattern, pool by pool.
 * @param batchPatterns patterns per call of the value function.
 * @throws the signal's reason when it is aborted, between two batches.
 */
export async function predictPools(
  pools: readonly LabelledPool[],
  predict: ValueFunction,
  batchPatterns: number,
  signal?: AbortSignal,
): Promise<WeightedPredictions> {
  const size = pools.reduce((sum, { patterns }) => sum + patterns.count, 0)
  const probabilities = new Float64Array(size)
  const labels = new Float32Array(size)
  const weights = new Float64Array(size)
  let filled = 0
  for (const { label, patterns } of pools) {
    const { grid, count, words, wordsPerPattern } = patterns
    labels.fill(label, filled, filled + count)
    weights.set(patterns.weights.subarray(0, count), filled)
    for (let first = 0; first < count; first += batchPatterns) {
      // A value function may never leave the microtask queue; without this no timer and no signal handler would run.
      await setImmediate()
      signal?.throwIfAborted()
      const some = Math.min(batchPatterns, count - first)
      const batch = { grid, count: some, wordsPerPattern, words: words.subarray(first * wordsPerPattern) }
      probabilities.set(await predict(batch), filled + first)
    }
    filled += count
  }
  return { probabilities, labels, weights }
}
