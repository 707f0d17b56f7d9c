import { PatternEncoder } from '../src/artifacts/encode-patterns.ts'
import type { PatternRecord } from '../src/examples/pattern.ts'
import { type WordLayout, wordLayoutOf, wordsOfCells } from '../src/examples/pattern-words.ts'
import { recordsOf, type WordPatterns } from '../src/examples/word-patterns.ts'

/** @returns records of one label as the warehouse would return them. */
export function wordPatternsOf(layout: WordLayout, records: readonly PatternRecord[]): WordPatterns {
  const rows = records.map(({ daysBefore, channels }) => wordsOfCells(layout, daysBefore, channels))
  return {
    layout,
    label: records[0]?.label ?? 0,
    words: Array.from({ length: layout.count }, (_, word) =>
      Float64Array.from(rows, (row) => row[word] ?? 0),
    ),
    counts: Float64Array.from(records, ({ count }) => count),
    validationCounts: Float64Array.from(records, ({ validationCount }) => validationCount),
    creditedCounts: Float64Array.from(
      records,
      ({ label, count, creditedCount = count }) => label * creditedCount,
    ),
    values: Float64Array.from(records, ({ value }) => value),
  }
}

/** @returns the records as a file's bytes; their cells are sorted and each is there once. */
export function encodeRecords(records: readonly PatternRecord[]): Uint8Array {
  const layout = wordLayoutOf({
    lookbackDays: 1 + Math.max(0, ...records.flatMap(({ daysBefore }) => daysBefore)),
    channelCount: 1 + Math.max(0, ...records.flatMap(({ channels }) => channels)),
  })
  const encoder = new PatternEncoder(layout)
  return Buffer.concat(records.map((record) => encoder.encode(wordPatternsOf(layout, [record]))))
}

/** @returns all patterns of a stream, one by one. */
export async function readRecords(patterns: AsyncIterable<WordPatterns>): Promise<PatternRecord[]> {
  const records: PatternRecord[] = []
  for await (const batch of patterns) records.push(...recordsOf(batch))
  return records
}
