import type { Random } from '../numerics/random.ts'
import type { FitSums } from '../numerics/weighted-metrics.ts'
import type { LearningNet } from './net.ts'
import type { TrainingBatch } from './training-batches.ts'

/** How {@link Trainer} changes the weights. */
export interface TrainerOptions {
  readonly width: number
  readonly dropoutRate: number
  /** Draws what dropout leaves out. */
  readonly random: Random
  /** Divides the loss, which only changes its scale: Adam's epsilon is not small compared with a rare event. */
  readonly lossScale: number
}

/** Takes gradient steps on a net's weights in place. */
export class Trainer {
  private readonly net: LearningNet
  private readonly options: TrainerOptions

  constructor(net: LearningNet, options: TrainerOptions) {
    this.net = net
    this.options = options
  }

  /**
   * One step down the batch's weighted log loss, dropout on.
   * @param rate Adam's.
   * @param sums get the predictions of the batch before the step.
   */
  async step(batch: TrainingBatch, rate: number, sums: FitSums): Promise<void> {
    const { lossScale } = this.options
    const predictions = await this.net.step(batch, { rate, lossScale, mask: this.drawMask(batch.count) })
    predictions.forEach((probability, row) => {
      sums.add(probability, batch.labels[row]!, batch.weights[row]!)
    })
  }

  private drawMask(rows: number): Float32Array | undefined {
    const { dropoutRate, random, width } = this.options
    if (dropoutRate === 0) return undefined
    const mask = new Float32Array(rows * 2 * width)
    const kept = 1 / (1 - dropoutRate)
    for (let at = 0; at < mask.length; at++) mask[at] = random.uniform() < dropoutRate ? 0 : kept
    return mask
  }
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
