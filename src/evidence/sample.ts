import type { EvidenceRows } from '../artifacts/evidence-files.ts'
import type { CellGrid } from '../examples/pattern.ts'
import { cellsByBit, readTouchedBits } from '../examples/pattern-words.ts'
import type { AfterConversion } from '../examples/touchpoints.ts'
import { withRoom } from '../numerics/with-room.ts'
import {
  decodeEvidenceKey,
  type EvidencePlan,
  type EvidenceSpan,
  SPAN_KIND,
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
  const spans = new SpanRows()
  for (const rows of parts) readSpans(rows, rules, grid, spans)
  const order = spans.order()
  const { emptyFrom, cellStart } = placesOf(spans, order, rules, grid)
  const userStart: number[] = []
  order.forEach((row, at) => {
    if (at === 0 || spans.slot[row] !== spans.slot[order[at - 1]!]) userStart.push(at)
  })
  return {
    grid,
    afterConversion: rules.afterConversion,
    rate: rules.rate,
    groups: GROUPS,
    days: rules.days,
    count: order.length,
    users: userStart.length,
    userStart: Uint32Array.from([...userStart, order.length]),
    weight: Float64Array.from(order, (row) => spans.weight[row]!),
    converts: Uint8Array.from(order, (row) => (isConversion(spans.kind[row]!) ? 1 : 0)),
    isCredited: Uint8Array.from(order, (row) => (spans.kind[row] === SPAN_KIND.credited ? 1 : 0)),
    group: Uint16Array.from(order, (row) => spans.slot[row]! % GROUPS),
    day: Uint16Array.from(order, (row) => spans.day[row]!),
    firstAge: Uint16Array.from(order, (row) => spans.firstAge[row]!),
    endAge: Uint16Array.from(order, (row) => spans.endAge[row]!),
    emptyFrom,
    emptyDays: Uint16Array.from(order, (row) => spans.emptyDays[row]!),
    cellStart,
    cells: spans.cellsOf(order, cellStart),
  }
}

function isConversion(kind: number): boolean {
  return kind === SPAN_KIND.credited || kind === SPAN_KIND.learned
}

