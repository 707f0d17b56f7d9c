import { EvidenceRows } from '../artifacts/evidence-files.ts'
import { DataError } from '../errors.ts'
import type { WordLayout } from '../examples/pattern-words.ts'
import { otherPositionOf } from '../examples/vocabulary.ts'
import type { WordPatterns } from '../examples/word-patterns.ts'
import { queryNumbers } from '../warehouse/query-numbers.ts'
import type { SetAside, Warehouse } from '../warehouse/warehouse.ts'
import { DaySets } from './day-sets.ts'
import { dropsUsers } from './dropped-sql.ts'
import type { ExtractionPlan } from './extraction-plan.ts'
import { extractionQuery, firstSetLabel, LABEL } from './extraction-sql.ts'
import { type Ages, NegativeCells, type SampledNegatives } from './negative-cells.ts'
import { positionsOf } from './result-columns.ts'
import type { SpanParts } from './span-sql.ts'
import { type Sql, sql } from './sql.ts'
import { ageNumbers, agesOf } from './thinned-sql.ts'
import { batchedTouchpointsSql } from './window-sql.ts'

/** Counts of one batch, which add up over the batches. */
export interface BatchTotals {
  readonly users: number
  /** Distinct conversions in the range. */
  readonly conversions: number
  /** Conversion rows merged with another one of the same user and second. */
  readonly mergedConversionRows: number
  /** Conversions that are not examples: they belong to the baseline. */
  readonly entryConversions: number
  readonly creditedEntryConversions: number
  /** Of credited conversions. */
  readonly creditedEntryValue: number
  readonly creditedValue: number
  readonly positiveExamples: number
  readonly creditedExamples: number
  readonly negativeExamples: number
  /** Negative examples without a touch in the window; where only some users are drawn, those that they stand for. */
  readonly emptyNegativeExamples: number
  readonly positiveValidationExamples: number
  readonly negativeValidationExamples: number
}

/** The patterns of one batch, and, once they have been read, its counts. */
export interface Extraction {
  /** Unique in pattern and label; all of label 1 first, in the same order whatever the warehouse. */
  readonly patterns: AsyncIterable<WordPatterns>
  /** @throws {Error} before the end of `patterns`. */
  totals(): BatchTotals
  /**
   * The evidence sample's part of the batch, some 25 MB at most.
   * @throws {Error} before the end of `patterns`.
   */
  evidence(): EvidenceRows
  /**
   * Undefined where all users are kept.
   * @throws {Error} before the end of `patterns`.
   */
  sampled(): SampledNegatives | undefined
}

/**
 * Sets the touchpoints of several batches aside where the warehouse can, so that each batch does not read all of them.
 * @returns undefined where it can't, or where there is one batch.
 */
export async function setBatchesAside(
  warehouse: Warehouse,
  plan: ExtractionPlan,
  signal?: AbortSignal,
): Promise<SetAside | undefined> {
  if (plan.batches === 1) return undefined
  return await warehouse.setAside?.(batchedTouchpointsSql(spanParts(plan, 0)), sql`batch`, signal)
}

/**
 * Runs one batch's query when its patterns are read. Holds one chunk of rows in memory.
 * @param batch 0 .. plan.batches - 1.
 * @param rowsByBatch of {@link setBatchesAside}.
 */
export function extractBatch(
  warehouse: Warehouse,
  plan: ExtractionPlan,
  batch: number,
  signal?: AbortSignal,
  rowsByBatch?: Sql,
): Extraction {
  const parts = { ...spanParts(plan, batch), rowsByBatch }
  const query = extractionQuery(parts)
  const tally = new BatchTally(parts, positionsOf(query.columns))
  let isRead = false
  async function* patterns() {
    for await (const columns of queryNumbers(warehouse, query.sql, signal)) yield* tally.take(columns)
    isRead = true
  }
  const whole = () => {
    if (isRead) return tally
    throw new DataError('the totals and the evidence of a batch are known only after its last pattern')
  }
  return {
    patterns: patterns(),
    totals: () => whole().totals(),
    evidence: () => whole().evidence,
    sampled: () => whole().sampled(),
  }
}

