import type { Tensor3D } from '@tensorflow/tfjs-core'

/** Kernels that a backend may bring; where it does, they run instead of many small operations. */
export const RECURRENCE_KERNEL = 'LstmRecurrence'
export const RECURRENCE_GRADIENT_KERNEL = 'LstmRecurrenceGradient'

/** What the steps of an LSTM leave behind; all of shape [days, batch, units], the gates of [days, batch, 4 units]. */
export interface RecurrenceState {
  readonly hidden: Tensor3D
  /** Activated gates i, f, c, o side by side, as tf.layers orders them. */
  readonly gates: Tensor3D
  readonly cell: Tensor3D
  /** tanh of the cell. */
  readonly squashed: Tensor3D
}
