/**
 * @param degrees of freedom, a whole number from 1.
 * @returns the probability that a chi-squared number is above x; relative error below 2e-7. O(degrees). By the recurrence of
 *   Abramowitz and Stegun 26.4.8, https://personal.math.ubc.ca/~cbm/aands/page_941.htm
 */
export function chiSquareTail(x: number, degrees: number): number {
  if (x <= 0) return 1
  const isEven = degrees % 2 === 0
  let tail = isEven ? Math.exp(-x / 2) : complementaryError(Math.sqrt(x / 2))
  let term = isEven ? tail : Math.sqrt((2 * x) / Math.PI) * Math.exp(-x / 2)
  for (let k = isEven ? 2 : 1; k < degrees; k += 2) {
    if (isEven) term *= x / k
    tail += term
    if (!isEven) term *= x / (k + 2)
  }
  return tail
}

/** Chebyshev fit of Press et al., Numerical Recipes, 2nd edition, section 6.2; z >= 0. */
function complementaryError(z: number): number {
  const t = 1 / (1 + z / 2)
  const coefficients = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
    -0.82215223, 0.17087277,
  ]
  return t * Math.exp(-z * z + coefficients.reduceRight((sum, one) => sum * t + one, 0))
}
