import type { ValueFunction } from '../examples/pattern.ts'
import {
  computeRankMetrics,
  type FitMetrics,
  FitSums,
  type RankMetrics,
} from '../numerics/weighted-metrics.ts'
import type { PatternPool } from './pattern-pool.ts'

/** Validating examples of one class: what each pattern weighs is the number of examples. */
export interface ValidationClass {
  readonly label: 0 | 1
  readonly patterns: PatternPool
}

/**
 * @returns how well the model does on the validating examples.
 * @throws {RangeError} where there are none.
 * @throws the signal's reason when it is aborted. One evaluation a pattern and class.
 */
export async function validate(
  classes: readonly ValidationClass[],
  predict: ValueFunction,
  batchSize: number,
  signal: AbortSignal,
): Promise<FitMetrics & RankMetrics> {
  const size = classes.reduce((sum, { patterns }) => sum + patterns.count, 0)
  const probabilities = new Float64Array(size)
  const labels = new Float32Array(size)
  const weights = new Float64Array(size)
  const sums = new FitSums()
  let filled = 0
  for (const { label, patterns } of classes) {
    for (let first = 0; first < patterns.count; first += batchSize) {
      signal.throwIfAborted()
      const batch = await predict(sliceOf(patterns, first, batchSize))
      batch.forEach((probability, row) => {
        const weight = patterns.weights[first + row]!
        sums.add(probability, label, weight)
        probabilities[filled] = probability
        labels[filled] = label
        weights[filled] = weight
        filled++
      })
    }
  }
  return { ...sums.totals(), ...computeRankMetrics(probabilities, labels, weights) }
}

function sliceOf({ grid, count, wordsPerPattern, words }: PatternPool, first: number, most: number) {
  return {
    grid,
    count: Math.min(most, count - first),
    wordsPerPattern,
    words: words.subarray(first * wordsPerPattern),
  }
}
