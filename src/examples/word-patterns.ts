import type { PatternRecord } from './pattern.ts'
import { cellsOfWords, type WordLayout } from './pattern-words.ts'

/** Patterns of one label as the warehouse returns them: columns of numbers with an entry for each pattern. */
export interface WordPatterns {
  readonly layout: WordLayout
  readonly label: PatternRecord['label']
  /** A column for each word. */
  readonly words: readonly Float64Array[]
  readonly counts: Float64Array
  readonly validationCounts: Float64Array
  /** Of label 1; of label 0 they mean nothing. */
  readonly creditedCounts: Float64Array
  readonly values: Float64Array
}

/** @returns the patterns one by one. O(words + cells). */
export function recordsOf(patterns: WordPatterns): PatternRecord[] {
  return Array.from(patterns.counts, (_, at) => recordAt(patterns, at))
}

/** @returns one of the patterns. */
export function recordAt(patterns: WordPatterns, at: number): PatternRecord {
  const { layout, label, words, counts, validationCounts, creditedCounts, values } = patterns
  const ofWords = Float64Array.from(words, (column) => column[at]!)
  const [count, creditedCount] = [counts[at]!, creditedCounts[at]!]
  const record = {
    ...cellsOfWords(layout, ofWords),
    label,
    count,
    validationCount: validationCounts[at]!,
    value: values[at]!,
  }
  return label === 1 && creditedCount !== count ? { ...record, creditedCount } : record
}
