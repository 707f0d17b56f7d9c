import type { EvidenceRows } from '../artifacts/evidence-files.ts'
import type { CellGrid } from '../examples/pattern.ts'
import { cellsOfWords } from '../examples/pattern-words.ts'
import type { AfterConversion } from '../examples/touchpoints.ts'
import {
  decodeEvidenceKey,
  type EvidencePlan,
  type EvidenceSpan,
  SPAN_KIND,
  type SpanKind,
} from '../queries/evidence-key.ts'

/** How the rows of an evidence sample were made. */
export interface EvidenceRules extends EvidencePlan {
  /** First day of examples, counted from 1970-01-01; null where that is each user's own. */
  readonly firstExampleDay: number | null
  /** By `td-mta` windows are cut, not aged. */
  readonly examples: 'user-days' | 'td-mta'
  /** Whether windows begin after the previous conversion. */
  readonly afterConversion: AfterConversion
}

/**
 * The evidence sample, one entry per span in each column: windows of sampled users with the days on which they only
 * grow older. All examples of these users can be derived from it, the empty ones included.
 */
export interface EvidenceSample {
  readonly grid: CellGrid
  readonly afterConversion: AfterConversion
  readonly rate: number
  /** Groups of users by hash, for the noise between them. */
  readonly groups: number
  /** Users; those that share a slot count as one. */
  readonly users: number
  /** Days from the first row's to the last one's. */
  readonly days: number
  /** Spans. */
  readonly count: number
  /** Number of equal spans that each represents. */
  readonly weight: Float64Array
  /** 1: the window of a conversion. */
  readonly converts: Uint8Array
  /** 1: of one that is credited, too. */
  readonly isCredited: Uint8Array
  /** Spans of user u: from userStart[u] up to userStart[u + 1], days ascending. */
  readonly userStart: Uint32Array
  readonly group: Uint16Array
  /** The window's own day, 0 being the first of `days`. */
  readonly day: Uint16Array
  /** Ages of the window at which it is an example: from `firstAge` up to `endAge`, not included. */
  readonly firstAge: Uint16Array
  readonly endAge: Uint16Array
  /** Days at risk without any touch in the window: the first one, and how many. */
  readonly emptyFrom: Uint16Array
  readonly emptyDays: Uint16Array
  /** Cells of span i: from cellStart[i] up to cellStart[i + 1], as days before * channels + channel, ascending. */
  readonly cellStart: Uint32Array
  readonly cells: Uint32Array
}

/** So that each group has conversions and the noise between groups is known to a tenth of itself. */
const GROUPS = 64

/**
 * @param parts the spans of each batch, as {@link EvidenceRules} say.
 * @returns the sample of all batches, user by user. O(spans * log + cells), about 60 bytes per span.
 */
export function buildEvidenceSample(
  parts: readonly EvidenceRows[],
  rules: EvidenceRules,
  grid: CellGrid,
): EvidenceSample {
  const spans = parts.flatMap((rows) => decodeSpans(rows, rules, grid))
  spans.sort(compareSpans)
  const cells: number[] = []
  const cellStart = new Uint32Array(spans.length + 1)
  const userStart: number[] = []
  spans.forEach((span, at) => {
    if (at === 0 || span.slot !== spans[at - 1]!.slot) userStart.push(at)
    for (const cell of span.cells) cells.push(cell)
    cellStart[at + 1] = cells.length
  })
  const column = (of: (span: DecodedSpan) => number) => Uint16Array.from(spans, of)
  return {
    grid,
    afterConversion: rules.afterConversion,
    rate: rules.rate,
    groups: GROUPS,
    days: rules.days,
    count: spans.length,
    users: userStart.length,
    userStart: Uint32Array.from([...userStart, spans.length]),
    weight: Float64Array.from(spans, ({ weight }) => weight),
    converts: flags(spans, [SPAN_KIND.credited, SPAN_KIND.learned]),
    isCredited: flags(spans, [SPAN_KIND.credited]),
    group: column(({ slot }) => slot % GROUPS),
    day: column(({ day }) => day),
    firstAge: column(({ firstAge }) => firstAge),
    endAge: column(({ endAge }) => endAge),
    emptyFrom: column((span) => span.day + emptyAgeOf(span, span.cells.length > 0, rules, grid)),
    emptyDays: column(({ emptyDays }) => emptyDays),
    cellStart,
    cells: Uint32Array.from(cells),
  }
}

