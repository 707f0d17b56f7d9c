/** An LSTM and the whole network, spelled out from the equations number by number, in 64 bits. */

type Matrix = readonly (readonly number[])[]

export interface PlainLstm {
  /** Input x 4 units, then units x 4 units, then 4 units; gates i, f, c, o. */
  readonly kernel: Matrix
  readonly recurrent: Matrix
  readonly bias: readonly number[]
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

/** @param inputs a row a day. @returns the hidden state after each day, at the day's place. */
export function plainLstm(
  { kernel, recurrent, bias }: PlainLstm,
  inputs: Matrix,
  reverse: boolean,
): number[][] {
  const units = recurrent.length
  const hidden: number[][] = []
  let h = new Array<number>(units).fill(0)
  let c = new Array<number>(units).fill(0)
  const days = inputs.map((_, day) => (reverse ? inputs.length - 1 - day : day))
  for (const day of days) {
    const z = bias.map(
      (start, column) =>
        start +
        inputs[day]!.reduce((sum, x, row) => sum + x * kernel[row]![column]!, 0) +
        h.reduce((sum, x, row) => sum + x * recurrent[row]![column]!, 0),
    )
    c = c.map(
      (before, unit) =>
        sigmoid(z[units + unit]!) * before + sigmoid(z[unit]!) * Math.tanh(z[2 * units + unit]!),
    )
    h = c.map((cell, unit) => sigmoid(z[3 * units + unit]!) * Math.tanh(cell))
    hidden[day] = h
  }
  return hidden
}

/** @param weights of the model, in order, each with its shape. @param inputs a row a day, the oldest first. */
export function plainNetwork(
  weights: readonly { readonly values: ArrayLike<number>; readonly shape: readonly number[] }[],
  inputs: Matrix,
): number {
  const matrix = (at: number) => toMatrix(weights[at]!.values, weights[at]!.shape[1] ?? 1)
  const vector = (at: number) => Array.from(weights[at]!.values)
  const lstm = (at: number) => ({ kernel: matrix(at), recurrent: matrix(at + 1), bias: vector(at + 2) })
  const both = (at: number, rows: Matrix) => {
    const [forward, backward] = [plainLstm(lstm(at), rows, false), plainLstm(lstm(at + 3), rows, true)]
    return { forward, backward }
  }
  const first = both(0, inputs)
  const between = first.forward.map((row, day) => [...row, ...first.backward[day]!])
  const second = both(6, between)
  const last = [...second.forward.at(-1)!, ...second.backward[0]!]
  const dense = (at: number, row: readonly number[]) =>
    vector(at + 1).map(
      (bias, column) => bias + row.reduce((sum, x, k) => sum + x * matrix(at)[k]![column]!, 0),
    )
  const hidden = dense(12, last).map((x) => Math.max(0, x))
  return sigmoid(dense(14, hidden)[0]!)
}

export function toMatrix(values: ArrayLike<number>, columns: number): number[][] {
  return Array.from({ length: values.length / columns }, (_, row) =>
    Array.from({ length: columns }, (_, column) => values[row * columns + column]!),
  )
}
