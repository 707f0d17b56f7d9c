import type { ExportManifest } from '../artifacts/manifest.ts'
import { gridOf } from '../artifacts/pattern-source.ts'
import { type Counted, patternKey, type Segments } from '../artifacts/segments.ts'
import { DataError } from '../errors.ts'
import { type ConvertingPatterns, cellCount } from '../examples/pattern.ts'
import { cellsOfWords, wordLayoutOf } from '../examples/pattern-words.ts'
import { type Finding, finding } from '../findings/finding.ts'
import { optionsOfRecord } from '../options/shaping.ts'
import { readRows } from '../queries/result-columns.ts'
import { NO_SEGMENT, OTHER_SEGMENTS, segmentsQuery, segmentTotalsQuery } from '../queries/segments-sql.ts'
import type { MeanCredit } from '../shapley/campaign-credit.ts'
import type { CellCredits } from '../shapley/credit.ts'
import { CreditSums } from '../shapley/credit-sums.ts'
import { creditScales, maybeShares } from '../shapley/totals.ts'
import { type AttributionRow, BASELINE_CHANNEL, OF_ALL } from '../tables/attribution.ts'
import { readExportedTouchpoints } from './exported-touchpoints.ts'
import type { World } from './world.ts'

/** A segment has a row for each channel and day: with more, nobody reads them. */
const MOST_SEGMENTS = 20

/**
 * Counts the conversions of the export by segment, in the warehouse.
 * @param manifest of the export, before it is left. @returns undefined without a column of segments. O(patterns x segments).
 * @throws {DataError} where the touchpoints are no longer those that were exported.
 */
export async function countSegments(manifest: ExportManifest, world: World): Promise<Segments | undefined> {
  const exported = optionsOfRecord(manifest.options)
  if (exported.segmentColumn === undefined) return undefined
  const { warehouse, findings, signal } = world
  const touchpoints = await readExportedTouchpoints(warehouse, manifest)
  const { segment: column } = touchpoints.columns
  if (column === undefined) return undefined
  const layout = wordLayoutOf(gridOf(manifest))
  // As many as the export had, so that no query is larger.
  const batches = Math.max(1, manifest.positiveShards.length)
  const inBatches = Array.from({ length: batches }, (_, batch) => {
    return { ...touchpoints, layout, batch, batches, onlyUpToConversions: true }
  })
  const totals = new Map<string, number>()
  for (const parts of inBatches) {
    for await (const row of readRows(warehouse, segmentTotalsQuery(parts, column), signal)) {
      const { segment, conversions } = row
      if (segment !== null) totals.set(segment, conversions + (totals.get(segment) ?? 0))
    }
  }
  const names = commonest(totals)
  const kept = totals.size > MOST_SEGMENTS ? names : undefined
  const segments = new Map(names.map((name) => [name, new Map<string, Counted>()]))
  let found = 0
  for (const parts of inBatches) {
    for await (const row of readRows(warehouse, segmentsQuery(parts, column, kept), signal)) {
      const { segment, conversions, value, ...words } = row
      const cells = cellsOfWords(layout, Object.values(words).map(Number))
      const key = patternKey(
        cells.daysBefore.map((day, at) => day * layout.grid.channelCount + (cells.channels[at] ?? 0)),
      )
      const name = segment ?? NO_SEGMENT
      const counted = segments.get(name) ?? new Map<string, Counted>()
      segments.set(name, counted)
      addTo(counted, key, { conversions, value })
      found += conversions
    }
  }
  checkAll(found, manifest)
  findings.add(segmentFindings(totals, exported.segmentColumn))
  return segments
}

function addTo(counted: Map<string, Counted>, key: string, { conversions, value }: Counted): void {
  const former = counted.get(key) ?? { conversions: 0, value: 0 }
  counted.set(key, { conversions: former.conversions + conversions, value: former.value + value })
}

function checkAll(found: number, { counts }: ExportManifest): void {
  const { conversions } = counts.credited
  if (found === conversions) return
  throw new DataError(
    `--segment-column (SEGMENT_COLUMN): the touchpoints have ${found} conversions to credit, the export had ${conversions}: they have ` +
      'changed since; export again, with --to (TO) where rows are still being added',
  )
}

function segmentFindings(totals: ReadonlyMap<string, number>, column: string): readonly Finding[] {
  const found: Finding[] = []
  const without = totals.get(NO_SEGMENT) ?? 0
  if (without > 0) {
    const what = `whose user has no row with a ${column} up to then: segment ${NO_SEGMENT}`
    found.push(finding('conversions-without-segment', { count: without, what }))
  }
  if (totals.size > MOST_SEGMENTS) {
    const what = `of segments in ${column}: those with the most conversions are kept apart, the others are ${OTHER_SEGMENTS}`
    found.push(finding('many-segments', { count: totals.size, what }))
  }
  return found
}

