import type { ExampleRules, TouchpointSource } from '../examples/touchpoints.ts'
import { isBlank } from '../examples/vocabulary.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import {
  amount,
  maybeNumber,
  type Query,
  type ResultRow,
  readOneRow,
  readRows,
  select,
  text,
} from './result-columns.ts'
import { sql } from './sql.ts'
import { type BadValues, checkRows, type SurveyCounts, type SurveyedValues } from './survey-checks.ts'
import { refuseUnknownKind } from './survey-kinds.ts'
import { inSpanSql, readSpanOf } from './time-sql.ts'
import { planScan, type TouchpointScan } from './touchpoint-scan.ts'

/** What one scan finds in the touchpoints, before any example is made. */
export interface Survey extends Readonly<SurveyCounts> {
  readonly touchesByChannel: ReadonlyMap<string, number>
  /** Distinct users; counted only for a reduction in batches. */
  readonly users: number | undefined
  readonly scan: TouchpointScan
}

/**
 * Counts the touchpoints by channel in one scan, and checks that examples can be made from them.
 * @throws {ConfigError} if the table or a column is missing.
 * @throws {DataError} naming the column and what is wrong with its values, or what the rows lack.
 */
export async function surveyTouchpoints(
  warehouse: Warehouse,
  source: TouchpointSource,
  rules: ExampleRules,
  signal?: AbortSignal,
): Promise<Survey> {
  const scan = await planScan(warehouse, source, readSpanOf(rules))
  const tally = new Tally()
  for await (const row of readRows(warehouse, surveyQuery(scan), signal)) tally.add(row)
  const { counts, badValues } = tally
  if (counts.conversionRows === 0) await refuseUnknownKind(warehouse, scan, signal)
  checkRows(source, counts, badValues)
  return {
    ...counts,
    touchesByChannel: tally.touchesByChannel,
    users: rules.usersPerShard === undefined ? undefined : await countUsers(warehouse, scan, signal),
    scan,
  }
}

/** What the survey finds in the rows of each channel; `is_read` rows have a user, and a time within the span. */
const surveyed = {
  channel: text(sql`channel`),
  rows: amount(sql`count(*)`),
  rowsWithoutUser: amount(sql`count_if(NOT has_user)`),
  rowsWithoutTime: amount(sql`count_if(has_user AND time_text IS NULL)`),
  rowsRead: amount(sql`count_if(is_read)`),
  conversionRows: amount(sql`sum(CASE WHEN is_read AND converts = 1 THEN 1 ELSE 0 END)`),
  firstAtSec: maybeNumber(sql`min(CASE WHEN is_read THEN at_sec END)`),
  lastAtSec: maybeNumber(sql`max(CASE WHEN is_read THEN at_sec END)`),
  badTimes: amount(sql`count_if(has_user AND time_text IS NOT NULL AND at_sec IS NULL)`),
  badTime: text(sql`min(CASE WHEN has_user AND at_sec IS NULL THEN time_text END)`),
  badConversions: amount(sql`count_if(is_read AND converts IS NULL)`),
  badConversion: text(sql`min(CASE WHEN is_read AND converts IS NULL THEN conversion_text END)`),
  badValues: amount(sql`count_if(is_read AND converts = 1 AND value IS NULL)`),
  badValue: text(sql`min(CASE WHEN is_read AND converts = 1 AND value IS NULL THEN value_text END)`),
}

function surveyQuery({ source, columns, span, prune }: TouchpointScan): Query<typeof surveyed> {
  return select(
    surveyed,
    sql`FROM (
  SELECT *, has_user AND at_sec IS NOT NULL AS is_read
  FROM (
    SELECT
      ${columns.user} IS NOT NULL AS has_user,
      ${columns.atSec} AS at_sec,
      ${columns.timeText} AS time_text,
      ${columns.channel} AS channel,
      ${columns.converts} AS converts,
      ${columns.conversionText} AS conversion_text,
      ${columns.value} AS value,
      ${columns.valueText} AS value_text
    FROM ${sql.table(source.table)}
    WHERE ${sql.and(prune)}
  ) AS typed
  WHERE at_sec IS NULL OR (${inSpanSql(span, sql`at_sec`)})
) AS kept
GROUP BY channel`,
  )
}

async function countUsers(
  warehouse: Warehouse,
  { source, columns, span, prune }: TouchpointScan,
  signal: AbortSignal | undefined,
): Promise<number> {
  const isRead = sql.and(inSpanSql(span, columns.atSec), sql`${columns.atSec} IS NOT NULL`, prune)
  const query = select(
    { users: amount(sql`count(DISTINCT ${columns.user})`) },
    sql`FROM ${sql.table(source.table)} WHERE ${isRead}`,
  )
  return (await readOneRow(warehouse, query, signal)).users
}

class Tally {
  readonly touchesByChannel = new Map<string, number>()
  readonly counts: SurveyCounts = {
    rows: 0,
    rowsWithoutUser: 0,
    rowsWithoutTime: 0,
    touches: 0,
    conversionRows: 0,
    conversionRowsWithoutTouch: 0,
    firstAtSec: Number.POSITIVE_INFINITY,
    lastAtSec: Number.NEGATIVE_INFINITY,
  }
  readonly badValues: SurveyedValues = {
    times: { rows: 0, example: undefined },
    conversions: { rows: 0, example: undefined },
    values: { rows: 0, example: undefined },
  }

  add(found: ResultRow<typeof surveyed>): void {
    const { counts, badValues } = this
    counts.rows += found.rows
    counts.rowsWithoutUser += found.rowsWithoutUser
    counts.rowsWithoutTime += found.rowsWithoutTime
    counts.conversionRows += found.conversionRows
    if (isBlank(found.channel)) {
      counts.conversionRowsWithoutTouch += found.conversionRows
    } else if (found.rowsRead > 0) {
      counts.touches += found.rowsRead
      this.touchesByChannel.set(found.channel, found.rowsRead)
    }
    counts.firstAtSec = Math.min(counts.firstAtSec, found.firstAtSec ?? Number.POSITIVE_INFINITY)
    counts.lastAtSec = Math.max(counts.lastAtSec, found.lastAtSec ?? Number.NEGATIVE_INFINITY)
    noteBad(badValues.times, found.badTimes, found.badTime)
    noteBad(badValues.conversions, found.badConversions, found.badConversion)
    noteBad(badValues.values, found.badValues, found.badValue)
  }
}

function noteBad(bad: BadValues, rows: number, example: string | null): void {
  bad.rows += rows
  if (example !== null && (bad.example === undefined || example < bad.example)) bad.example = example
}
