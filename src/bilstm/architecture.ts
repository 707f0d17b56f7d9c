import * as tf from '@tensorflow/tfjs-core'
import * as layers from '@tensorflow/tfjs-layers'
import { drawInitialWeights, type InitialWeightOptions } from './initial-weights.ts'

/** What determines the shape of the model and its initial weights. */
export interface ArchitectureOptions extends InitialWeightOptions {
  /** Part of the second LSTM's output that training leaves out, 0 <= rate < 1. */
  readonly dropoutRate: number
}

/**
 * Builds the model: two stacked bidirectional LSTMs, dropout, dense relu, dense sigmoid. Input [batch, W, channels]:
 * 1 where the cell was touched, the oldest day first, so that the forward direction ends on the example's own day;
 * output [batch, 1], the probability of a conversion. The same options give the same weights on every backend.
 *
 * Names are fixed, since they are part of the saved file; tf.layers would number them by what was built before.
 */
export function buildModel(options: ArchitectureOptions): layers.LayersModel {
  const { grid, width, dropoutRate } = options
  const { lookbackDays, channelCount } = grid
  const model = layers.sequential({
    name: 'td_mta',
    layers: [
      bidirectional('first', width, { returnSequences: true, inputShape: [lookbackDays, channelCount] }),
      bidirectional('second', width, { returnSequences: false }),
      layers.layers.dropout({ name: 'dropout', rate: dropoutRate }),
      layers.layers.dense({ name: 'dense', units: width, activation: 'relu', kernelInitializer: 'zeros' }),
      layers.layers.dense({
        name: 'conversion',
        units: 1,
        activation: 'sigmoid',
        kernelInitializer: 'zeros',
      }),
    ],
  })
  tf.tidy(() => {
    model.setWeights(drawInitialWeights(options).map(({ values, shape }) => tf.tensor(values, [...shape])))
  })
  return model
}

function bidirectional(
  name: string,
  units: number,
  { returnSequences, inputShape }: { readonly returnSequences: boolean; readonly inputShape?: number[] },
) {
  // We draw the weights: the library's initialisers can't all be seeded, and its orthogonal one is slow.
  const zeros = { kernelInitializer: 'zeros', recurrentInitializer: 'zeros' } as const
  const lstm = layers.layers.lstm({
    name: `${name}_lstm`,
    units,
    returnSequences,
    // The default of tf.layers is hardSigmoid.
    recurrentActivation: 'sigmoid',
    unitForgetBias: false,
    ...zeros,
  })
  return layers.layers.bidirectional({
    name,
    layer: lstm as layers.RNN,
    mergeMode: 'concat',
    ...(inputShape && { inputShape }),
  })
}