/** @returns the names of the segments that are told apart, by their conversions, then by name. */
function commonest(totals: ReadonlyMap<string, number>): readonly string[] {
  const sorted = [...totals].sort(
    ([name, one], [otherName, other]) => other - one || (name < otherName ? -1 : 1),
  )
  const kept = sorted.length <= MOST_SEGMENTS ? sorted : sorted.slice(0, MOST_SEGMENTS - 1)
  return kept.map(([name]) => name)
}

/** What one method credits. */
interface MethodPatterns {
  /** Its credit of each pattern of `converting`. */
  readonly patterns: readonly MeanCredit[]
  /** Of all users. */
  readonly credits: CellCredits
  readonly converting: ConvertingPatterns
}

/**
 * Exported values have seven digits; those of a pattern's segments have to add up to the same, and may cancel.
 * @returns what each conversion's value differs by, by pattern.
 */
function valueGapsOf(
  segments: Segments,
  byKey: ReadonlyMap<string, MeanCredit>,
  converting: ConvertingPatterns,
  entryValue: number,
): ReadonlyMap<string, number> {
  const found = new Map<string, Counted>()
  for (const counted of segments.values()) for (const [key, one] of counted) addTo(found, key, one)
  return new Map(
    [...found].map(([key, { conversions, value }]) => {
      const pattern = byKey.get(key)?.conversions.pattern
      const ofPattern = pattern === undefined ? 0 : (converting.value[pattern] ?? 0)
      return [key, (ofPattern + (key === '' ? entryValue : 0) - value) / conversions]
    }),
  )
}

/**
 * @param method what it credits to all users.
 * @returns the method's rows of each segment, those of cells with credit: the credits of the patterns of its conversions, by the model of all
 *   users, so that they add up to the rows of all users. O(patterns x segments).
 * @throws {DataError} for a pattern that the export doesn't have.
 */
export function segmentRows(
  segments: Segments,
  { patterns, credits, converting }: MethodPatterns,
  manifest: ExportManifest,
): AttributionRow[] {
  const byKey = new Map(patterns.map((mean) => [patternKey(mean.conversions.cells), mean]))
  const valueGaps = valueGapsOf(segments, byKey, converting, manifest.counts.credited.entryValue)
  const scales = creditScales(credits, { ...manifest.counts.credited, seedFormat: manifest.seedFormat })
  return [...segments].flatMap(([segment, counted]) => {
    const sums = new CreditSums(cellCount(gridOf(manifest)))
    // Conversions that brought their user into the data have no pattern.
    const none = { cells: [], credits: new Float64Array(), standardErrors: new Float64Array() }
    const entry = { conversions: { ...none, baseline: 1, pattern: 0, probability: 1 } }
    for (const [key, { conversions, value }] of counted) {
      const mean: MeanCredit | undefined = byKey.get(key) ?? (key === '' ? entry : undefined)
      if (mean === undefined) {
        throw new DataError(
          '--segment-column (SEGMENT_COLUMN): a conversion has touches that the export has not: the touchpoints have changed ' +
            'since; export again',
        )
      }
      sums.add(mean.conversions, conversions, 0)
      sums.add(mean.value ?? mean.conversions, 0, value + conversions * (valueGaps.get(key) ?? 0))
      if (mean.moreValue !== undefined) sums.add(mean.moreValue, 0, conversions)
    }
    return rowsOfSegment(segment, sums.totals(), scales, manifest)
  })
}

function rowsOfSegment(
  segment: string,
  credits: ReturnType<CreditSums['totals']>,
  scales: ReturnType<typeof creditScales>,
  { channels, options, seedFormat }: ExportManifest,
): AttributionRow[] {
  const scaled = (amount: number, scale: number | undefined) => (scale === undefined ? null : amount * scale)
  const creditedValue = (amount: number, scale: number | undefined) =>
    options.valueColumn === null ? null : scaled(amount, scale)
  const shares = maybeShares(credits.conversions)
  const unknown = { ...OF_ALL, segment, lower: null, upper: null }
  const rows: AttributionRow[] = []
  credits.conversions.forEach((conversions, cell) => {
    const value = credits.value[cell] ?? 0
    // Each channel has a row, whatever its credit.
    if (conversions === 0 && value === 0 && cell >= channels.length) return
    rows.push({
      ...unknown,
      channel: channels[cell % channels.length] ?? BASELINE_CHANNEL,
      daysBefore: Math.floor(cell / channels.length),
      conversions: scaled(conversions, scales.conversions),
      value: creditedValue(value, scales.value),
      share: shares?.[cell] ?? null,
      standardError: scaled(credits.standardError[cell] ?? 0, scales.conversions),
    })
  })
  if (seedFormat) return rows
  const { baselineConversions, baselineValue } = credits
  return [
    ...rows,
    {
      ...unknown,
      channel: BASELINE_CHANNEL,
      daysBefore: null,
      conversions: baselineConversions,
      value: creditedValue(baselineValue, 1),
      share: null,
      standardError: null,
    },
  ]
}
