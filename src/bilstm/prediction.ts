import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import type { CellGrid, PatternBlock, ValueFunction } from '../examples/pattern.ts'
import { timeMajorLayout, writeDense } from './dense-patterns.ts'
import { logits, networkOf } from './network.ts'

/** Rows of one pass through the network, padded with empty patterns so that all products have one shape. */
const ROWS = 1024

/**
 * The model's probability of a pattern, as a pure function: each row is computed by itself, always in a batch of the same
 * size, so that neither its neighbours nor its position matter.
 * @param model on the current backend; it must outlive the function.
 * @param rows of one pass through the network.
 */
export function valueFunctionOf(model: LayersModel, grid: CellGrid, rows: number = ROWS): ValueFunction {
  const predict = batchPredictor(model, grid, rows)
  return async (patterns) => {
    const probabilities = new Float64Array(patterns.count)
    for (let first = 0; first < patterns.count; first += rows) {
      probabilities.set(predict(patterns, first, Math.min(rows, patterns.count - first)), first)
    }
    return probabilities
  }
}

/** @returns the probabilities of `count` patterns of a block from `first` on; count is at most `rows`. */
type BatchPredictor = (
  patterns: Pick<PatternBlock, 'words' | 'wordsPerPattern'>,
  first: number,
  count: number,
) => Float32Array

function batchPredictor(model: LayersModel, grid: CellGrid, rows: number): BatchPredictor {
  const { lookbackDays, channelCount } = grid
  const network = networkOf(model)
  const layout = timeMajorLayout(grid, rows)
  const dense = new Float32Array(lookbackDays * rows * channelCount)
  return (patterns, first, count) => {
    dense.fill(0)
    writeDense(dense, layout, patterns, first, count)
    return tf.tidy(() => {
      const touched = tf.tensor3d(dense, [lookbackDays, rows, channelCount])
      return tf.sigmoid(logits(network, touched)).dataSync<'float32'>().subarray(0, count)
    })
  }
}
