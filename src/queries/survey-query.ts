import { creditedFromSec, type ExampleRules, type TouchpointSource } from '../examples/touchpoints.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { amount, maybeNumber, type Query, select, text } from './result-columns.ts'
import { type Sql, sql } from './sql.ts'
import { END_OF_1970, inSpanSql, pruneSql, SECONDS_PER_DAY, withinSpan } from './time-sql.ts'
import type { TouchpointScan } from './touchpoint-scan.ts'

/** A row of a person has fewer conversions. */
export const LARGE_COUNT = 100

/**
 * What the survey finds in the rows of each channel, and of each day, by the hour of conversions that are learned from, of
 * those that are read (`is_read`: a user, and a time within the span).
 */
export const surveyed = {
  isDay: amount(sql`grouping(channel)`),
  channel: text(sql`channel`),
  day: maybeNumber(sql`day`),
  conversionHour: maybeNumber(sql`conversion_hour`),
  rows: amount(sql`count(*)`),
  rowsWithoutUser: amount(sql`count_if(NOT has_user AND NOT is_null_text)`),
  nullTextUsers: amount(sql`count_if(is_null_text)`),
  nullTextUser: text(sql`min(CASE WHEN is_null_text THEN user_text END)`),
  rowsWithoutTime: amount(sql`count_if(has_user AND time_text IS NULL)`),
  impossibleTimes: amount(sql`count_if(is_impossible)`),
  leastImpossibleSec: maybeNumber(sql`CAST(min(CASE WHEN is_impossible THEN at_sec END) AS double)`),
  greatestImpossibleSec: maybeNumber(sql`CAST(max(CASE WHEN is_impossible THEN at_sec END) AS double)`),
  rowsAfterSession: amount(sql`count_if(is_after_session)`),
  firstAfterSession: maybeNumber(sql`min(CASE WHEN is_after_session THEN at_sec END)`),
  zonelessTimes: amount(sql`count_if(is_read AND is_zoneless)`),
  zonelessTime: text(sql`min(CASE WHEN is_read AND is_zoneless THEN time_text END)`),
  rowsRead: amount(sql`count_if(is_read)`),
  conversionRows: amount(sql`sum(CASE WHEN is_read AND converts = 1 THEN 1 ELSE 0 END)`),
  learnedConversionRows: amount(sql`count_if(is_read AND converts = 1 AND is_learned)`),
  creditedConversionRows: amount(sql`count_if(is_read AND converts = 1 AND is_credited)`),
  firstAtSec: maybeNumber(sql`min(CASE WHEN is_read THEN at_sec END)`),
  lastAtSec: maybeNumber(sql`max(CASE WHEN is_read THEN at_sec END)`),
  badTimes: amount(sql`count_if(has_user AND time_text IS NOT NULL AND at_sec IS NULL)`),
  badTime: text(sql`min(CASE WHEN has_user AND at_sec IS NULL THEN time_text END)`),
  badConversions: amount(sql`count_if(is_read AND converts IS NULL)`),
  badConversion: text(sql`min(CASE WHEN is_read AND converts IS NULL THEN conversion_text END)`),
  largeCounts: amount(sql`count_if(is_read AND converts = 1 AND conversion_count >= ${LARGE_COUNT})`),
  largestCount: maybeNumber(sql`max(CASE WHEN is_read AND converts = 1 THEN conversion_count END)`),
  badValues: amount(sql`count_if(is_read AND converts = 1 AND value IS NULL)`),
  badValue: text(sql`min(CASE WHEN is_read AND converts = 1 AND value IS NULL THEN value_text END)`),
}

