import { step, wordColumns } from './barrel-sql.ts'
import { doubleAmount, select, text } from './result-columns.ts'
import { type Sql, sql } from './sql.ts'
import { inSpanSql } from './time-sql.ts'
import type { TouchpointScan } from './touchpoint-scan.ts'
import { batchOfUserSql, conversionsSql, isCreditedSql, type WindowParts, windowSteps } from './window-sql.ts'

/** Makes seconds as long as one another, so that they are in the order of time as text, whatever follows. */
const SECONDS_OFFSET = 100_000_000_000
const SECONDS_DIGITS = 12

/** The segment of conversions for which no row names one, and that of all segments that are not told apart. */
export const NO_SEGMENT = '(none)'
export const OTHER_SEGMENTS = '(other)'

/**
 * The query of the credited conversions of each segment, found by the same steps as the extraction's. A conversion's segment is
 * that of its own row, or else of its user's last row before it that names one.
 * @param segment of a touchpoint.
 */
export function segmentTotalsQuery(parts: WindowParts, segment: Sql) {
  return select(
    { segment: text(segmentNameSql()), conversions: doubleAmount(sql`sum(${conversionsSql(parts)})`) },
    sql`${conversionsFromSql(parts)}\nGROUP BY 1`,
    conversionSteps(parts, segment),
  )
}

/**
 * The same by pattern, too. @param kept the segments that are told apart; undefined: all are.
 * @returns segment, conversions, value, and the words of the pattern.
 */
export function segmentsQuery(parts: WindowParts, segment: Sql, kept: readonly string[] | undefined) {
  const { layout, source } = parts
  const words = wordColumns(layout)
  const columns = {
    segment: text(segmentNameSql(kept)),
    conversions: doubleAmount(sql`sum(${conversionsSql(parts)})`),
    value: doubleAmount(source.valueColumn === undefined ? sql`0` : sql`sum(value)`),
    ...Object.fromEntries(words.map((word, at) => [`word${at}`, doubleAmount(word)])),
  }
  const groups = sql.join([sql`1`, ...words])
  return select(
    columns,
    sql`${conversionsFromSql(parts)}\nGROUP BY ${groups}\nORDER BY ${groups}`,
    conversionSteps(parts, segment),
  )
}

/** @param kept the segments that are told apart; absent: all are. @returns SQL of the name of a conversion's segment. */
export function segmentNameSql(kept?: readonly string[]): Sql {
  const name = sql`coalesce(segments.segment, ${sql.literal(NO_SEGMENT)})`
  if (kept === undefined) return name
  if (kept.length === 0) return sql.literal(OTHER_SEGMENTS)
  const names = sql.join(kept.map((one) => sql.literal(one)))
  return sql`CASE WHEN ${name} IN (${names}) THEN ${name} ELSE ${sql.literal(OTHER_SEGMENTS)} END`
}

function conversionsFromSql(parts: WindowParts): Sql {
  return sql`FROM turned
LEFT JOIN segments ON turned.user_key = segments.segment_user AND turned.converted_at_sec = segments.at_sec
WHERE ${isCreditedSql(parts)}`
}

function conversionSteps(parts: WindowParts, segment: Sql): Sql[] {
  const inBatch =
    parts.batches === 1 ? undefined : sql`${batchOfUserSql(parts, sql`segment_user`)} = ${parts.batch}`
  return [...windowSteps(parts), step(sql`segments`, segmentsSql(parts, segment, inBatch))]
}

/**
 * The step `segments`: the segment at each second with a conversion; in one second the row of the conversion comes last. Only rows of
 * users with a conversion are sorted.
 * @param condition of segment_user; absent: all users.
 * @returns a query of segment_user, at_sec and segment.
 */
export function segmentsSql(
  { source, columns, prune, span }: TouchpointScan,
  segment: Sql,
  condition?: Sql,
): Sql {
  const known = sql`CASE WHEN segment IS NOT NULL THEN concat(CAST(at_sec + ${SECONDS_OFFSET} AS varchar), concat(CASE WHEN converts = 1 THEN '1' ELSE '0' END, segment)) END`
  const rows = sql`FROM ${sql.table(source.table)}\n    WHERE ${sql.and(prune)}`
  const isRead = [
    sql`segment_user IS NOT NULL AND at_sec IS NOT NULL`,
    inSpanSql(span, sql`at_sec`),
    condition,
    sql`segment_user IN (SELECT converting_user FROM (SELECT ${columns.user} AS converting_user, ${columns.converts} AS converts ${rows}) AS converting WHERE converts = 1)`,
  ]
  return sql`SELECT segment_user, at_sec, substr(max(known), ${SECONDS_DIGITS + 2}) AS segment
FROM (
  SELECT *, max(${known}) OVER (PARTITION BY segment_user ORDER BY at_sec) AS known
  FROM (
    SELECT ${columns.user} AS segment_user, ${columns.atSec} AS at_sec, ${columns.converts} AS converts, ${segment} AS segment
    ${rows}
  ) AS typed
  WHERE ${sql.and(...isRead)}
) AS sorted
WHERE converts = 1
GROUP BY segment_user, at_sec`
}
