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
import { checkRows, type SurveyTotals } from './survey-checks.ts'
import { refuseUnknownKind } from './survey-kinds.ts'
import { inSpanSql, pruneSql, type ReadSpan, readSpanOf } from './time-sql.ts'
import { readTouchpointColumns, type TouchpointColumns } from './touchpoint-columns.ts'

/** What one scan tells of the touchpoints before any example is made. */
export interface Survey {
  /** Rows read, skipped ones included. */
  readonly rows: number
  readonly rowsWithoutUser: number
  /** Rows that have a user, but no time. */
  readonly rowsWithoutTime: number
  readonly touches: number
  readonly conversionRows: number
  /** Conversion rows that are no touch. */
  readonly conversionRowsWithoutTouch: number
  /** Unix seconds of the first and the last row read. */
  readonly firstAtSec: number
  readonly lastAtSec: number
  readonly touchesByChannel: ReadonlyMap<string, number>
  /** Distinct users; counted only if they are reduced in batches. */
  readonly users: number | undefined
  readonly columns: TouchpointColumns
  readonly span: ReadSpan
}

/**
 * Counts the touchpoints by channel in one scan, and checks that examples can be made of them.
 * @throws {ConfigError} if the table or a column isn't there.
 * @throws {DataError} naming the column and what is wrong with its values, or what the rows lack.
 */
export async function surveyTouchpoints(
  warehouse: Warehouse,
  source: TouchpointSource,
  rules: ExampleRules,
  signal?: AbortSignal,
): Promise<Survey> {
  const columns = await readTouchpointColumns(warehouse, source)
  const span = readSpanOf(rules)
  const tally = new Tally()
  const query = surveyQuery(warehouse, source, columns, span)
  for await (const row of readRows(warehouse, query, signal)) tally.add(row)
  const { totals } = tally
  if (totals.conversionRows === 0) await refuseUnknownKind(warehouse, source, columns, span, signal)
  checkRows(source, totals)
  return {
    rows: totals.rows,
    rowsWithoutUser: totals.rowsWithoutUser,
    rowsWithoutTime: totals.rowsWithoutTime,
    touches: totals.touches,
    conversionRows: totals.conversionRows,
    conversionRowsWithoutTouch: totals.conversionRowsWithoutTouch,
    firstAtSec: totals.firstAtSec,
    lastAtSec: totals.lastAtSec,
    touchesByChannel: tally.touchesByChannel,
    users:
      rules.usersPerShard === undefined
        ? undefined
        : await countUsers(warehouse, source, columns, span, signal),
    columns,
    span,
  }
}

/** What the survey asks of the rows of each channel; `is_read` rows have a user, and a time within the span. */
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

function surveyQuery(
  warehouse: Warehouse,
  source: TouchpointSource,
  columns: TouchpointColumns,
  span: ReadSpan,
): Query<typeof surveyed> {
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
    WHERE ${sql.and(pruneSql(warehouse, columns, span))}
  ) AS typed
  WHERE at_sec IS NULL OR (${inSpanSql(span, sql`at_sec`)})
) AS kept
GROUP BY channel`,
  )
}

async function countUsers(
  warehouse: Warehouse,
  source: TouchpointSource,
  columns: TouchpointColumns,
  span: ReadSpan,
  signal: AbortSignal | undefined,
): Promise<number> {
  const isRead = sql.and(
    inSpanSql(span, columns.atSec),
    sql`${columns.atSec} IS NOT NULL`,
    pruneSql(warehouse, columns, span),
  )
  const query = select(
    { users: amount(sql`count(DISTINCT ${columns.user})`) },
    sql`FROM ${sql.table(source.table)} WHERE ${isRead}`,
  )
  return (await readOneRow(warehouse, query, signal)).users
}

class Tally {
  readonly touchesByChannel = new Map<string, number>()
  readonly totals: SurveyTotals = {
    rows: 0,
    rowsWithoutUser: 0,
    rowsWithoutTime: 0,
    touches: 0,
    conversionRows: 0,
    conversionRowsWithoutTouch: 0,
    firstAtSec: Number.POSITIVE_INFINITY,
    lastAtSec: Number.NEGATIVE_INFINITY,
    badTimes: { rows: 0, example: undefined },
    badConversions: { rows: 0, example: undefined },
    badValues: { rows: 0, example: undefined },
  }

  add(found: ResultRow<typeof surveyed>): void {
    const { totals } = this
    totals.rows += found.rows
    totals.rowsWithoutUser += found.rowsWithoutUser
    totals.rowsWithoutTime += found.rowsWithoutTime
    totals.conversionRows += found.conversionRows
    if (isBlank(found.channel)) {
      totals.conversionRowsWithoutTouch += found.conversionRows
    } else if (found.rowsRead > 0) {
      totals.touches += found.rowsRead
      this.touchesByChannel.set(found.channel, found.rowsRead)
    }
    totals.firstAtSec = Math.min(totals.firstAtSec, found.firstAtSec ?? Number.POSITIVE_INFINITY)
    totals.lastAtSec = Math.max(totals.lastAtSec, found.lastAtSec ?? Number.NEGATIVE_INFINITY)
    noteBad(totals.badTimes, found.badTimes, found.badTime)
    noteBad(totals.badConversions, found.badConversions, found.badConversion)
    noteBad(totals.badValues, found.badValues, found.badValue)
  }
}

function noteBad(bad: SurveyTotals['badTimes'], rows: number, example: string | null): void {
  bad.rows += rows
  if (example !== null && (bad.example === undefined || example < bad.example)) bad.example = example
}
