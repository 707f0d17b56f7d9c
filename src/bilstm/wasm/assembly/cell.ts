import { sigmoid, tanh } from './activations'

// One step of an LSTM for one row (Hochreiter and Schmidhuber 1997 with forget gates; the equations and the order of the gates,
// i, f, g, o, of Keras), and its way back.

/**
 * c = f c_before + i g, h = o tanh c.
 * @param gates what the gates are computed from on entry, 4 x units; the gates on return.
 * @param before the cell a step before; 0: there is none.
 * @param squashed gets tanh c.
 * @param bytes of a row of units.
 */
export function advance(
  gates: usize,
  before: usize,
  cell: usize,
  squashed: usize,
  hidden: usize,
  bytes: usize,
): void {
  for (let at: usize = 0; at < bytes; at += 16) {
    const gate = gates + at
    const i = sigmoid(v128.load(gate))
    const f = sigmoid(v128.load(gate + bytes))
    const g = tanh(v128.load(gate + 2 * bytes))
    const o = sigmoid(v128.load(gate + 3 * bytes))
    let c = f32x4.mul(i, g)
    if (before != 0) c = f32x4.add(f32x4.mul(f, v128.load(before + at)), c)
    const t = tanh(c)
    v128.store(gate, i)
    v128.store(gate + bytes, f)
    v128.store(gate + 2 * bytes, g)
    v128.store(gate + 3 * bytes, o)
    v128.store(cell + at, c)
    v128.store(squashed + at, t)
    v128.store(hidden + at, f32x4.mul(o, t))
  }
}

/**
 * Backpropagation through one step.
 * @param gates i, f, g, o on entry; the gradient by what they were computed from on return.
 * @param before the cell a step before; 0: there is none.
 * @param byHidden gradient of the loss by h; what `byHiddenToo` holds, if it isn't 0, is added.
 * @param byCell gradient by c through later steps.
 * @param byBefore gets the gradient by the cell before added, if it isn't 0. It may be `byCell`: then it is overwritten.
 */
export function retreat(
  gates: usize,
  before: usize,
  squashed: usize,
  byHidden: usize,
  byHiddenToo: usize,
  byCell: usize,
  byBefore: usize,
  bytes: usize,
): void {
  const one = f32x4.splat(1)
  for (let at: usize = 0; at < bytes; at += 16) {
    const gate = gates + at
    const i = v128.load(gate)
    const f = v128.load(gate + bytes)
    const g = v128.load(gate + 2 * bytes)
    const o = v128.load(gate + 3 * bytes)
    const t = v128.load(squashed + at)
    let dh = v128.load(byHidden + at)
    if (byHiddenToo != 0) dh = f32x4.add(dh, v128.load(byHiddenToo + at))
    const slope = f32x4.sub(one, f32x4.mul(t, t))
    const dc = f32x4.add(v128.load(byCell + at), f32x4.mul(f32x4.mul(dh, o), slope))
    v128.store(gate, f32x4.mul(f32x4.mul(dc, g), f32x4.mul(i, f32x4.sub(one, i))))
    const kept = before == 0 ? f32x4.splat(0) : v128.load(before + at)
    v128.store(gate + bytes, f32x4.mul(f32x4.mul(dc, kept), f32x4.mul(f, f32x4.sub(one, f))))
    v128.store(gate + 2 * bytes, f32x4.mul(f32x4.mul(dc, i), f32x4.sub(one, f32x4.mul(g, g))))
    v128.store(gate + 3 * bytes, f32x4.mul(f32x4.mul(dh, t), f32x4.mul(o, f32x4.sub(one, o))))
    if (byBefore != 0) {
      const through = f32x4.mul(dc, f)
      const former = byBefore == byCell ? f32x4.splat(0) : v128.load(byBefore + at)
      v128.store(byBefore + at, f32x4.add(former, through))
    }
  }
}
