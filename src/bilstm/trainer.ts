// Registers the gradients of the core's operations.
import '@tensorflow/tfjs-layers'
import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import type { CellGrid } from '../examples/pattern.ts'
import type { Random } from '../numerics/random.ts'
import type { FitSums } from '../numerics/weighted-metrics.ts'
import { timeMajorLayout, writeDense } from './dense-patterns.ts'
import { buildNetwork, logits, type Network } from './network.ts'
import type { TrainingBatch } from './training-batches.ts'

/** Adam with a rate that can change from step to step. */
class ScheduledAdam extends tf.AdamOptimizer {
  setRate(rate: number): void {
    this.learningRate = rate
  }
}

/** How {@link Trainer} changes the weights. */
export interface TrainerOptions {
  readonly grid: CellGrid
  readonly dropoutRate: number
  /** Draws what dropout leaves out. */
  readonly random: Random
  /** Divides the loss, which only changes its scale: Adam's epsilon is not small compared with a rare event. */
  readonly lossScale: number
}

/** Takes gradient steps on a model's weights in place. Dispose of it after the last one. */
export class Trainer {
  private readonly options: TrainerOptions
  private readonly variables: tf.Variable[]
  private readonly network: Network
  private readonly optimizer = new ScheduledAdam(1e-3, 0.9, 0.999)

  constructor(model: LayersModel, options: TrainerOptions) {
    this.options = options
    this.variables = model.weights.map((weight) => asVariable(weight.read()))
    this.network = buildNetwork(this.variables)
  }

  /**
   * One step down the batch's weighted log loss, dropout on.
   * @param rate Adam's.
   * @param sums get the predictions of the batch before the step.
   */
  step(batch: TrainingBatch, rate: number, sums: FitSums): void {
    this.optimizer.setRate(rate)
    const predictions = tf.tidy(() => {
      const touched = this.dense(batch)
      const mask = this.drawMask(batch.count)
      const labels = tf.tensor1d(batch.labels)
      const weights = tf.tensor1d(batch.weights)
      let scores: tf.Tensor1D | undefined
      const { grads } = tf.variableGrads(() => {
        const z = logits(this.network, touched, mask)
        scores = tf.keep(tf.sigmoid(z))
        const { SUM } = tf.Reduction
        const loss = tf.losses.sigmoidCrossEntropy<tf.Tensor1D, tf.Scalar>(labels, z, weights, 0, SUM)
        return tf.div(loss, this.options.lossScale)
      }, this.variables)
      this.optimizer.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })))
      const values = scores?.dataSync() ?? new Float32Array()
      scores?.dispose()
      return values
    })
    predictions.forEach((probability, row) => {
      sums.add(probability, batch.labels[row]!, batch.weights[row]!)
    })
  }

  dispose(): void {
    this.optimizer.dispose()
  }

  private dense(batch: TrainingBatch): tf.Tensor3D {
    const { lookbackDays, channelCount } = this.options.grid
    const dense = new Float32Array(lookbackDays * batch.count * channelCount)
    const layout = timeMajorLayout(this.options.grid, batch.count)
    writeDense(dense, layout, batch, 0, batch.count)
    return tf.tensor3d(dense, [lookbackDays, batch.count, channelCount])
  }

  /** Drawn by us: the library's seeded dropout would leave out the same cells in every step. */
  private drawMask(rows: number): tf.Tensor2D | undefined {
    const { dropoutRate, random } = this.options
    if (dropoutRate === 0) return undefined
    const columns = this.network.dense.kernel.shape[0]
    const kept = 1 / (1 - dropoutRate)
    const mask = Float32Array.from({ length: rows * columns }, () =>
      random.uniform() < dropoutRate ? 0 : kept,
    )
    return tf.tensor2d(mask, [rows, columns])
  }
}

function asVariable(tensor: tf.Tensor): tf.Variable {
  if (tensor instanceof tf.Variable) return tensor
  throw new TypeError('a weight of the model is not a variable')
}

/** The highest rate, of models up to the width it was measured at; wider ones take less. */
const PEAK = 8e-3
const PEAK_WIDTH = 16
/** Part of the steps over which the rate rises. */
const RISE = 0.08
/** The first step's part of the rise. */
const START = 0.01

/**
 * Adam's rate over the steps of a training: a short rise, then half a cosine down to 0 (Loshchilov and Hutter 2017).
 * Against a constant 1e-3 on simulated touchpoints (`clean`, 20,000 users) the incremental error falls from 3.5 to 1.3
 * points after 400 steps of width 16, where the effects were not learned yet and the baseline was credited what was left
 * over, and from 0.92 to 0.84 after 500 steps of width 64.
 * @param part of all steps that are done, 0 <= part < 1.
 * @param width of the model.
 */
export function learningRate(part: number, width: number): number {
  const peak = PEAK * Math.min(1, Math.sqrt(PEAK_WIDTH / width))
  const rise = Math.min(1, (START + part) / RISE)
  return peak * rise * (0.5 + 0.5 * Math.cos(Math.PI * part))
}
