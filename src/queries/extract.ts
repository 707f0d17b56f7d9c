import { EvidenceRows } from '../artifacts/evidence-files.ts'
import { DataError } from '../errors.ts'
import type { PatternRecord } from '../examples/pattern.ts'
import { cellsOfWords, type WordLayout } from '../examples/pattern-words.ts'
import { otherPositionOf } from '../examples/vocabulary.ts'
import type { Row, Warehouse } from '../warehouse/warehouse.ts'
import type { ExtractionPlan } from './extraction-plan.ts'
import { extractionQuery, LABEL } from './extraction-sql.ts'
import { positionsOf } from './result-columns.ts'
import type { SpanParts } from './span-sql.ts'

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
  /** Negative examples without a touch in the window. */
  readonly emptyNegativeExamples: number
  readonly positiveValidationExamples: number
  readonly negativeValidationExamples: number
}

/** The patterns of one batch, and, once they have been read, its counts. */
export interface Extraction {
  /** Unique in pattern and label; all of label 1 first, in the same order whatever the warehouse. */
  readonly records: AsyncIterable<readonly PatternRecord[]>
  /** @throws {Error} before the end of `records`. */
  totals(): BatchTotals
  /**
   * The evidence sample's part of the batch, some 25 MB at most.
   * @throws {Error} before the end of `records`.
   */
  evidence(): EvidenceRows
}

/**
 * Runs one batch's query when its records are read. Holds one chunk of rows in memory.
 * @param batch 0 .. plan.batches - 1.
 */
export function extractBatch(
  warehouse: Warehouse,
  plan: ExtractionPlan,
  batch: number,
  signal?: AbortSignal,
): Extraction {
  const query = extractionQuery(spanParts(plan, batch))
  const tally = new BatchTally(plan.layout, positionsOf(query.columns))
  let isRead = false
  async function* records() {
    for await (const rows of warehouse.query(query.sql, signal)) {
      const decoded: PatternRecord[] = []
      for (const row of rows) tally.take(row, decoded)
      if (decoded.length > 0) yield decoded
    }
    isRead = true
  }
  const whole = () => {
    if (isRead) return tally
    throw new DataError('the totals and the evidence of a batch are known only after its last record')
  }
  return { records: records(), totals: () => whole().totals(), evidence: () => whole().evidence }
}

function spanParts(plan: ExtractionPlan, batch: number): SpanParts {
  const { rules, survey, channels, days } = plan
  return {
    ...plan,
    ...survey.scan,
    otherPosition: otherPositionOf(channels, rules.maxChannels),
    lastDay: days.dayOf(survey.endOfRiskSec),
    firstDay: rules.fromSec === undefined ? undefined : days.dayOf(rules.fromSec),
    batch,
  }
}

/** Positions of the numbers in a row, and of the first of the words at its end. */
type RowPositions = Readonly<
  Record<
    'rowLabel' | 'examples' | 'validationExamples' | 'creditedExamples' | 'exampleValue' | 'word0',
    number
  >
>

class BatchTally {
  readonly evidence: EvidenceRows
  private readonly layout: WordLayout
  private readonly at: RowPositions
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

  constructor(layout: WordLayout, at: RowPositions) {
    this.evidence = new EvidenceRows(layout)
    this.layout = layout
    this.at = at
  }

  /** Appends the record of a row, or takes its counts. A pattern row without examples has no record. */
  take(row: Row, records: PatternRecord[]): void {
    const { at, counts } = this
    const rowLabel = Number(row[at.rowLabel])
    const count = Number(row[at.examples])
    const validationCount = Number(row[at.validationExamples])
    const creditedCount = Number(row[at.creditedExamples])
    const value = Number(row[at.exampleValue])
    if (rowLabel <= LABEL.spans) {
      this.evidence.add(LABEL.spans - rowLabel, count, row, at.word0)
    } else if (rowLabel === LABEL.users) {
      counts.users = count
      counts.creditedEntryValue = value
      this.conversionRows = validationCount
    } else if (rowLabel === LABEL.entries) {
      counts.entryConversions = count
      counts.creditedEntryConversions = creditedCount
      counts.creditedValue = value
    } else if (count > 0) {
      const { daysBefore, channels } = cellsOfWords(this.layout, row, at.word0)
      const converts = rowLabel === LABEL.converting
      if (converts) {
        counts.positiveExamples += count
        counts.positiveValidationExamples += validationCount
        counts.creditedExamples += creditedCount
      } else {
        counts.negativeExamples += count
        counts.negativeValidationExamples += validationCount
        if (channels.length === 0) counts.emptyNegativeExamples = count
      }
      const record = { daysBefore, channels, label: converts ? 1 : 0, count, validationCount, value } as const
      records.push(converts && creditedCount !== count ? { ...record, creditedCount } : record)
    }
  }

  totals(): BatchTotals {
    const conversions = this.counts.positiveExamples + this.counts.entryConversions
    return { ...this.counts, conversions, mergedConversionRows: this.conversionRows - conversions }
  }
}
