import { step, wordColumns } from './barrel-sql.ts'
import { amount, select, text } from './result-columns.ts'
import { type Sql, sql } from './sql.ts'
import { inSpanSql } from './time-sql.ts'
import type { TouchpointScan } from './touchpoint-scan.ts'
import { conversionsSql, isCreditedSql, type WindowParts, windowSteps } from './window-sql.ts'

/** Makes seconds as long as one another, so that they are in the order of time as text, whatever follows. */
const SECONDS_OFFSET = 100_000_000_000
const SECONDS_DIGITS = 12

/**
 * The query of the credited conversions by segment and pattern, found by the same steps as the extraction's. A conversion's segment is
 * that of its own row, or else of its user's last row before it that names one.
 * @param segment of a touchpoint.
 * @returns segment (null: no row names one), conversions, value, and the words of the pattern.
 */
export function segmentsQuery(parts: WindowParts, segment: Sql) {
  const { layout, source } = parts
  const words = wordColumns(layout)
  const number = (column: Sql) => amount(sql`CAST(${column} AS double)`)
  const columns = {
    segment: text(sql`segments.segment`),
    conversions: number(sql`sum(${conversionsSql(parts)})`),
    value: number(source.valueColumn === undefined ? sql`0` : sql`sum(value)`),
    ...Object.fromEntries(words.map((word, at) => [`word${at}`, number(word)])),
  }
  return select(
    columns,
    sql`FROM turned
LEFT JOIN segments ON turned.user_key = segments.segment_user AND turned.converted_at_sec = segments.at_sec
WHERE ${isCreditedSql(parts)}
GROUP BY segments.segment, ${sql.join(words)}
ORDER BY segments.segment, ${sql.join(words)}`,
    [...windowSteps(parts), step(sql`segments`, segmentsSql(parts, segment))],
  )
}

/**
 * The step `segments`: the segment at each second with a conversion; in one second the row of the conversion comes last.
 * @returns a query of segment_user, at_sec and segment.
 */
export function segmentsSql({ source, columns, prune, span }: TouchpointScan, segment: Sql): Sql {
  const known = sql`CASE WHEN segment IS NOT NULL THEN concat(CAST(at_sec + ${SECONDS_OFFSET} AS varchar), concat(CASE WHEN converts = 1 THEN '1' ELSE '0' END, segment)) END`
  return sql`SELECT segment_user, at_sec, substr(max(known), ${SECONDS_DIGITS + 2}) AS segment
FROM (
  SELECT *, max(${known}) OVER (PARTITION BY segment_user ORDER BY at_sec) AS known
  FROM (
    SELECT ${columns.user} AS segment_user, ${columns.atSec} AS at_sec, ${columns.converts} AS converts, ${segment} AS segment
    FROM ${sql.table(source.table)}
    WHERE ${sql.and(prune)}
  ) AS typed
  WHERE ${sql.and(sql`segment_user IS NOT NULL AND at_sec IS NOT NULL`, inSpanSql(span, sql`at_sec`))}
) AS sorted
WHERE converts = 1
GROUP BY segment_user, at_sec`
}
