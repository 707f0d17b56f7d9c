import type { PatternRecord } from '../examples/pattern.ts'

/**
 * Splits a stream that has all records of label 1 before those of label 0, without holding either part.
 * @returns two streams over the one: `positives` has to be read to its end before `negatives` is begun.
 */
export function splitByLabel(records: AsyncIterable<readonly PatternRecord[]>): {
  readonly positives: AsyncIterable<readonly PatternRecord[]>
  readonly negatives: AsyncIterable<readonly PatternRecord[]>
} {
  const source = records[Symbol.asyncIterator]()
  let firstNegatives: readonly PatternRecord[] = []
  async function* positives() {
    for (let next = await source.next(); !next.done; next = await source.next()) {
      const flip = next.value.findIndex((record) => record.label === 0)
      if (flip !== 0) yield flip < 0 ? next.value : next.value.slice(0, flip)
      if (flip < 0) continue
      firstNegatives = next.value.slice(flip)
      return
    }
  }
  async function* negatives() {
    if (firstNegatives.length > 0) yield firstNegatives
    for (let next = await source.next(); !next.done; next = await source.next()) yield next.value
  }
  return { positives: positives(), negatives: negatives() }
}
