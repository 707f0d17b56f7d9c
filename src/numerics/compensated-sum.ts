/**
 * Sums that keep the bits which plain addition drops (Neumaier 1974, https://doi.org/10.1002/zamm.19740540106): the
 * error does not grow with the number of terms, so the parts of a total still add up to it after millions of additions.
 */
export class CompensatedSums {
  private readonly sums: Float64Array
  private readonly lost: Float64Array

  /** @param length number of sums, all 0 at first. */
  constructor(length: number) {
    this.sums = new Float64Array(length)
    this.lost = new Float64Array(length)
  }

  /** Adds `term` to sum `at`. O(1). */
  add(at: number, term: number): void {
    const before = this.sums[at]!
    const after = before + term
    this.lost[at]! += Math.abs(before) >= Math.abs(term) ? before - after + term : term - after + before
    this.sums[at] = after
  }

  /** @returns the sums so far, a copy. */
  totals(): Float64Array {
    return this.sums.map((sum, at) => sum + this.lost[at]!)
  }
}

/** @returns the sum of the terms, rounded about once. O(terms). */
export function compensatedSum(terms: Iterable<number>): number {
  const sum = new CompensatedSums(1)
  for (const term of terms) sum.add(0, term)
  return sum.totals()[0]!
}

/** @returns the sum of the terms, null where one of them is missing. */
export function sumUnlessNull(terms: readonly (number | null)[]): number | null {
  const numbers = terms.filter((term) => term !== null)
  return numbers.length < terms.length ? null : compensatedSum(numbers)
}

/** @returns the standard deviation of a population that `values` are a sample of; 0 for a single value. O(values). */
export function standardDeviation(values: readonly number[]): number {
  const mean = compensatedSum(values) / values.length
  const squares = compensatedSum(values.map((value) => (value - mean) ** 2))
  return Math.sqrt(squares / Math.max(1, values.length - 1))
}