/** @returns where each span's days without a touch begin, and where its cells do. */
function placesOf(spans: SpanRows, order: Uint32Array, rules: EvidenceRules, grid: CellGrid) {
  const emptyFrom = new Uint16Array(order.length)
  const cellStart = new Uint32Array(order.length + 1)
  order.forEach((row, at) => {
    const cells = spans.cellCountOf(row)
    cellStart[at + 1] = cellStart[at]! + cells
    const span = { kind: spans.kind[row]!, day: spans.day[row]!, firstAge: spans.firstAge[row]! }
    emptyFrom[at] = span.day + emptyAgeOf(span, cells > 0, rules, grid)
  })
  return { emptyFrom, cellStart }
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

/** Spans as they are read, a column for each number: there are hundreds of thousands. */
class SpanRows {
  count = 0
  slot = new Uint32Array(1024)
  kind = new Uint8Array(1024)
  day = new Uint16Array(1024)
  firstAge = new Uint16Array(1024)
  endAge = new Uint16Array(1024)
  emptyDays = new Uint16Array(1024)
  weight = new Float64Array(1024)
  private cellStart = new Uint32Array(1024)
  private cells = new Uint32Array(4096)

  /** Amortised O(cells). */
  add(
    { slot, kind, day, firstAge, endAge, emptyDays }: EvidenceSpan,
    weight: number,
    cells: readonly number[],
  ) {
    const at = this.count++
    if (at >= this.slot.length) this.grow()
    this.slot[at] = slot
    this.kind[at] = kind
    this.day[at] = day
    this.firstAge[at] = firstAge
    this.endAge[at] = endAge
    this.emptyDays[at] = emptyDays
    this.weight[at] = weight
    const first = this.cellStart[at]!
    this.cells = withRoom(this.cells, first + cells.length)
    this.cells.set(cells, first)
    this.cellStart = withRoom(this.cellStart, at + 2)
    this.cellStart[at + 1] = first + cells.length
  }

  cellCountOf(row: number): number {
    return this.cellStart[row + 1]! - this.cellStart[row]!
  }

  /** @returns the rows by user and day; those of users that share a slot are in one order, whatever the batches. O(rows * log). */
  order(): Uint32Array {
    return Uint32Array.from({ length: this.count }, (_, row) => row).sort((left, right) =>
      this.compare(left, right),
    )
  }

  /** @returns the cells of the rows in this order. @param starts where those of each begin. */
  cellsOf(order: Uint32Array, starts: Uint32Array): Uint32Array {
    const cells = new Uint32Array(starts[order.length]!)
    order.forEach((row, at) => {
      cells.set(this.cells.subarray(this.cellStart[row]!, this.cellStart[row + 1]!), starts[at]!)
    })
    return cells
  }

  private compare(left: number, right: number): number {
    return (
      this.slot[left]! - this.slot[right]! ||
      this.day[left]! - this.day[right]! ||
      this.kind[left]! - this.kind[right]! ||
      this.firstAge[left]! - this.firstAge[right]! ||
      this.endAge[left]! - this.endAge[right]! ||
      this.emptyDays[left]! - this.emptyDays[right]! ||
      this.compareCells(left, right)
    )
  }

  private compareCells(left: number, right: number): number {
    const [first, other] = [this.cellStart[left]!, this.cellStart[right]!]
    const [count, others] = [this.cellCountOf(left), this.cellCountOf(right)]
    for (let k = 0; k < Math.min(count, others); k++) {
      const difference = this.cells[first + k]! - this.cells[other + k]!
      if (difference !== 0) return difference
    }
    return count - others
  }

  private grow(): void {
    const length = this.slot.length + 1
    this.slot = withRoom(this.slot, length)
    this.kind = withRoom(this.kind, length)
    this.day = withRoom(this.day, length)
    this.firstAge = withRoom(this.firstAge, length)
    this.endAge = withRoom(this.endAge, length)
    this.emptyDays = withRoom(this.emptyDays, length)
    this.weight = withRoom(this.weight, length)
  }
}

function readSpans(rows: EvidenceRows, rules: EvidenceRules, grid: CellGrid, spans: SpanRows): void {
  const { layout } = rows
  const byBit = cellsByBit(layout)
  const cellOfBit = byBit.daysBefore.map((day, bit) => day * grid.channelCount + byBit.channels[bit]!)
  const words = rows.wordColumns()
  const touched = new Uint32Array(cellOfBit.length)
  for (let row = 0; row < rows.count; row++) {
    const found = readTouchedBits(words, row, touched)
    const cells: number[] = []
    for (let k = 0; k < found; k++) cells.push(cellOfBit[touched[k]!]!)
    const span = decodeEvidenceKey(rules, grid.lookbackDays, rows.keyOf(row))
    const weight = rows.countOf(row)
    if (rules.examples === 'td-mta') addCut(spans, span, weight, cells, grid)
    else spans.add(span, weight, cells)
  }
}

/**
 * The original's last window of a user is several examples: whole, and without its oldest days with touches. Adds one span for
 * each, the whole window first.
 */
function addCut(
  spans: SpanRows,
  span: EvidenceSpan,
  weight: number,
  cells: readonly number[],
  { channelCount }: CellGrid,
): void {
  if (span.kind !== SPAN_KIND.noConversion || span.endAge <= span.firstAge) {
    spans.add(span, weight, cells)
    return
  }
  const dayOf = (cell: number) => Math.floor(cell / channelCount)
  const ends = span.endAge - span.firstAge === 1 ? [] : cells.map(dayOf)
  const oldest = [...new Set(ends)].sort((left, right) => right - left)
  const whole = { ...span, endAge: span.firstAge + 1 }
  spans.add(whole, weight, cells)
  for (const day of oldest.slice(1)) {
    spans.add(
      whole,
      weight,
      cells.filter((cell) => dayOf(cell) <= day),
    )
  }
}

/** @returns the age of a span's window at which its days without any touch begin, if it has such days. */
function emptyAgeOf(
  { kind, firstAge, day }: { readonly kind: number; readonly firstAge: number; readonly day: number },
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
