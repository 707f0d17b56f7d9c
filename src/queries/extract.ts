import { EvidenceRows } from '../artifacts/evidence-files.ts'
import { ConfigError, DataError } from '../errors.ts'
import { type LocalDays, localDaysOf } from '../examples/local-days.ts'
import type { PatternRecord } from '../examples/pattern.ts'
import { cellsOfWords, type WordLayout, wordLayoutOf } from '../examples/pattern-words.ts'
import type { ExampleRules, TouchpointSource } from '../examples/touchpoints.ts'
import { chooseVocabulary, otherPositionOf } from '../examples/vocabulary.ts'
import type { Row, Warehouse } from '../warehouse/warehouse.ts'
import { type EvidencePlan, planEvidence } from './evidence-key.ts'
import { extractionQuery, LABEL } from './extraction-sql.ts'
import { positionsOf } from './result-columns.ts'
import type { SpanParts } from './span-sql.ts'
import type { Survey } from './survey.ts'
import { pruneSql } from './time-sql.ts'

/** What the survey decided: the same for all batches. */
export interface ExtractionPlan {
  readonly source: TouchpointSource
  readonly rules: ExampleRules
  readonly survey: Survey
  /** The ordered vocabulary. */
  readonly channels: readonly string[]
  /** Every conversion lies on a touch row. */
  readonly seedFormat: boolean
  /** Queries that the users are reduced in. */
  readonly batches: number
  readonly days: LocalDays
  /** Whose windows are told one by one; the same users whatever the batches. */
  readonly evidence: EvidencePlan
}

/** Counts of one batch; over all batches they add up. */
export interface BatchTotals {
  readonly users: number
  /** Distinct conversions in the range. */
  readonly conversions: number
  /** Conversion rows that were one conversion with another of the same user and second. */
  readonly mergedConversionRows: number
  /** Conversions that are no example: they are the baseline's. */
  readonly entryConversions: number
  readonly entryValue: number
  readonly conversionValue: number
  readonly positiveExamples: number
  readonly negativeExamples: number
  /** Negative examples without a touch in the window. */
  readonly emptyNegativeExamples: number
  readonly positiveValidationExamples: number
  readonly negativeValidationExamples: number
}

/** The patterns of one batch, and, after their end, its counts. */
export interface Extraction {
  /** Unique in pattern and label; all of label 1 first, each label in one order whatever the warehouse. */
  readonly records: AsyncIterable<readonly PatternRecord[]>
  /** @throws {Error} before the end of `records`. */
  totals(): BatchTotals
  /**
   * The evidence sample's part of the batch, some 5 MB at most.
   * @throws {Error} before the end of `records`.
   */
  evidence(): EvidenceRows
}

/** A query with more words a pattern is none that a warehouse compiles: 30 days x 300 channels. */
const MOST_WORDS = 200

/**
 * @returns how the touchpoints become examples.
 * @throws {ConfigError} if days and channels are more than a query can tell apart.
 */
export function planExtraction(
  source: TouchpointSource,
  survey: Survey,
  rules: ExampleRules,
): ExtractionPlan {
  const channels = chooseVocabulary(survey.touchesByChannel, rules.maxChannels)
  const layout = wordLayoutOf({ lookbackDays: rules.lookbackDays, channelCount: channels.length })
  if (layout.count > MOST_WORDS) {
    throw new ConfigError(
      `--lookback-window-days (LOOKBACK_WINDOW) ${rules.lookbackDays} with ${channels.length} channels are more cells than ` +
        'one query can tell apart: give fewer days, or fewer channels by --max-channels (MAX_CHANNELS)',
    )
  }
  const days = localDaysOf(rules.timeZone, survey.firstAtSec, Math.max(survey.lastAtSec, rules.fromSec ?? 0))
  return {
    source,
    rules,
    survey,
    channels,
    seedFormat: survey.conversionRowsWithoutTouch === 0,
    batches:
      rules.usersPerShard === undefined
        ? 1
        : Math.max(1, Math.ceil((survey.users ?? 0) / rules.usersPerShard)),
    days,
    evidence: planEvidence(
      survey,
      days.dayOf(survey.firstAtSec),
      days.dayOf(survey.lastAtSec),
      rules.lookbackDays,
    ),
  }
}

/**
 * Runs one batch's query when its records are read. Memory is that of one batch of rows.
 * @param batch 0 .. plan.batches - 1.
 */
