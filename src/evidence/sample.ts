import { decodeEvidenceKey, type EvidencePlan, type EvidenceSpan } from '../examples/evidence-key.ts'
import type { EvidenceRows } from '../examples/evidence-rows.ts'
import type { CellGrid } from '../examples/pattern.ts'
import { cellsOfWords } from '../examples/pattern-words.ts'

/** What the rows of an evidence sample were made by. */
export interface EvidenceRules extends EvidencePlan {
  /** First day of examples, counted from 1970-01-01; null where that is each user's own. */
  readonly firstExampleDay: number | null
}

/**
 * The evidence sample, a number a span in each column: windows of sampled users with the days on which they only grew
 * older. All examples of these users can be told from it, the empty ones too.
 */
export interface EvidenceSample {
  readonly grid: CellGrid
  readonly rate: number
  readonly groups: number
  /** Days from the first row's to the last one's. */
  readonly days: number
  /** Spans. */
  readonly count: number
  /** Equal spans that each stands for. */
  readonly weight: Float64Array
  /** 1: the window of a conversion. */
  readonly converts: Uint8Array
  readonly group: Uint16Array
  /** The window's own day, 0 being the first of `days`. */
  readonly day: Uint16Array
  /** Ages of the window at which it is an example: from `firstAge` up to `endAge`, not included. */
  readonly firstAge: Uint16Array
  readonly endAge: Uint16Array
  /** Days at risk without any touch in the window: from `emptyFrom` on, so many. */
  readonly emptyFrom: Uint16Array
  readonly emptyDays: Uint16Array
  /** Cells of span i: from cellStart[i] up to cellStart[i + 1], as days before * channels + channel, ascending. */
  readonly cellStart: Uint32Array
  readonly cells: Uint32Array
}

/**
 * @param parts the spans of each batch, as {@link EvidenceRules} say.
 * @returns the sample of all batches. O(spans + cells), some 40 bytes a span.
 */
export function buildEvidenceSample(
  parts: readonly EvidenceRows[],
  rules: EvidenceRules,
  grid: CellGrid,
): EvidenceSample {
  const count = parts.reduce((sum, rows) => sum + rows.count, 0)
  const cells: number[] = []
  const sample = {
    grid,
    rate: rules.rate,
    groups: rules.groups,
    days: rules.days,
    count,
    weight: new Float64Array(count),
    converts: new Uint8Array(count),
    group: new Uint16Array(count),
    day: new Uint16Array(count),
    firstAge: new Uint16Array(count),
    endAge: new Uint16Array(count),
    emptyFrom: new Uint16Array(count),
    emptyDays: new Uint16Array(count),
    cellStart: new Uint32Array(count + 1),
  }
  let at = 0
  for (const rows of parts) {
    for (let row = 0; row < rows.count; row++, at++) {
      const span = decodeEvidenceKey(rules, grid.lookbackDays, rows.keyOf(row))
      const { daysBefore, channels } = cellsOfWords(rows.layout, rows.wordsOf(row), 0)
      for (let k = 0; k < daysBefore.length; k++)
        cells.push(daysBefore[k]! * grid.channelCount + channels[k]!)
      const emptyAge = emptyAgeOf(span, daysBefore.length > 0, rules, grid)
      sample.weight[at] = rows.countOf(row)
      sample.converts[at] = span.kind === 1 ? 1 : 0
      sample.group[at] = span.group
      sample.day[at] = span.day
      sample.firstAge[at] = span.firstAge
      sample.endAge[at] = span.endAge
      sample.emptyFrom[at] = span.day + emptyAge
      sample.emptyDays[at] = span.emptyDays
      sample.cellStart[at + 1] = cells.length
    }
  }
  return { ...sample, cells: Uint32Array.from(cells) }
}

/** @returns at which age of a span's window its days without any touch begin; it has them only where it says so. */
function emptyAgeOf(
  { kind, firstAge, day }: EvidenceSpan,
  hasTouch: boolean,
  { firstExampleDay, firstDay }: EvidenceRules,
  { lookbackDays }: CellGrid,
): number {
  if (kind !== 0) return Math.max(1, (firstExampleDay ?? firstDay) - firstDay - day)
  return hasTouch ? lookbackDays : firstAge
}

/**
 * @returns how many cells of a span, of those in order, are within the window at an age: the others have grown too old.
 * O(cells).
 */
export function cellEndAt(sample: EvidenceSample, span: number, age: number): number {
  const { grid, cells, cellStart } = sample
  const limit = (grid.lookbackDays - age) * grid.channelCount
  let end = cellStart[span + 1]!
  while (end > cellStart[span]! && cells[end - 1]! >= limit) end--
  return end
}
