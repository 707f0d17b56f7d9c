import * as tf from '@tensorflow/tfjs-core'
import { recur } from './recurrence.ts'

interface LstmWeights {
  readonly kernel: tf.Tensor2D
  readonly recurrent: tf.Tensor2D
  readonly bias: tf.Tensor1D
}

interface DenseWeights {
  readonly kernel: tf.Tensor2D
  readonly bias: tf.Tensor1D
}

/** The weights of a net by their use. */
export interface Network {
  readonly first: readonly [LstmWeights, LstmWeights]
  readonly second: readonly [LstmWeights, LstmWeights]
  readonly dense: DenseWeights
  readonly conversion: DenseWeights
}

/** @param weights in the order of `weightShapes`. */
export function buildNetwork(weights: readonly tf.Tensor[]): Network {
  const lstm = (at: number): LstmWeights => ({
    kernel: weights[at] as tf.Tensor2D,
    recurrent: weights[at + 1] as tf.Tensor2D,
    bias: weights[at + 2] as tf.Tensor1D,
  })
  const dense = (at: number): DenseWeights => ({
    kernel: weights[at] as tf.Tensor2D,
    bias: weights[at + 1] as tf.Tensor1D,
  })
  return {
    first: [lstm(0), lstm(3)],
    second: [lstm(6), lstm(9)],
    dense: dense(12),
    conversion: dense(14),
  }
}

/**
 * The net up to the sigmoid at the end, with the days as the first axis and each input projection as one product over all days: a
 * seventh of the time of tf.layers, and a gradient with few operations.
 * @param touched [days, batch, channels], the oldest day first.
 * @param mask [batch, 2 width], what to multiply the second LSTM's output by: dropout. Absent: nothing is left out.
 * @returns log odds, [batch].
 */
export function logits(network: Network, touched: tf.Tensor3D, mask?: tf.Tensor2D): tf.Tensor1D {
  const [days] = touched.shape
  const [forward, backward] = network.first
  const between = tf.concat([lstm(touched, forward, false), lstm(touched, backward, true)], 2)
  const last = tf.concat(
    [
      dayOf(lstm(between, network.second[0], false), days - 1),
      dayOf(lstm(between, network.second[1], true), 0),
    ],
    1,
  )
  const kept = mask === undefined ? last : tf.mul(last, mask)
  const hidden = tf.relu(dense(kept as tf.Tensor2D, network.dense))
  return tf.squeeze(dense(hidden, network.conversion), [1])
}

function lstm(input: tf.Tensor3D, { kernel, recurrent, bias }: LstmWeights, reverse: boolean): tf.Tensor3D {
  const [days, batch, features] = input.shape
  const projected = tf.add(tf.matMul(tf.reshape(input, [days * batch, features]), kernel), bias)
  return recur(tf.reshape(projected, [days, batch, bias.size]), recurrent, reverse)
}

function dayOf(states: tf.Tensor3D, day: number): tf.Tensor2D {
  const [, batch, units] = states.shape
  return tf.reshape(tf.slice(states, [day, 0, 0], [1, batch, units]), [batch, units])
}

function dense(input: tf.Tensor2D, { kernel, bias }: DenseWeights): tf.Tensor2D {
  return tf.add(tf.matMul(input, kernel), bias)
}
