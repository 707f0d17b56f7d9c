import { DataError } from '../errors.ts'
import { type CellGrid, type PatternRecord, packPatterns } from '../examples/pattern.ts'
import type { ConvertingPatterns } from '../shapley/attribution.ts'
import type { ExportManifest } from './manifest.ts'
import { gridOf } from './pattern-source.ts'

/**
 * Reads all patterns that led to conversions; one that stands in several shards becomes one.
 * @returns distinct patterns in the order in which they were first met.
 * @throws {DataError} where their count is not what the manifest says.
 */
export async function readConvertingPatterns(
  manifest: ExportManifest,
  positives: AsyncIterable<readonly PatternRecord[]>,
): Promise<ConvertingPatterns> {
  const merged = new Map<string, PatternRecord>()
  for await (const batch of positives) {
    for (const record of batch) {
      const key = record.daysBefore.map((daysBefore, at) => `${daysBefore}.${record.channels[at]}`).join(' ')
      const former = merged.get(key)
      merged.set(
        key,
        former === undefined
          ? record
          : { ...former, count: former.count + record.count, value: former.value + record.value },
      )
    }
  }
  const records = [...merged.values()]
  const total = records.reduce((sum, { count }) => sum + count, 0)
  if (total !== manifest.counts.positiveExamples) {
    throw new DataError(
      `the positive TFRecords hold ${total} conversions, the manifest says ${manifest.counts.positiveExamples}: export again`,
    )
  }
  return convertingPatternsOf(gridOf(manifest), records)
}

/** @param records distinct patterns that led to conversions. */
export function convertingPatternsOf(grid: CellGrid, records: readonly PatternRecord[]): ConvertingPatterns {
  return {
    patterns: packPatterns(grid, records),
    conversions: Float64Array.from(records, (record) => record.count),
    value: Float64Array.from(records, (record) => record.value),
  }
}
