import * as tf from '@tensorflow/tfjs-core'
import type { CellGrid, PatternBlock } from '../../examples/pattern.ts'
import { ADAM, type Backend, type LearningNet, type StepOptions, type Tier } from '../net.ts'
import type { TrainingBatch } from '../training-batches.ts'
import type { Weight } from '../weights.ts'
import { timeMajorLayout, writeDense } from './dense-patterns.ts'
import { buildNetwork, logits, type Network } from './network.ts'

/** Rows of one pass through the network, padded with empty patterns so that all products have one shape. */
const ROWS = 1024

/** @returns the current backend of TensorFlow.js. */
export function tensorflowBackend(tier: Tier): Backend {
  return {
    tier,
    openNet: ({ grid }, weights) => new TensorflowNet(grid, weights),
    openLearningNet: ({ grid }, weights) => new TensorflowNet(grid, weights),
    close: async () => undefined,
  }
}

/** Adam with a rate that can change from step to step. */
class ScheduledAdam extends tf.AdamOptimizer {
  setRate(rate: number): void {
    this.learningRate = rate
  }
}

/** A net composed of operations that every backend of TensorFlow.js has: the reference for our kernels, and the way to a GPU. */
export class TensorflowNet implements LearningNet {
  private readonly grid: CellGrid
  private readonly variables: tf.Variable[]
  private readonly network: Network
  private readonly optimizer = new ScheduledAdam(1e-3, ADAM.first, ADAM.second)

  constructor(grid: CellGrid, weights: readonly Weight[]) {
    this.grid = grid
    this.variables = weights.map(({ values, shape }) =>
      tf.tidy(() => tf.variable(tf.tensor(Float32Array.from(values), [...shape]))),
    )
    this.network = buildNetwork(this.variables)
  }

  /** Always in a batch of the same size. */
  readonly predict = async (patterns: PatternBlock): Promise<Float64Array> => {
    const probabilities = new Float64Array(patterns.count)
    for (let first = 0; first < patterns.count; first += ROWS) {
      const count = Math.min(ROWS, patterns.count - first)
      const some = tf.tidy(() =>
        tf.sigmoid(logits(this.network, this.dense(patterns, first, count, ROWS))).dataSync<'float32'>(),
      )
      probabilities.set(some.subarray(0, count), first)
    }
    return probabilities
  }

  async step(batch: TrainingBatch, { rate, mask, lossScale }: StepOptions): Promise<Float32Array> {
    this.optimizer.setRate(rate)
    const { predictions, grads } = this.gradients(batch, { mask, lossScale })
    this.optimizer.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })))
    tf.dispose(grads)
    return predictions
  }

  async gradient(batch: TrainingBatch, how: StepOptions): Promise<readonly Weight[]> {
    const { grads } = this.gradients(batch, how)
    const weights = this.variables.map(({ name, shape }) => ({
      shape,
      values: Float32Array.from(grads[name]?.dataSync() ?? []),
    }))
    tf.dispose(grads)
    return weights
  }

  async weights(): Promise<readonly Weight[]> {
    return this.variables.map((variable) => ({
      shape: variable.shape,
      values: Float32Array.from(variable.dataSync()),
    }))
  }

  dispose(): void {
    this.optimizer.dispose()
    for (const variable of this.variables) variable.dispose()
  }

  private gradients(batch: TrainingBatch, { mask, lossScale }: Omit<StepOptions, 'rate'>) {
    return tf.tidy(() => {
      const { count } = batch
      const touched = this.dense(batch, 0, count, count)
      const kept = mask === undefined ? undefined : tf.tensor2d(mask, [count, mask.length / count])
      const [labels, weights] = [tf.tensor1d(batch.labels), tf.tensor1d(batch.weights)]
      let predictions = new Float32Array()
      const { grads } = tf.variableGrads(() => {
        const z = logits(this.network, touched, kept)
        predictions = tf.sigmoid(z).dataSync<'float32'>().slice()
        const { SUM } = tf.Reduction
        const loss = tf.losses.sigmoidCrossEntropy<tf.Tensor1D, tf.Scalar>(labels, z, weights, 0, SUM)
        return tf.div(loss, lossScale)
      }, this.variables)
      return { predictions, grads }
    })
  }

  /** @returns some patterns as [days, rows, channels]. */
  private dense(patterns: PatternBlock, first: number, count: number, rows: number): tf.Tensor3D {
    const { lookbackDays, channelCount } = this.grid
    const dense = new Float32Array(lookbackDays * rows * channelCount)
    writeDense(dense, timeMajorLayout(this.grid, rows), patterns, first, count)
    return tf.tensor3d(dense, [lookbackDays, rows, channelCount])
  }
}
