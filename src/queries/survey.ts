import { DataError } from '../errors.ts'
import type { ExampleRules, TouchpointSource } from '../examples/touchpoints.ts'
import { isBlank } from '../examples/vocabulary.ts'
import type { Row, Warehouse } from '../warehouse/warehouse.ts'
import { type Sql, sql } from './sql.ts'
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
  /** Distinct users; counted only where they are reduced in batches. */
  readonly users: number | undefined
  readonly columns: TouchpointColumns
  readonly span: ReadSpan
}

/**
 * Counts the touchpoints by channel in one scan, and checks that examples can be made of them.
 * @throws {ConfigError} where the table or a column isn't there.
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
  for await (const batch of warehouse.query(surveySql(warehouse, source, columns, span), signal)) {
    for (const row of batch) tally.add(row)
  }
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

/** A row a channel; `is_read` rows have a user, and a time within the span. */
function surveySql(
  warehouse: Warehouse,
  source: TouchpointSource,
  columns: TouchpointColumns,
  span: ReadSpan,
): Sql {
  const prune = pruneSql(warehouse, columns, span)
  const isKept = sql`at_sec IS NULL OR (${inSpanSql(span, sql`at_sec`)})`
  return sql`SELECT
  channel,
  count(*),
  count_if(NOT has_user),
  count_if(has_user AND time_text IS NULL),
  count_if(is_read),
  sum(CASE WHEN is_read AND converts = 1 THEN 1 ELSE 0 END),
  min(CASE WHEN is_read THEN at_sec END),
  max(CASE WHEN is_read THEN at_sec END),
  count_if(has_user AND time_text IS NOT NULL AND at_sec IS NULL),
  min(CASE WHEN has_user AND at_sec IS NULL THEN time_text END),
  count_if(is_read AND converts IS NULL),
  min(CASE WHEN is_read AND converts IS NULL THEN conversion_text END),
  count_if(is_read AND converts = 1 AND value IS NULL),
  min(CASE WHEN is_read AND converts = 1 AND value IS NULL THEN value_text END)
FROM (
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
    FROM ${sql.table(source.table)}${
      prune === undefined
        ? sql``
        : sql`
    WHERE ${prune}`
    }
  ) AS typed
  WHERE ${isKept}
) AS kept
GROUP BY channel`
}

async function countUsers(
  warehouse: Warehouse,
  source: TouchpointSource,
  columns: TouchpointColumns,
  span: ReadSpan,
  signal: AbortSignal | undefined,
): Promise<number> {
  const prune = pruneSql(warehouse, columns, span)
  const where = sql`${inSpanSql(span, columns.atSec)} AND ${columns.atSec} IS NOT NULL`
  const query = sql`SELECT count(DISTINCT ${columns.user}) FROM ${sql.table(source.table)} WHERE ${where}${
    prune === undefined ? sql`` : sql` AND ${prune}`
  }`
  for await (const [row] of warehouse.query(query, signal)) return Number(row?.[0] ?? 0)
  throw new DataError('the warehouse returned no row for a count')
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

  add(row: Row): void {
    const { totals } = this
    const channel = row[0] === null || row[0] === undefined ? null : String(row[0])
    const number = (at: number) => Number(row[at] ?? 0)
    const blank = isBlank(channel)
    totals.rows += number(1)
    totals.rowsWithoutUser += number(2)
    totals.rowsWithoutTime += number(3)
    totals.conversionRows += number(5)
    if (blank) {
      totals.conversionRowsWithoutTouch += number(5)
    } else if (number(4) > 0) {
      totals.touches += number(4)
      this.touchesByChannel.set(channel, number(4))
    }
    totals.firstAtSec = Math.min(totals.firstAtSec, row[6] === null ? Number.POSITIVE_INFINITY : number(6))
    totals.lastAtSec = Math.max(totals.lastAtSec, row[7] === null ? Number.NEGATIVE_INFINITY : number(7))
    noteBad(totals.badTimes, number(8), row[9])
    noteBad(totals.badConversions, number(10), row[11])
    noteBad(totals.badValues, number(12), row[13])
  }
}

function noteBad(bad: SurveyTotals['badTimes'], rows: number, example: Row[number] | undefined): void {
  bad.rows += rows
  if (example === null || example === undefined) return
  const text = String(example)
  if (bad.example === undefined || text < bad.example) bad.example = text
}
