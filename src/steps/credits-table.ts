import type { ExportManifest } from '../artifacts/manifest.ts'
import { gridOf } from '../artifacts/pattern-source.ts'
import type { ConvertingPatterns } from '../examples/pattern.ts'
import { wordLayoutOf, wordsOfCells } from '../examples/pattern-words.ts'
import {
  conversionCreditsSql,
  type PatternCreditRow,
  patternCreditColumns,
  wordNames,
} from '../queries/conversion-credits-sql.ts'
import type { WindowParts } from '../queries/window-sql.ts'
import type { CampaignSplit } from '../shapley/campaign-credit.ts'
import { type CellCredits, creditedCells, type PatternCredit } from '../shapley/credit.ts'
import { creditScales } from '../shapley/totals.ts'
import { BASELINE_CHANNEL } from '../tables/attribution.ts'
import { credits } from '../tables/credits.ts'
import { maybeTarget, stampCells, type WritingOptions } from '../tables/output-tables.ts'
import { sqlColumns, sqlRows } from '../tables/table.ts'
import type { QueryWrite } from '../warehouse/warehouse.ts'
import { type ExportedTouchpoints, readExportedTouchpoints } from './exported-touchpoints.ts'
import type { Exported } from './frame.ts'
import type { World } from './world.ts'

/** One method's credits, in total and by pattern. */
interface ConversionCredits {
  readonly credits: CellCredits
  readonly converting: ConvertingPatterns
  /** One for each pattern of `converting`. */
  readonly patterns: readonly PatternCredit[]
  /** Undefined where there are no campaigns. */
  readonly split: CampaignSplit | undefined
}

/**
 * @returns the write of the table, none where it was not asked for: one row per conversion and touched cell, and one for
 *   its baseline. The warehouse makes them by joining the conversions with the credits of their patterns, so that no
 *   conversion passes through here. The rows' incremental credits add up to 1 for each conversion, and over the table to
 *   `attribution`. It finds other rows than expected where the touchpoints are no longer those that were exported.
 * @throws {DataError} where the table of touchpoints is gone, or lacks a column.
 */
export async function creditsWrites(
  options: WritingOptions<'creditsTable'>,
  world: World,
  { manifest, stamp }: Exported,
  credited: ConversionCredits,
): Promise<readonly QueryWrite[]> {
  const target = maybeTarget(credits, options, stamp)
  if (target === undefined) return []
  const touchpoints = await readExportedTouchpoints(world.warehouse, manifest)
  const parts = windowParts(manifest, touchpoints)
  const { rows, expectedRows } = lookupRows(manifest, credited)
  const constants = stampCells(stamp).map(({ type, value }) => {
    return type === 'timestamp' && value !== null ? Date.parse(value) / 1000 : value
  })
  const write: QueryWrite = {
    ...target,
    lookup: {
      columns: sqlColumns(patternCreditColumns, credited.split === undefined ? wordNames(parts.layout) : []),
      rows: sqlRows(patternCreditColumns, rows),
    },
    sql: (lookup) => conversionCreditsSql(parts, lookup, constants),
    expectedRows,
    advice:
      'the touchpoints have changed since the export; export again, with --to (TO) where rows are still being added',
  }
  return [write]
}

function windowParts(manifest: ExportManifest, touchpoints: ExportedTouchpoints): WindowParts {
  const grid = gridOf(manifest)
  const leaves = manifest.campaigns?.leaves
  return {
    ...touchpoints,
    ...(leaves === undefined ? {} : { leaves, carriesLeaves: true }),
    layout: wordLayoutOf(leaves === undefined ? grid : { ...grid, channelCount: 1 }),
    batch: 0,
    batches: 1,
    onlyUpToConversions: true,
  }
}

/**
 * @returns the rows that conversions are joined with, one per pattern and cell and one per pattern's baseline, and how many
 *   rows the join must give. O(cells of all patterns).
 */
