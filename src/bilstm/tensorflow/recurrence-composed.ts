import * as tf from '@tensorflow/tfjs-core'

/** The result of an LSTM's steps, all of shape [days, batch, units], the gates [days, batch, 4 units]. */
export interface RecurrenceState {
  readonly hidden: tf.Tensor3D
  /** Activated gates i, f, c, o side by side, as tf.layers orders them. */
  readonly gates: tf.Tensor3D
  readonly cell: tf.Tensor3D
  /** tanh of the cell. */
  readonly squashed: tf.Tensor3D
}

/** The steps of an LSTM, composed of operations that every backend has; see `recur`. */
export function composeSteps(
  projected: tf.Tensor3D,
  recurrent: tf.Tensor2D,
  reverse: boolean,
): RecurrenceState {
  const days: Day[] = []
  let former: Day | undefined
  for (const z of inOrder(tf.unstack(projected), reverse)) {
    former = composeStep(z as tf.Tensor2D, recurrent, former)
    days.push(former)
  }
  const stack = (part: (day: Day) => tf.Tensor2D) => tf.stack(inOrder(days, reverse).map(part)) as tf.Tensor3D
  return {
    hidden: stack((day) => day.hidden),
    gates: stack((day) => day.gates),
    cell: stack((day) => day.cell),
    squashed: stack((day) => day.squashed),
  }
}

interface Day {
  readonly hidden: tf.Tensor2D
  readonly gates: tf.Tensor2D
  readonly cell: tf.Tensor2D
  readonly squashed: tf.Tensor2D
}

function composeStep(projected: tf.Tensor2D, recurrent: tf.Tensor2D, former: Day | undefined): Day {
  const z = former === undefined ? projected : tf.add(projected, tf.matMul(former.hidden, recurrent))
  const [zi, zf, zc, zo] = tf.split(z, 4, 1)
  const gates = [tf.sigmoid(zi!), tf.sigmoid(zf!), tf.tanh(zc!), tf.sigmoid(zo!)]
  const [i, f, g, o] = gates
  const fresh = tf.mul(i!, g!)
  const cell = former === undefined ? fresh : tf.add(tf.mul(f!, former.cell), fresh)
  const squashed = tf.tanh(cell) as tf.Tensor2D
  return {
    hidden: tf.mul(o!, squashed),
    gates: tf.concat(gates, 1) as tf.Tensor2D,
    cell: cell as tf.Tensor2D,
    squashed,
  }
}

/**
 * Backpropagation through time, composed of operations that every backend has.
 * @param gradient of the loss by the hidden states, [days, batch, units].
 * @param transposed the recurrent weights, [4 units, units].
 * @returns the gradient by the projected input, [days, batch, 4 units].
 */
export function composeGradient(
  gradient: tf.Tensor3D,
  state: RecurrenceState,
  transposed: tf.Tensor2D,
  reverse: boolean,
): tf.Tensor3D {
  const columns = (whole: tf.Tensor3D) => inOrder(tf.unstack(whole), reverse)
  const [outer, gates, cell, squashed] = [gradient, state.gates, state.cell, state.squashed].map(columns)
  const results: tf.Tensor[] = []
  let fromHidden: tf.Tensor | undefined
  let fromCell: tf.Tensor | undefined
  for (let step = gradient.shape[0] - 1; step >= 0; step--) {
    const hiddenGradient = fromHidden === undefined ? outer![step]! : tf.add(outer![step]!, fromHidden)
    const back = composeStepGradient({
      hiddenGradient,
      cellGradient: fromCell,
      gates: gates![step]!,
      squashed: squashed![step]!,
      cellBefore: step === 0 ? tf.zerosLike(cell![0]!) : cell![step - 1]!,
    })
    results.unshift(back.projected)
    fromCell = back.cellBefore
    fromHidden = tf.matMul(back.projected as tf.Tensor2D, transposed)
  }
  return tf.stack(inOrder(results, reverse)) as tf.Tensor3D
}

interface StepGradient {
  readonly hiddenGradient: tf.Tensor
  readonly cellGradient: tf.Tensor | undefined
  readonly gates: tf.Tensor
  readonly squashed: tf.Tensor
  readonly cellBefore: tf.Tensor
}

function composeStepGradient({ hiddenGradient, cellGradient, gates, squashed, cellBefore }: StepGradient) {
  const [i, f, g, o] = tf.split(gates, 4, 1)
  const throughCell = tf.mul(tf.mul(hiddenGradient, o!), tf.sub(1, tf.square(squashed)))
  const cell = cellGradient === undefined ? throughCell : tf.add(throughCell, cellGradient)
  const sigmoidSlope = (gate: tf.Tensor) => tf.mul(gate, tf.sub(1, gate))
  const projected = tf.concat(
    [
      tf.mul(tf.mul(cell, g!), sigmoidSlope(i!)),
      tf.mul(tf.mul(cell, cellBefore), sigmoidSlope(f!)),
      tf.mul(tf.mul(cell, i!), tf.sub(1, tf.square(g!))),
      tf.mul(tf.mul(hiddenGradient, squashed), sigmoidSlope(o!)),
    ],
    1,
  )
  return { projected, cellBefore: tf.mul(cell, f!) }
}

function inOrder<T>(days: readonly T[], reverse: boolean): T[] {
  return reverse ? [...days].reverse() : [...days]
}
