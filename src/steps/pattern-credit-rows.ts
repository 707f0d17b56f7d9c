import type { ExportManifest } from '../artifacts/manifest.ts'
import { gridOf } from '../artifacts/pattern-source.ts'
import type { ConvertingPatterns } from '../examples/pattern.ts'
import { wordLayoutOf, wordsOfCells } from '../examples/pattern-words.ts'
import type { PatternCreditRow } from '../queries/conversion-credits-sql.ts'
import { type CellCredits, computeInfluenced, type PatternCredit } from '../shapley/credit.ts'
import { creditScales } from '../shapley/totals.ts'
import { BASELINE_CHANNEL } from '../tables/attribution.ts'

/** What one method credits, and the patterns that it was asked for. */
export interface ConversionCredits {
  readonly credits: CellCredits
  readonly converting: ConvertingPatterns
  /** One for each pattern of `converting`. */
  readonly patterns: readonly PatternCredit[]
}

/**
 * @returns the rows of the table that conversions are joined with, a row a pattern and cell and one for its baseline, and
 *   how many rows all conversions get by it. In the seed format there is no baseline. O(cells of all patterns).
 */
export function lookupRows(
  manifest: ExportManifest,
  { credits, converting, patterns }: ConversionCredits,
): { readonly rows: readonly PatternCreditRow[]; readonly expectedRows: number } {
  const { entryConversions } = manifest.counts
  const scales = creditScales(credits, { ...manifest.counts, seedFormat: manifest.seedFormat })
  const rowsOf = patternRows(manifest, scales)
  const rows: PatternCreditRow[] = []
  let expectedRows = 0
  let hasEmpty = false
  for (const pattern of patterns) {
    const own = rowsOf(pattern)
    if (pattern.cells.length === 0) hasEmpty = true
    rows.push(...own)
    expectedRows += converting.conversions[pattern.pattern]! * own.length
  }
  if (entryConversions === 0) return { rows, expectedRows }
  const entry = rowsOf({ pattern: -1, cells: [], credits: new Float64Array(), baseline: 1 })
  if (!hasEmpty) rows.push(...entry)
  return { rows, expectedRows: expectedRows + entryConversions * entry.length }
}

/** In the seed format there is no baseline. */
function patternRows(
  manifest: ExportManifest,
  scales: ReturnType<typeof creditScales>,
): (pattern: PatternCredit) => readonly PatternCreditRow[] {
  const grid = gridOf(manifest)
  const layout = wordLayoutOf(grid)
  const scaled = (credit: number, scale: number | undefined) => (scale === undefined ? null : credit * scale)
  return ({ cells, credits, baseline }) => {
    const days = cells.map((cell) => Math.floor(cell / grid.channelCount))
    const channels = cells.map((cell) => cell % grid.channelCount)
    const words = wordsOfCells(layout, days, channels)
    const influenced = computeInfluenced(credits)
    const rows = cells.map(
      (_, at): PatternCreditRow => ({
        words,
        channel: manifest.channels[channels[at]!]!,
        daysBefore: days[at]!,
        influenced: influenced?.[at] ?? null,
        incremental: scaled(credits[at]!, scales.conversions),
        valueFactor: scaled(credits[at]!, scales.value),
      }),
    )
    if (manifest.seedFormat) return rows
    const none = { channel: BASELINE_CHANNEL, daysBefore: null, influenced: null }
    return [...rows, { words, ...none, incremental: baseline, valueFactor: baseline }]
  }
}