function lookupRows(
  manifest: ExportManifest,
  { credits, converting, patterns, split }: ConversionCredits,
): { readonly rows: readonly PatternCreditRow[]; readonly expectedRows: number } {
  const { entryConversions } = manifest.counts.credited
  const rowsOf = patternRows(manifest, credits)
  const own =
    split === undefined ? { patterns, conversions: converting.conversions } : dividedPatterns(split, patterns)
  const byPattern = own.patterns.map(rowsOf)
  const expectedRows = own.patterns.reduce(
    (sum, { pattern }, at) => sum + (own.conversions[pattern] ?? 0) * (byPattern[at]?.length ?? 0),
    0,
  )
  const rows = byPattern.flat()
  if (entryConversions === 0) return { rows, expectedRows }
  const entry = rowsOf({ cells: [], credits: new Float64Array(), baseline: 1 })
  const hasEmpty = patterns.some(({ cells }) => cells.length === 0)
  return {
    rows: hasEmpty ? rows : [...rows, ...entry],
    expectedRows: expectedRows + entryConversions * entry.length,
  }
}

/**
 * @returns the patterns of campaigns that are credited, with their credits; last the empty pattern, where conversions have it.
 */
function dividedPatterns(split: CampaignSplit, patterns: readonly PatternCredit[]) {
  const { count, credited } = split.patterns
  const conversions = new Float64Array(count + 1)
  conversions.set(credited.subarray(0, count))
  const divided = patterns.flatMap((credit) => {
    const own = split.patternsOf(credit.pattern)
    if (own.length > 0)
      return onceEach(
        Array.from(own, (at) => split.creditOf(credit, at)),
        conversions,
      )
    conversions[count] = split.converting.conversions[credit.pattern] ?? 0
    return [{ ...credit, pattern: count }]
  })
  return { patterns: divided, conversions }
}

/** Batches of users have patterns in common. @returns each pattern once, the first with the conversions of all that are alike. */
function onceEach(patterns: readonly PatternCredit[], conversions: Float64Array): readonly PatternCredit[] {
  const first = new Map<string, PatternCredit>()
  for (const one of patterns) {
    const key = one.cells.join(' ')
    const known = first.get(key)
    if (known === undefined) first.set(key, one)
    else conversions[known.pattern] = (conversions[known.pattern] ?? 0) + (conversions[one.pattern] ?? 0)
  }
  return [...first.values()]
}

/** In the seed format there is no baseline. */
function patternRows(
  manifest: ExportManifest,
  credits: CellCredits,
): (pattern: Pick<PatternCredit, 'cells' | 'credits' | 'baseline'>) => readonly PatternCreditRow[] {
  const { channels, counts, seedFormat } = manifest
  const leaves = manifest.campaigns?.leaves
  const names = leaves?.map(({ channel }) => channels[channel] ?? '') ?? channels
  const keyOf = patternKeys(manifest)
  const scales = creditScales(credits, { ...counts.credited, seedFormat })
  const scaled = (credit: number, scale: number | undefined) => (scale === undefined ? null : credit * scale)
  return (pattern) => {
    const cells = creditedCells(pattern, names)
    const key = keyOf(pattern.cells)
    const rows = cells.map(({ channel, place, daysBefore, influenced, incremental }): PatternCreditRow => {
      const campaign = leaves?.[place]?.campaign ?? null
      const scaledCredit = scaled(incremental, scales.conversions)
      const valueFactor = scaled(incremental, scales.value)
      return { ...key, channel, campaign, daysBefore, influenced, incremental: scaledCredit, valueFactor }
    })
    if (seedFormat) return rows
    const { baseline } = pattern
    const none = { channel: BASELINE_CHANNEL, campaign: null, daysBefore: null, influenced: null }
    return [...rows, { ...key, ...none, incremental: baseline, valueFactor: baseline }]
  }
}

/** @returns what conversions find the credits of their pattern by: its words, or its cells of campaigns as text. */
function patternKeys(
  manifest: ExportManifest,
): (cells: readonly number[]) => Pick<PatternCreditRow, 'words' | 'pattern'> {
  if (manifest.campaigns !== undefined) return (cells) => ({ words: [], pattern: cells.join(' ') })
  const layout = wordLayoutOf(gridOf(manifest))
  const { channelCount } = layout.grid
  return (cells) => ({
    words: wordsOfCells(
      layout,
      cells.map((cell) => Math.floor(cell / channelCount)),
      cells.map((cell) => cell % channelCount),
    ),
    pattern: null,
  })
}
