import type { ExportManifest } from '../artifacts/manifest.ts'
import { gridOf } from '../artifacts/pattern-source.ts'
import { type Counted, patternKey, type Segments } from '../artifacts/segments.ts'
import { DataError } from '../errors.ts'
import { type ConvertingPatterns, cellCount } from '../examples/pattern.ts'
import { cellsOfWords, wordLayoutOf } from '../examples/pattern-words.ts'
import { type Finding, finding } from '../findings/finding.ts'
import { optionsOfRecord } from '../options/shaping.ts'
import { readRows } from '../queries/result-columns.ts'
import { segmentsQuery } from '../queries/segments-sql.ts'
import type { MeanCredit } from '../shapley/campaign-credit.ts'
import type { CellCredits } from '../shapley/credit.ts'
import { CreditSums } from '../shapley/credit-sums.ts'
import { creditScales, maybeShares } from '../shapley/totals.ts'
import { type AttributionRow, BASELINE_CHANNEL, OF_ALL } from '../tables/attribution.ts'
import { readExportedTouchpoints } from './exported-touchpoints.ts'
import type { World } from './world.ts'

/** The segment of conversions for which no row names one, and that of all segments beyond {@link MOST_SEGMENTS}. */
export const NO_SEGMENT = '(none)'
export const OTHER_SEGMENTS = '(other)'

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
  const parts = { ...touchpoints, layout, batch: 0, batches: 1, onlyUpToConversions: true }
  const query = segmentsQuery(parts, column)
  const segments = new Map<string, Map<string, Counted>>()
  let found = 0
  for await (const row of readRows(warehouse, query, signal)) {
    const { segment, conversions, value, ...words } = row
    const cells = cellsOfWords(layout, Object.values(words).map(Number))
    const key = patternKey(
      cells.daysBefore.map((day, at) => day * layout.grid.channelCount + (cells.channels[at] ?? 0)),
    )
    const counted = segments.get(segment ?? NO_SEGMENT) ?? new Map<string, Counted>()
    segments.set(segment ?? NO_SEGMENT, counted)
    addTo(counted, key, { conversions, value })
    found += conversions
  }
  checkAll(found, manifest)
  findings.add(segmentFindings(segments, exported.segmentColumn))
  return commonest(segments)
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

function conversionsOf(counted: ReadonlyMap<string, Counted> | undefined): number {
  return [...(counted?.values() ?? [])].reduce((sum, { conversions }) => sum + conversions, 0)
}

function segmentFindings(
  segments: ReadonlyMap<string, ReadonlyMap<string, Counted>>,
  column: string,
): readonly Finding[] {
  const found: Finding[] = []
  const without = conversionsOf(segments.get(NO_SEGMENT))
  if (without > 0) {
    const what = `whose user has no row with a ${column} up to then: segment ${NO_SEGMENT}`
    found.push(finding('conversions-without-segment', { count: without, what }))
  }
  if (segments.size > MOST_SEGMENTS) {
    const what = `of segments in ${column}: those with most conversions are told apart, the others are ${OTHER_SEGMENTS}`
    found.push(finding('many-segments', { count: segments.size, what }))
  }
  return found
}

/** @returns the segments by their conversions, then by name; those beyond the most are one. */
function commonest(segments: ReadonlyMap<string, ReadonlyMap<string, Counted>>): Segments {
  const sorted = [...segments].sort(
    ([name, one], [otherName, other]) =>
      conversionsOf(other) - conversionsOf(one) || (name < otherName ? -1 : 1),
  )
  if (sorted.length <= MOST_SEGMENTS) return new Map(sorted)
  const rest = new Map<string, Counted>()
  for (const [, counted] of sorted.slice(MOST_SEGMENTS - 1)) {
    for (const [key, one] of counted) addTo(rest, key, one)
  }
  const kept = new Map(sorted.slice(0, MOST_SEGMENTS - 1))
  for (const [key, one] of kept.get(OTHER_SEGMENTS) ?? []) addTo(rest, key, one)
  return kept.set(OTHER_SEGMENTS, rest)
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
