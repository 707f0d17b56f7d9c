import type { Random } from './random.ts'

/** @returns a draw from the exponential distribution with mean 1. */
export function drawExponential(random: Random): number {
  return -Math.log(1 - random.uniform())
}

/** @returns a draw from a lognormal distribution with mean 1; `spread` is the standard deviation of its logarithm. */
export function drawFactor(random: Random, spread: number): number {
  return Math.exp(spread * drawNormal(random) - spread ** 2 / 2)
}

/** @returns a standard normal draw (Box and Muller 1958, https://doi.org/10.1214/aoms/1177706645). */
export function drawNormal(random: Random): number {
  return Math.sqrt(2 * drawExponential(random)) * Math.cos(2 * Math.PI * random.uniform())
}

/**
 * @returns the times of the arrivals, in order, of a Poisson process whose rate halves every `halfLife` and that has
 * `expected` arrivals in total. In the unit of `halfLife`.
 */
export function* drawDecayingArrivals(random: Random, expected: number, halfLife: number): Generator<number> {
  if (expected === 0) return
  // Arrivals expected until t: expected * (1 - 2^(-t / halfLife)); they are where that equals sums of exponential draws.
  for (let spent = 0; ; ) {
    spent += drawExponential(random) / expected
    if (spent >= 1) return
    yield -halfLife * Math.log2(1 - spent)
  }
}