/**
 * @returns the first users of a sample, as many as have about that many spans; users are in the order of a hash.
 * O(users).
 */
export function firstUsers(sample: EvidenceSample, spans: number): EvidenceSample {
  if (sample.count <= spans) return sample
  let users = 1
  while (users < sample.users && sample.userStart[users + 1]! <= spans) users++
  return {
    ...sample,
    users,
    count: sample.userStart[users]!,
    userStart: sample.userStart.subarray(0, users + 1),
    rate: (sample.rate * users) / sample.users,
  }
}

/** By user and day; users that share a slot are kept in one order, whatever the batches. */
function compareSpans(left: DecodedSpan, right: DecodedSpan): number {
  return (
    left.slot - right.slot ||
    left.day - right.day ||
    left.kind - right.kind ||
    left.firstAge - right.firstAge ||
    left.endAge - right.endAge ||
    left.emptyDays - right.emptyDays ||
    compareNumbers(left.cells, right.cells)
  )
}

function compareNumbers(left: readonly number[], right: readonly number[]): number {
  const at = left.findIndex((number, k) => number !== right[k])
  return at < 0 ? left.length - right.length : left[at]! - (right[at] ?? -1)
}

function flags(spans: readonly DecodedSpan[], kinds: readonly SpanKind[]): Uint8Array {
  return Uint8Array.from(spans, ({ kind }) => (kinds.includes(kind) ? 1 : 0))
}

interface DecodedSpan extends EvidenceSpan {
  readonly weight: number
  readonly cells: readonly number[]
}

function decodeSpans(rows: EvidenceRows, rules: EvidenceRules, grid: CellGrid): DecodedSpan[] {
  const spans = Array.from({ length: rows.count }, (_, row) => {
    const { daysBefore, channels } = cellsOfWords(rows.layout, rows.wordsOf(row))
    const span = decodeEvidenceKey(rules, grid.lookbackDays, rows.keyOf(row))
    return {
      ...span,
      weight: rows.countOf(row),
      cells: daysBefore.map((day, k) => day * grid.channelCount + channels[k]!),
    }
  })
  return rules.examples === 'td-mta' ? spans.flatMap((span) => cutSpans(span, grid)) : spans
}

/**
 * The original's last window of a user is several examples: whole, and without its oldest days with touches.
 * @returns one span for each, the whole window first.
 */
function cutSpans(span: DecodedSpan, { channelCount }: CellGrid): readonly DecodedSpan[] {
  if (span.kind !== SPAN_KIND.noConversion || span.endAge <= span.firstAge) return [span]
  const dayOf = (cell: number) => Math.floor(cell / channelCount)
  const ends = span.endAge - span.firstAge === 1 ? [] : span.cells.map(dayOf)
  const oldest = [...new Set(ends)].sort((left, right) => right - left)
  const whole = { ...span, endAge: span.firstAge + 1 }
  return [
    whole,
    ...oldest.slice(1).map((day) => ({ ...whole, cells: span.cells.filter((cell) => dayOf(cell) <= day) })),
  ]
}

/** @returns the age of a span's window at which its days without any touch begin, if it has such days. */
function emptyAgeOf(
  { kind, firstAge, day }: EvidenceSpan,
  hasTouch: boolean,
  { firstExampleDay, firstDay }: EvidenceRules,
  { lookbackDays }: CellGrid,
): number {
  if (kind !== SPAN_KIND.noConversion) return Math.max(1, (firstExampleDay ?? firstDay) - firstDay - day)
  return hasTouch ? lookbackDays : firstAge
}

/**
 * @returns where the cells of a span that are still in the window at an age end: the later ones are too old.
 * O(cells).
 */
export function cellEndAt(sample: EvidenceSample, span: number, age: number): number {
  const { grid, cells, cellStart } = sample
  const limit = (grid.lookbackDays - age) * grid.channelCount
  let end = cellStart[span + 1]!
  while (end > cellStart[span]! && cells[end - 1]! >= limit) end--
  return end
}
