import * as tf from '@tensorflow/tfjs-core'
import { composeGradient, composeSteps } from './recurrence-composed.ts'

/**
 * The steps of an LSTM over time, with their gradient: z_t = projected_t + hidden_(t-1) recurrent,
 * c_t = f c_(t-1) + i g, hidden_t = o tanh(c_t) (Hochreiter and Schmidhuber 1997 with forget gates; the equations of
 * Keras). Input projection and bias are in `projected`, so that one product does all days at once.
 * @param projected [days, batch, 4 units].
 * @param recurrent [units, 4 units].
 * @param reverse from the last day to the first.
 * @returns the hidden state of each day, [days, batch, units], at the day's own place in either direction.
 */
export function recur(projected: tf.Tensor3D, recurrent: tf.Tensor2D, reverse: boolean): tf.Tensor3D {
  const withGradient = tf.customGrad((...inputs: unknown[]) => {
    const [z, weights, save] = inputs as [tf.Tensor3D, tf.Tensor2D, tf.GradSaveFunc]
    const state = composeSteps(z, weights, reverse)
    save([weights, state.hidden, state.gates, state.cell, state.squashed])
    return {
      value: state.hidden,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => gradients(dy as tf.Tensor3D, saved as Saved, reverse),
    }
  })
  return withGradient(projected, recurrent) as tf.Tensor3D
}

type Saved = [tf.Tensor2D, tf.Tensor3D, tf.Tensor3D, tf.Tensor3D, tf.Tensor3D]

function gradients(
  gradient: tf.Tensor3D,
  [recurrent, hidden, gates, cell, squashed]: Saved,
  reverse: boolean,
): [tf.Tensor3D, tf.Tensor2D] {
  const transposed = tf.transpose(recurrent)
  const state = { hidden, gates, cell, squashed }
  const projectedGradient = composeGradient(gradient, state, transposed, reverse)
  const [days, batch, units] = hidden.shape
  const before = tf.reshape(dayBefore(hidden, reverse), [days * batch, units])
  const recurrentGradient = tf.matMul(
    before,
    tf.reshape(projectedGradient, [days * batch, 4 * units]),
    true,
    false,
  )
  return [projectedGradient, recurrentGradient as tf.Tensor2D]
}

/** @returns at each day the state of the step before, zeros at the first step. */
function dayBefore(states: tf.Tensor3D, reverse: boolean): tf.Tensor3D {
  const [days, batch, units] = states.shape
  const nothing = tf.zeros<tf.Rank.R3>([1, batch, units])
  if (days === 1) return nothing
  const rest = tf.slice(states, [reverse ? 1 : 0, 0, 0], [days - 1, batch, units])
  return tf.concat(reverse ? [rest, nothing] : [nothing, rest], 0)
}
