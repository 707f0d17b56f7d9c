import { type Sql, sql } from './sql.ts'
import { inSpanSql } from './time-sql.ts'
import type { TouchpointScan } from './touchpoint-scan.ts'

/** Which touchpoints are read, and what their channels are called. */
export interface TouchpointParts extends TouchpointScan {
  /** The ordered vocabulary. */
  readonly channels: readonly string[]
  /** Position of `(other)` in the vocabulary; undefined if every channel is kept. */
  readonly otherPosition: number | undefined
}

/** White space as JavaScript defines it, for which the regular expressions of warehouses have no common name. */
const WHITE_SPACE = '\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff'

/**
 * The rows of users within the span, with which every query begins.
 * @param narrowing a join, and another condition that rows must meet.
 * @returns a query of user_key, at_sec, place, converts and value; place is the channel's position in the vocabulary,
 *   NULL if the row is not a touch.
 */
export function touchpointsSql(
  parts: TouchpointParts,
  narrowing?: { readonly join: Sql; readonly condition: Sql },
): Sql {
  const { source, columns, prune, span, channels, otherPosition } = parts
  const kept = otherPosition === undefined ? channels : channels.slice(0, otherPosition)
  const vocabulary = kept.map((channel, place) => sql`(${sql.literal(channel)}, ${place})`)
  const isRead = sql.and(
    sql`typed.user_key IS NOT NULL AND typed.at_sec IS NOT NULL`,
    inSpanSql(span, sql`typed.at_sec`),
    narrowing?.condition,
  )
  return sql`SELECT typed.user_key, typed.at_sec, ${placeSql(otherPosition)} AS place, typed.converts, typed.value
FROM (
  SELECT
    ${columns.user} AS user_key,
    ${columns.atSec} AS at_sec,
    ${columns.channel} AS channel,
    ${columns.converts} AS converts,
    ${columns.value} AS value
  FROM ${sql.table(source.table)}
  WHERE ${sql.and(prune)}
) AS typed
LEFT JOIN (VALUES ${sql.join(vocabulary)}) AS vocabulary (name, place) ON typed.channel = vocabulary.name
${narrowing?.join ?? sql``}
WHERE ${isRead}`
}

/**
 * Channels beyond the vocabulary are `(other)`, but a blank one must not pass for one of them. Most begin with an ASCII
 * character, and comparing them with one is much cheaper than a regular expression.
 */
function placeSql(otherPosition: number | undefined): Sql {
  if (otherPosition === undefined) return sql`vocabulary.place`
  const isTouch = sql`regexp_like(typed.channel, ${sql.literal(`[^${WHITE_SPACE}]`)})`
  const beginsInAscii = sql`typed.channel >= '!' AND typed.channel < '~'`
  const other = sql`CASE WHEN ${beginsInAscii} THEN ${otherPosition} WHEN ${isTouch} THEN ${otherPosition} END`
  return sql`coalesce(vocabulary.place, ${other})`
}