export function extractBatch(
  warehouse: Warehouse,
  plan: ExtractionPlan,
  batch: number,
  signal?: AbortSignal,
): Extraction {
  const parts = spanParts(warehouse, plan, batch)
  const query = extractionQuery(parts)
  const tally = new BatchTally(parts.layout, positionsOf(query.columns))
  async function* records() {
    for await (const rows of warehouse.query(query.sql, signal)) {
      const decoded: PatternRecord[] = []
      for (const row of rows) tally.take(row, decoded)
      if (decoded.length > 0) yield decoded
    }
    tally.ended = true
  }
  return { records: records(), totals: () => tally.totals(), evidence: () => tally.evidence() }
}

function spanParts(warehouse: Warehouse, plan: ExtractionPlan, batch: number): SpanParts {
  const { source, rules, survey, channels, seedFormat, batches, days } = plan
  return {
    source,
    columns: survey.columns,
    rules,
    span: survey.span,
    prune: pruneSql(warehouse, survey.columns, survey.span),
    channels,
    otherPosition: otherPositionOf(channels, rules.maxChannels),
    seedFormat,
    layout: wordLayoutOf({ lookbackDays: rules.lookbackDays, channelCount: channels.length }),
    days,
    lastDay: days.dayOf(survey.lastAtSec),
    firstDay: rules.fromSec === undefined ? undefined : days.dayOf(rules.fromSec),
    batch,
    batches,
    evidence: plan.evidence,
  }
}

/** Where the numbers of a row stand, and the first of the words at its end. */
type RowPositions = Readonly<
  Record<'rowLabel' | 'examples' | 'validationExamples' | 'exampleValue' | 'word0', number>
>

/** Examples of one label. */
interface LabelCounts {
  examples: number
  validationExamples: number
}

class BatchTally {
  ended = false
  private readonly layout: WordLayout
  private readonly at: RowPositions
  private readonly evidenceRows: EvidenceRows
  private users = 0
  private conversionRows = 0
  private entries = 0
  private entryValue = 0
  private conversionValue = 0
  private readonly converting: LabelCounts = { examples: 0, validationExamples: 0 }
  private readonly notConverting: LabelCounts = { examples: 0, validationExamples: 0 }
  private emptyExamples = 0

  constructor(layout: WordLayout, at: RowPositions) {
    this.layout = layout
    this.at = at
    this.evidenceRows = new EvidenceRows(layout)
  }

  /** Appends the record of a row, or takes what it counts. A pattern row without examples is none. */
  take(row: Row, records: PatternRecord[]): void {
    const { at } = this
    const label = Number(row[at.rowLabel])
    const count = Number(row[at.examples])
    if (label <= LABEL.spans) {
      this.evidenceRows.add(LABEL.spans - label, count, row, at.word0)
      return
    }
    const validationCount = Number(row[at.validationExamples])
    const value = Number(row[at.exampleValue])
    if (label === LABEL.users) {
      this.users = count
      this.conversionRows = validationCount
      this.entryValue = value
    } else if (label === LABEL.entries) {
      this.entries = count
      this.conversionValue = value
    } else if (count > 0) {
      const cells = cellsOfWords(this.layout, row, at.word0)
      const converts = label === LABEL.converting
      const counts = converts ? this.converting : this.notConverting
      counts.examples += count
      counts.validationExamples += validationCount
      if (!converts && cells.channels.length === 0) this.emptyExamples = count
      const { daysBefore, channels } = cells
      records.push({ daysBefore, channels, label: converts ? 1 : 0, count, validationCount, value })
    }
  }

  evidence(): EvidenceRows {
    if (!this.ended) throw new DataError('the evidence sample of a batch is known after its last record')
    return this.evidenceRows
  }

  totals(): BatchTotals {
    if (!this.ended) throw new DataError('the totals of a batch are known after its last record')
    const conversions = this.converting.examples + this.entries
    return {
      users: this.users,
      conversions,
      mergedConversionRows: this.conversionRows - conversions,
      entryConversions: this.entries,
      entryValue: this.entryValue,
      conversionValue: this.conversionValue,
      positiveExamples: this.converting.examples,
      negativeExamples: this.notConverting.examples,
      emptyNegativeExamples: this.emptyExamples,
      positiveValidationExamples: this.converting.validationExamples,
      negativeValidationExamples: this.notConverting.validationExamples,
    }
  }
}
