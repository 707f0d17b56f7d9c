import type { ValueFunction } from '../examples/pattern.ts'
import type { TrainingBatch } from './training-batches.ts'
import type { NetShape, Weight } from './weights.ts'

/** A net where it can be computed with. Dispose of it after use. */
export interface Net {
  /**
   * The probabilities of patterns, as a pure function: each row is computed by itself, so that neither its neighbours nor its position
   * matter.
   */
  readonly predict: ValueFunction
  /** @returns a copy of the weights. */
  weights(): Promise<readonly Weight[]>
  dispose(): void
}

/** A net that learns. */
export interface LearningNet extends Net {
  /** One step of Adam down the weighted log loss of a batch. @returns the predictions before it. */
  step(batch: TrainingBatch, how: StepOptions): Promise<Float32Array>
  /** @returns what a step would go down, in the order of the weights: to compare backends. */
  gradient(batch: TrainingBatch, how: StepOptions): Promise<readonly Weight[]>
}

export interface StepOptions {
  /** Adam's. */
  readonly rate: number
  /** What to multiply the second LSTMs' output by, rows x 2 width: dropout. Undefined: nothing is left out. */
  readonly mask: Float32Array | undefined
  /** Divides the loss, which only changes its scale: Adam's epsilon is not small compared with a rare event. */
  readonly lossScale: number
}

/** Adam's decay rates, as TensorFlow.js has them. */
export const ADAM = { first: 0.9, second: 0.999 } as const

/** Where nets are computed. Close it after use. */
export interface Backend {
  readonly tier: Tier
  openNet(shape: NetShape, weights: readonly Weight[]): Net
  /** @param mostRows of a batch. */
  openLearningNet(shape: NetShape, weights: readonly Weight[], mostRows: number): LearningNet
  close(): Promise<void>
}

/** On a GPU or the processor by TensorFlow's own library, or on the processor by our kernels in WebAssembly. */
export type Tier = 'gpu' | 'native' | 'wasm'
