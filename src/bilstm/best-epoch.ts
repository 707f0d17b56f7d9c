import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'

/** Remembers the weights of the epoch with the lowest validation loss, the first of equals. */
export class BestEpoch {
  epoch = 0
  valLoss: number | null = null
  private readonly model: LayersModel
  private weights: readonly Float32Array[] = []

  constructor(model: LayersModel) {
    this.model = model
  }

  /** @param valLoss of the model as it is now; null where nobody validates: then the last epoch is the best. */
  offer(epoch: number, valLoss: number | null): void {
    if (valLoss !== null && this.valLoss !== null && !(valLoss < this.valLoss)) return
    this.epoch = epoch
    this.valLoss = valLoss
    this.weights = this.model.weights.map((weight) => Float32Array.from(weight.read().dataSync()))
  }

  /** Gives the model the remembered weights. */
  restore(): void {
    tf.tidy(() => {
      this.model.setWeights(
        this.model.weights.map(({ shape }, at) => tf.tensor(this.weights[at]!, shape.map(Number))),
      )
    })
  }
}
