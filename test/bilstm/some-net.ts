import { drawInitialWeights } from '../../src/bilstm/initial-weights.ts'
import type { TrainingBatch } from '../../src/bilstm/training-batches.ts'
import type { NetShape, Weight } from '../../src/bilstm/weights.ts'
import { type CellGrid, cellCount, type PatternBlock, wordsPerPattern } from '../../src/examples/pattern.ts'
import { createRandom } from '../../src/numerics/random.ts'

/** Random weights everywhere: the untrained net's last layer is 0, and all patterns would get the same probability. */
export function someWeights(shape: NetShape, seed = 4): readonly Weight[] {
  const weights = drawInitialWeights({ ...shape, seed, baseRate: 0.2 })
  const random = createRandom(seed, 'some weights')
  for (const [at, { values }] of weights.entries()) {
    const isBiasOrLast = weights[at]!.shape.length === 1 || at === 14
    if (isBiasOrLast) for (let k = 0; k < values.length; k++) values[k]! += 2 * random.uniform() - 1
  }
  return weights
}

/** Random patterns; the first one is empty. */
export function somePatterns(grid: CellGrid, count: number, touched = 0.15): PatternBlock {
  const random = createRandom(count, 'patterns')
  const width = wordsPerPattern(grid)
  const words = new Uint32Array(count * width)
  for (let at = 1; at < count; at++) {
    for (let cell = 0; cell < cellCount(grid); cell++) {
      if (random.uniform() < touched) words[at * width + (cell >>> 5)]! |= 1 << (cell & 31)
    }
  }
  return { grid, count, wordsPerPattern: width, words }
}

export function someBatch(grid: CellGrid, count: number): TrainingBatch {
  const random = createRandom(count, 'labels')
  return {
    ...somePatterns(grid, count),
    labels: Float32Array.from({ length: count }, () => (random.uniform() < 0.5 ? 1 : 0)),
    weights: Float32Array.from({ length: count }, () => (2 * random.uniform()) / count),
  }
}

/** Dropout of a half. */
export function someMask(rows: number, width: number): Float32Array {
  const random = createRandom(rows, 'mask')
  return Float32Array.from({ length: rows * 2 * width }, () => (random.uniform() < 0.5 ? 0 : 2))
}
