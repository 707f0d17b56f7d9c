import type { ValueFunction } from '../examples/pattern.ts'

/** @returns the mean of models' probabilities, of at least one; it asks each of them about each pattern. */
export function meanValueFunction(valueFunctions: readonly ValueFunction[]): ValueFunction {
  return async (patterns) => {
    const sums = new Float64Array(patterns.count)
    for (const valueFunction of valueFunctions) {
      const values = await valueFunction(patterns)
      for (let at = 0; at < sums.length; at++) sums[at]! += values[at]!
    }
    return sums.map((sum) => sum / valueFunctions.length)
  }
}
