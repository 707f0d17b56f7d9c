/** Indices of examples by ascending score; equal scores share a group. */
export type Ranks = readonly Uint32Array[]

/** @returns the examples in groups of equal scores, the lowest first, in their own order within a group. O(n log n). */
export function rankByScore(scores: Float64Array): Ranks {
  const order = Uint32Array.from(scores.keys()).sort((left, right) => scores[left]! - scores[right]!)
  const groups: Uint32Array[] = []
  for (let from = 0, to = 0; from < order.length; from = to) {
    const score = scores[order[from]!]!
    to = from + 1
    while (to < order.length && scores[order[to]!] === score) to++
    groups.push(order.subarray(from, to))
  }
  return groups
}

/**
 * Area under the ROC curve, exact (Mann and Whitney 1947): the probability that a positive example has a higher score
 * than a negative one, where a tie counts half.
 * @param positives @param negatives how many positive and negative examples each entry represents.
 * @returns undefined where one of the classes is missing. O(n).
 */
export function areaUnderCurve(
  ranks: Ranks,
  positives: ArrayLike<number>,
  negatives: ArrayLike<number>,
): number | undefined {
  let [allPositives, allNegatives, won] = [0, 0, 0]
  for (const group of ranks) {
    let [tiedPositives, tiedNegatives] = [0, 0]
    for (const at of group) {
      tiedPositives += positives[at]!
      tiedNegatives += negatives[at]!
    }
    won += tiedPositives * (allNegatives + tiedNegatives / 2)
    allPositives += tiedPositives
    allNegatives += tiedNegatives
  }
  return allPositives > 0 && allNegatives > 0 ? won / (allPositives * allNegatives) : undefined
}

const BINS = 10

/**
 * Cuts the ranks into about ten bins of equal size: a bin ends with the first group that reaches the next tenth of the
 * total, so that equal scores share a bin.
 * @param sizes what each example adds to the size of its bin.
 * @returns the indices of each bin, in order of their ranks. O(n).
 */
export function binByRank(ranks: Ranks, sizes: Float64Array): readonly (readonly number[])[] {
  const all = sizes.reduce((sum, size) => sum + size, 0)
  const tenth = (size: number) => Math.floor((size / all) * BINS)
  const bins: number[][] = []
  let bin: number[] = []
  let [passed, filled] = [0, 0]
  ranks.forEach((group, place) => {
    for (const at of group) {
      bin.push(at)
      filled += sizes[at]!
    }
    if (tenth(passed + filled) === tenth(passed) && place < ranks.length - 1) return
    bins.push(bin)
    bin = []
    passed += filled
    filled = 0
  })
  return bins
}