/** @returns what the queries of a batch are built from. */
export function spanParts(plan: ExtractionPlan, batch: number): SpanParts {
  const { rules, survey, channels, days, layout, setLayout } = plan
  return {
    ...plan,
    ...survey.scan,
    layout: setLayout ?? layout,
    touches: setLayout === undefined ? undefined : layout,
    otherPosition: otherPositionOf(channels, rules.maxChannels),
    lastDay: days.dayOf(survey.endOfRiskSec),
    firstDay: rules.fromSec === undefined ? undefined : days.dayOf(rules.fromSec),
    batch,
  }
}

/** Positions of the columns, and of the first of the words at their end. */
type ColumnPositions = Readonly<
  Record<
    'rowLabel' | 'examples' | 'validationExamples' | 'creditedExamples' | 'exampleValue' | 'word0',
    number
  >
> & { readonly keptExamples?: number; readonly keptValidationExamples?: number }

class BatchTally {
  readonly evidence: EvidenceRows
  private readonly layout: WordLayout
  private readonly at: ColumnPositions
  /** Of everybody, where only some users are drawn. */
  private readonly cells: NegativeCells | undefined
  private readonly standsFor = { negativeExamples: 0, negativeValidationExamples: 0 }
  /** What the numbers in the words stand for, where they are not touches. */
  private readonly sets: DaySets | undefined
  private readonly firstSet: number
  private conversionRows = 0
  private readonly counts = {
    users: 0,
    entryConversions: 0,
    creditedEntryConversions: 0,
    creditedEntryValue: 0,
    creditedValue: 0,
    positiveExamples: 0,
    creditedExamples: 0,
    negativeExamples: 0,
    emptyNegativeExamples: 0,
    positiveValidationExamples: 0,
    negativeValidationExamples: 0,
  }

  constructor(parts: SpanParts, at: ColumnPositions) {
    const layout = parts.touches ?? parts.layout
    this.evidence = new EvidenceRows(layout)
    this.layout = layout
    this.at = at
    this.firstSet = firstSetLabel(parts.layout)
    if (parts.touches !== undefined) this.sets = new DaySets(parts.layout, parts.touches)
    if (dropsUsers(parts)) this.cells = new NegativeCells(layout)
  }

  /** @returns the patterns among the rows, after taking all counts. A pattern row without examples is no pattern. */
  take(columns: readonly Float64Array[]): WordPatterns[] {
    const found: WordPatterns[] = []
    const rows = columns[0]?.length ?? 0
    for (let row = 0; row < rows; ) {
      const end = this.endOfPatterns(columns, row)
      if (end > row) {
        const rowsOfLabel = columns.map((column) => column.subarray(row, end))
        const patterns = this.patternsOf(rowsOfLabel)
        this.countPatterns(patterns, rowsOfLabel)
        found.push(patterns)
      } else this.takeOther(columns, row)
      row = Math.max(end, row + 1)
    }
    return found
  }

  /** @returns where the patterns of one label end that begin at the row; the row itself if it is none. */
  private endOfPatterns(columns: readonly Float64Array[], row: number): number {
    const labels = columns[this.at.rowLabel]!
    const examples = columns[this.at.examples]!
    const label = labels[row]!
    let end = row
    if (label < LABEL.notConverting || label > LABEL.converting) return end
    while (end < labels.length && labels[end] === label && examples[end]! > 0) end++
    return end
  }

  private patternsOf(columns: readonly Float64Array[]): WordPatterns {
    const { at, layout } = this
    return {
      layout,
      label: columns[at.rowLabel]![0] === LABEL.converting ? 1 : 0,
      words: this.wordsOf(columns),
      counts: columns[at.examples]!,
      validationCounts: columns[at.validationExamples]!,
      creditedCounts: columns[at.creditedExamples]!,
      values: columns[at.exampleValue]!,
    }
  }

