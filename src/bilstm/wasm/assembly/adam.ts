import { bytesOf } from './layout'

/**
 * A step of Adam (Kingma and Ba 2015) on `count` numbers, a multiple of 4, as TensorFlow.js takes it.
 * @param first moment of the gradient. @param second moment.
 * @param firstPart what is missing to the whole of the first moment: 1 - 0.9^steps. @param secondPart 1 - 0.999^steps.
 */
export function stepAdam(
  weights: usize,
  gradient: usize,
  first: usize,
  second: usize,
  count: i32,
  rate: f32,
  firstPart: f32,
  secondPart: f32,
): void {
  const keepFirst = f32x4.splat(0.9)
  const keepSecond = f32x4.splat(0.999)
  const takeFirst = f32x4.splat(1.0 - 0.9)
  const takeSecond = f32x4.splat(1.0 - 0.999)
  const epsilon = f32x4.splat(1e-7)
  const end = bytesOf(count)
  for (let at: usize = 0; at < end; at += 16) {
    const slope = v128.load(gradient + at)
    const m = f32x4.add(f32x4.mul(v128.load(first + at), keepFirst), f32x4.mul(slope, takeFirst))
    const square = f32x4.mul(slope, slope)
    const v = f32x4.add(f32x4.mul(v128.load(second + at), keepSecond), f32x4.mul(square, takeSecond))
    v128.store(first + at, m)
    v128.store(second + at, v)
    const size = f32x4.add(f32x4.sqrt(f32x4.div(v, f32x4.splat(secondPart))), epsilon)
    const move = f32x4.div(f32x4.div(m, f32x4.splat(firstPart)), size)
    v128.store(weights + at, f32x4.sub(v128.load(weights + at), f32x4.mul(move, f32x4.splat(rate))))
  }
}
