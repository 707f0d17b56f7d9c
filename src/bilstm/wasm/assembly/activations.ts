// Sigmoid and hyperbolic tangent of four numbers at once, to an ulp or two of 1.

/**
 * e^x: 2^n e^r with the whole number n next to x / ln 2, and the Taylor series of e^r up to r^7 / 7!, which leaves 5e-9 at most
 * since |r| <= ln 2 / 2. Beyond +-87 it is that of 87: no result overflows. NaN stays NaN.
 */
// @ts-expect-error: decorators of functions are AssemblyScript's
@inline
function exponential(given: v128): v128 {
  const x = f32x4.pmax(f32x4.pmin(given, f32x4.splat(87)), f32x4.splat(-87))
  // Adding 1.5 * 2^23 rounds to a whole number, which then stands in the lowest bits.
  const shifted = f32x4.add(f32x4.mul(x, f32x4.splat(1.442695041)), f32x4.splat(12582912))
  const n = f32x4.sub(shifted, f32x4.splat(12582912))
  // ln 2 in two parts: n times the first one, 355/512, is exact.
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)))
  r = f32x4.add(r, f32x4.mul(n, f32x4.splat(2.1219444005e-4)))
  let sum = f32x4.add(f32x4.mul(r, f32x4.splat(1.0 / 5040.0)), f32x4.splat(1.0 / 720.0))
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1.0 / 120.0))
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1.0 / 24.0))
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1.0 / 6.0))
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(0.5))
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1))
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1))
  return i32x4.add(sum, i32x4.shl(shifted, 23))
}

/** 1 / (1 + e^-x). */
// @ts-expect-error: decorators of functions are AssemblyScript's
@inline
export function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1)
  return f32x4.div(one, f32x4.add(one, exponential(f32x4.neg(x))))
}

/** tanh x = 2 sigmoid(2x) - 1. */
// @ts-expect-error: decorators of functions are AssemblyScript's
@inline
export function tanh(x: v128): v128 {
  const two = f32x4.splat(2)
  const one = f32x4.splat(1)
  return f32x4.sub(f32x4.div(two, f32x4.add(one, exponential(f32x4.neg(f32x4.mul(two, x))))), one)
}