  /** @param columns with these rows only. */
  private wordsOf(columns: readonly Float64Array[]): readonly Float64Array[] {
    const words = columns.slice(this.at.word0)
    return this.sets === undefined ? words : this.sets.wordsOf(words)
  }

  /** @param columns of the patterns' rows. */
  private countPatterns(
    { label, words, counts, validationCounts, creditedCounts }: WordPatterns,
    columns: readonly Float64Array[],
  ): void {
    const totals = this.counts
    if (label === 1) {
      totals.positiveExamples += sumOf(counts)
      totals.positiveValidationExamples += sumOf(validationCounts)
      totals.creditedExamples += sumOf(creditedCounts)
      return
    }
    const { examples, validationExamples } = this.at
    const { keptExamples = examples, keptValidationExamples = validationExamples } = this.at
    const [kept, validating] = [columns[keptExamples]!, columns[keptValidationExamples]!]
    totals.negativeExamples += sumOf(kept)
    totals.negativeValidationExamples += sumOf(validating)
    this.cells?.addPatterns(words, kept, validating)
    this.standsFor.negativeExamples += sumOf(counts)
    this.standsFor.negativeValidationExamples += sumOf(validationCounts)
    // They are ordered by their words.
    if (words.every((column) => column[0] === 0)) totals.emptyNegativeExamples = counts[0]!
  }

  /** Takes a row of counts, of the evidence sample, or of users who aren't drawn. */
  private takeOther(columns: readonly Float64Array[], row: number): void {
    const { at, counts } = this
    const numberAt = (column: number) => columns[column]![row]!
    const label = numberAt(at.rowLabel)
    const count = numberAt(at.examples)
    const wordsOfRow = () => this.wordsOf(columns.map((column) => column.subarray(row, row + 1)))
    if (label <= LABEL.spans) {
      const words = wordsOfRow().map(([word]) => word!)
      this.evidence.add(LABEL.spans - label, count, words)
    } else if (this.sets !== undefined && label >= this.firstSet) {
      this.sets.add(label - this.firstSet, numberAt(at.word0))
    } else if (label === LABEL.thinned) {
      counts.negativeExamples += count
      counts.negativeValidationExamples += numberAt(at.validationExamples)
    } else if (label >= LABEL.seen) {
      const pattern = { words: wordsOfRow(), row: 0 }
      this.cells?.addAges(pattern, agesOfLabel(label, this.layout), count, numberAt(at.validationExamples))
    } else if (label === LABEL.users) {
      counts.users = count
      counts.creditedEntryValue = numberAt(at.exampleValue)
      this.conversionRows = numberAt(at.validationExamples)
    } else if (label === LABEL.entries) {
      counts.entryConversions = count
      counts.creditedEntryConversions = numberAt(at.creditedExamples)
      counts.creditedValue = numberAt(at.exampleValue)
    }
  }

  totals(): BatchTotals {
    const conversions = this.counts.positiveExamples + this.counts.entryConversions
    return { ...this.counts, conversions, mergedConversionRows: this.conversionRows - conversions }
  }

  sampled(): SampledNegatives | undefined {
    const { cells, standsFor } = this
    if (cells === undefined) return undefined
    return { ...standsFor, negativeCells: [...cells.all], negativeValidationCells: [...cells.validating] }
  }
}

/** @returns at which ages a row of thinned users has examples, and whether they are to be taken away. */
function agesOfLabel(label: number, { grid: { lookbackDays } }: WordLayout): Ages {
  if (label === LABEL.seen) return { from: 0, to: 0, isCut: false }
  const isCut = label >= LABEL.later + ageNumbers(lookbackDays)
  return { ...agesOf((label - LABEL.later) % ageNumbers(lookbackDays), lookbackDays), isCut }
}

function sumOf(column: Float64Array): number {
  let sum = 0
  for (let row = 0; row < column.length; row++) sum += column[row]!
  return sum
}
