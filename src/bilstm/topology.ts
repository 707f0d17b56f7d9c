import { type NetShape, weightShapes } from './weights.ts'

/** What a saved model consists of. */
export interface Topology extends NetShape {
  /** Part of the second LSTM's output that training left out. */
  readonly dropoutRate: number
}

const LAYERS_VERSION = 'tfjs-layers 4.22.0'

/** @returns the model as TensorFlow.js describes its own, for `tf.loadLayersModel`. It contains no dates. */
export function describeModel({ grid, width, dropoutRate }: Topology, weightsName: string): object {
  const { lookbackDays, channelCount } = grid
  const input = { batch_input_shape: [null, lookbackDays, channelCount], dtype: 'float32' }
  const layers = [
    bidirectional('first', width, true, input),
    bidirectional('second', width, false, {}),
    {
      class_name: 'Dropout',
      config: { rate: dropoutRate, noise_shape: null, seed: null, name: 'dropout', trainable: true },
    },
    dense('dense', width, 'relu'),
    dense('conversion', 1, 'sigmoid'),
  ]
  return {
    format: 'layers-model',
    generatedBy: 'td-mta',
    convertedBy: null,
    modelTopology: {
      class_name: 'Sequential',
      config: { name: 'td_mta', layers },
      keras_version: LAYERS_VERSION,
      backend: 'tensor_flow.js',
    },
    weightsManifest: [{ paths: [weightsName], weights: weightSpecs({ grid, width }) }],
  }
}

/** Names of the weights in the order of `weightShapes`. */
const WEIGHT_NAMES = [
  ...lstmNames('first/forward_first_lstm'),
  ...lstmNames('first/backward_first_lstm'),
  ...lstmNames('second/forward_second_lstm'),
  ...lstmNames('second/backward_second_lstm'),
  'dense/kernel',
  'dense/bias',
  'conversion/kernel',
  'conversion/bias',
]

function lstmNames(lstm: string): string[] {
  return [`${lstm}/kernel`, `${lstm}/recurrent_kernel`, `${lstm}/bias`]
}

function weightSpecs(shape: NetShape) {
  return weightShapes(shape).map((one, at) => ({ name: WEIGHT_NAMES[at], shape: one, dtype: 'float32' }))
}

const ZEROS = { class_name: 'Zeros', config: {} }

function bidirectional(name: string, units: number, returnsSequences: boolean, input: object) {
  const lstm = {
    name: `${name}_lstm`,
    trainable: true,
    units,
    activation: 'tanh',
    recurrent_activation: 'sigmoid',
    use_bias: true,
    kernel_initializer: ZEROS,
    recurrent_initializer: ZEROS,
    bias_initializer: ZEROS,
    unit_forget_bias: false,
    kernel_regularizer: null,
    recurrent_regularizer: null,
    bias_regularizer: null,
    activity_regularizer: null,
    kernel_constraint: null,
    recurrent_constraint: null,
    bias_constraint: null,
    dropout: 0,
    recurrent_dropout: 0,
    implementation: null,
    return_sequences: returnsSequences,
    return_state: false,
    go_backwards: false,
    stateful: false,
    unroll: false,
  }
  const layer = { class_name: 'LSTM', config: lstm }
  return {
    class_name: 'Bidirectional',
    config: { merge_mode: 'concat', layer, name, trainable: true, ...input },
  }
}

function dense(name: string, units: number, activation: string) {
  return {
    class_name: 'Dense',
    config: {
      units,
      activation,
      use_bias: true,
      kernel_initializer: ZEROS,
      bias_initializer: ZEROS,
      kernel_regularizer: null,
      bias_regularizer: null,
      activity_regularizer: null,
      kernel_constraint: null,
      bias_constraint: null,
      name,
      trainable: true,
    },
  }
}
