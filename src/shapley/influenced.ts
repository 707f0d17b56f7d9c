/**
 * Influenced credit: a conversion shared out over its touches alone, whatever would have come without any. Each cell gets
 * what it adds over what all cells add; those that take away get 0, so that no ratio explodes where credits of both
 * signs nearly cancel.
 * @param incremental credit a cell, of one conversion.
 * @returns a part a cell, 0 or more; they add up to 1. Undefined where no cell adds anything. O(cells).
 *
 * Example: `computeInfluenced(Float64Array.of(0.3, -0.2, 0.1))` is [0.75, 0, 0.25].
 */
export function computeInfluenced(incremental: Float64Array): Float64Array | undefined {
  const added = incremental.map((credit) => Math.max(0, credit))
  const total = added.reduce((sum, credit) => sum + credit, 0)
  return total > 0 ? added.map((credit) => credit / total) : undefined
}
