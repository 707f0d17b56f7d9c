import type { CellGrid } from '../examples/pattern.ts'

/** What determines the shapes of a net's weights. */
export interface NetShape {
  readonly grid: CellGrid
  /** Units of each LSTM in each direction, and of the dense layer. */
  readonly width: number
}

/** A weight tensor as numbers, row by row. */
export interface Weight {
  readonly values: Float32Array
  readonly shape: readonly number[]
}

/**
 * Two stacked bidirectional LSTMs, dropout, dense relu, dense sigmoid. Input [W, channels]: 1 where the cell was touched, the oldest
 * day first, so that the forward direction ends on the example's own day; output: the probability of a conversion.
 * @returns the shapes of the weights, layer by layer: of each LSTM, forward before backward, those by which input and state
 *   before count and the bias, gates i, f, c, o side by side; of each dense layer weights and bias.
 */
export function weightShapes({ grid: { channelCount }, width }: NetShape): readonly number[][] {
  const lstm = (inputs: number) => [[inputs, 4 * width], [width, 4 * width], [4 * width]]
  return [
    ...lstm(channelCount),
    ...lstm(channelCount),
    ...lstm(2 * width),
    ...lstm(2 * width),
    [2 * width, width],
    [width],
    [width, 1],
    [1],
  ]
}