/** @returns the query of {@link surveyed}. */
export function surveyQuery(scan: TouchpointScan, rules: ExampleRules): Query<typeof surveyed> {
  const { source, columns, span, prune, distinct } = scan
  const isImpossible = isImpossibleSql(rules, sql`at_sec`)
  const isAfterSession = isAfterSessionSql(rules, sql`at_sec`)
  // Rows that differ in what is not read, such as the writing of their time, are one.
  const typed = sql`SELECT
  ${columns.user} AS user_key,
  ${columns.user} IS NOT NULL AS has_user,
  ${columns.isNullTextUser} AS is_null_text,
  ${columns.userText} AS user_text,
  ${columns.atSec} AS at_sec,
  ${columns.timeText} AS time_text,
  ${isMissingItsZone(source, rules) ? columns.isZoneless : sql`false`} AS is_zoneless,
  ${columns.channel} AS channel,
  ${columns.converts} AS converts,
  ${columns.conversionText} AS conversion_text,
  ${columns.conversionCount ?? sql`CAST(NULL AS bigint)`} AS conversion_count,
  ${columns.value} AS value,
  ${columns.valueText} AS value_text,
  ${columns.conversionId ?? sql`CAST(NULL AS varchar)`} AS conversion_id${columns.campaign === undefined ? sql`` : sql`,\n  ${columns.campaign} AS campaign`}
FROM ${sql.table(source.table)}
WHERE ${sql.and(prune)}`
  const inSpan = inSpanSql(span, sql`at_sec`)
  const flagged = sql`SELECT
  *,
  has_user AND at_sec IS NOT NULL AND ${inSpan} AS is_read,
  ${isFromSql(rules.fromSec)} AS is_learned,
  ${isFromSql(creditedFromSec(rules))} AS is_credited,
  at_sec IS NOT NULL AND ${isImpossible} AS is_impossible,
  at_sec IS NOT NULL AND ${isAfterSession} AS is_after_session,
  CASE WHEN has_user AND ${inSpan} THEN CAST(floor(at_sec / 86400e0) AS bigint) END AS day
FROM (
  ${typed}
) AS typed
WHERE at_sec IS NULL OR (${inSpan}) OR ${isImpossible} OR ${isAfterSession}`
  const converts = sql`is_read AND converts = 1 AND is_learned`
  return select(
    surveyed,
    sql`FROM (
  SELECT *, CASE WHEN ${converts} THEN CAST(floor(at_sec / 3600e0) AS bigint) END AS conversion_hour
  FROM (
    ${distinct ? onceSql(flagged, columns.campaign !== undefined) : flagged}
  ) AS kept
) AS timed
GROUP BY GROUPING SETS ((channel), (day, conversion_hour))`,
  )
}

function isFromSql(fromSec: number | undefined): Sql {
  return fromSec === undefined ? sql`true` : sql`at_sec >= ${fromSec}`
}

/** Of rows that are read and equal in it, the first. */
function onceSql(flagged: Sql, hasCampaigns: boolean): Sql {
  const campaign = hasCampaigns ? sql`, campaign` : sql``
  const keys = sql`is_read, user_key, at_sec, channel, converts, conversion_count, value, conversion_id${campaign}`
  return sql`SELECT * FROM (
  SELECT *, row_number() OVER (PARTITION BY ${keys} ORDER BY time_text) AS place
  FROM (
    ${flagged}
  ) AS flagged
) AS numbered
WHERE place = 1 OR NOT is_read`
}

/** Where days are those of UTC, or the zone was named, nothing is missing. */
function isMissingItsZone({ timeReading }: TouchpointSource, { timeZone }: ExampleRules): boolean {
  return timeZone !== 'UTC' && timeReading?.inputTimeZone === undefined
}

/** Nothing is impossible where there is no clock. */
function isImpossibleSql({ clock }: ExampleRules, atSec: Sql): Sql {
  if (clock === undefined) return sql`false`
  return sql`(${atSec} < ${END_OF_1970} OR ${atSec} > ${clock.nowSec + SECONDS_PER_DAY})`
}

/** A row of the range that was asked for, but later than the session. */
function isAfterSessionSql({ clock, fromSec, toSec }: ExampleRules, atSec: Sql): Sql {
  if (clock === undefined) return sql`false`
  const range = withinSpan(
    { fromSec, toSec },
    { fromSec: undefined, toSec: clock.nowSec + SECONDS_PER_DAY + 1 },
  )
  return sql`(${sql.and(sql`${atSec} > ${clock.sessionSec + SECONDS_PER_DAY}`, inSpanSql(range, atSec))})`
}

/** Impossible times that the other query does not see, since it prunes by the range that was asked for. */
export function outsideQuery(
  warehouse: Warehouse,
  { source, columns, prune }: TouchpointScan,
  rules: ExampleRules,
) {
  const { clock, fromSec, toSec } = rules
  if (prune === undefined || clock === undefined) return undefined
  const spans = [
    ...(fromSec === undefined ? [] : [{ fromSec: undefined, toSec: END_OF_1970 }]),
    ...(toSec === undefined ? [] : [{ fromSec: clock.nowSec + SECONDS_PER_DAY + 1, toSec: undefined }]),
  ]
  const parts = spans.map((span) => {
    const where = sql.and(pruneSql(warehouse, columns, span), inSpanSql(span, columns.atSec))
    return sql`SELECT ${columns.atSec} AS at_sec FROM ${sql.table(source.table)} WHERE ${where}`
  })
  return select(
    {
      impossibleTimes: amount(sql`count(*)`),
      leastImpossibleSec: maybeNumber(sql`CAST(min(at_sec) AS double)`),
      greatestImpossibleSec: maybeNumber(sql`CAST(max(at_sec) AS double)`),
    },
    sql`FROM (${sql.join(parts, sql` UNION ALL `)}) AS outside`,
  )
}
