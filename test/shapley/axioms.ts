import { expect } from 'vitest'

/**
 * Rounding that a Shapley value of up to 2^12 coalitions may carry: 2^12 terms of at most `scale`, each rounded by at
 * most 2^-53, added one after another; much less in practice.
 */
function roundingOf(scale: number): number {
  return 2 ** 12 * 2 ** -53 * Math.max(scale, 1)
}

/** Efficiency: credits add up to v(all) - v(none). */
export function expectEfficiency(credits: ArrayLike<number>, ofNone: number, ofAll: number): void {
  const sum = Array.from(credits).reduce((total, credit) => total + credit, 0)
  expect(Math.abs(sum - (ofAll - ofNone))).toBeLessThanOrEqual(roundingOf(Math.abs(ofAll) + Math.abs(ofNone)))
}

/** Credits are those expected, but for rounding. */
export function expectCredits(credits: ArrayLike<number>, expected: ArrayLike<number>): void {
  const wanted = Array.from(expected)
  const rounding = roundingOf(Math.max(...wanted.map(Math.abs)))
  expect(credits.length).toBe(wanted.length)
  const errors = wanted.map((credit, player) => Math.abs((credits[player] ?? Number.NaN) - credit))
  for (const error of errors) expect(error).toBeLessThanOrEqual(rounding)
}

/**
 * Sampled credits are those expected, within six of their own standard errors: for normal errors that fails once in
 * 5e8 players; the seed is fixed.
 */
export function expectWithinStandardErrors(
  { credits, standardErrors }: { credits: ArrayLike<number>; standardErrors: ArrayLike<number> },
  expected: ArrayLike<number>,
): void {
  Array.from(expected).forEach((credit, player) => {
    const error = Math.abs((credits[player] ?? Number.NaN) - credit)
    expect(error).toBeLessThanOrEqual(6 * (standardErrors[player] ?? Number.NaN) + roundingOf(1))
  })
}
