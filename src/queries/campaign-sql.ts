import { step } from './barrel-sql.ts'
import { amount, doubleAmount, maybeNumber, select, text } from './result-columns.ts'
import { type SpanParts, spansSql } from './span-sql.ts'
import { type Sql, sql } from './sql.ts'
import { keepsTouches, rowsOfDays, type WindowParts, windowSteps } from './window-sql.ts'

/**
 * Campaigns are not bits of a pattern, as there may be hundreds: days of touches by campaign are joined with the windows of
 * their users, whatever the number of campaigns. The layout of these queries has a single channel, which every touch is of.
 */
export type LeafParts<Parts extends WindowParts = SpanParts> = Parts & {
  readonly carriesLeaves: true
  readonly negativeSample?: undefined
  readonly touches?: undefined
}

/**
 * The query of how long campaigns were at work on days without a conversion, in Trino's dialect: the steps up to `spans`, as
 * in the extraction, of all users; `leaf_days`, a row for each day of a user and campaign with a touch; and `touched`, a row
 * for each of them in the window of a span.
 *
 * A campaign's touch stands for its part of the cell of its channel, where `campaigns` of that channel were touched on the day (at
 * the moment at which it is seen, if that is the example's own day). So campaigns add up to the cells of their channels.
 * The result has leaf, campaigns, and examples that have the touch `from_lag` days before, and `later` ones up to `to_lag`, not included.
 */
export function leafExposureQuery(parts: LeafParts) {
  const { lookbackDays } = parts.rules
  const isOwnDay = sql`part = 0`
  const unseen = sql`lag = 0 AND NOT is_seen`
  // A conversion is no day without one; the days after it are.
  const firstLater = sql`greatest(first_age, 1)`
  const steps = [
    ...windowSteps(parts),
    step(sql`spans`, spansSql(parts)),
    step(sql`leaf_days`, leafDaysSql(parts)),
    step(
      sql`touched`,
      sql`SELECT leaf, campaigns, seen_campaigns, is_seen, lag, first_age, end_age, count(*) AS examples
  FROM (
    SELECT leaf_days.leaf, leaf_days.campaigns, leaf_days.seen_campaigns, leaf_days.is_seen, spans.day - leaf_days.day AS lag,
      CASE WHEN is_positive THEN 1 ELSE first_age END AS first_age, end_age
    FROM (SELECT * FROM spans WHERE end_age > first_age) AS spans
    JOIN leaf_days ON ${isInWindowSql(parts, sql`spans`)}
  ) AS pairs
  GROUP BY leaf, campaigns, seen_campaigns, is_seen, lag, first_age, end_age`,
    ),
    step(
      sql`exposed`,
      sql`SELECT leaf, examples,
    CASE WHEN ${isOwnDay} AND lag = 0 THEN seen_campaigns ELSE campaigns END AS campaigns,
    lag + CASE WHEN ${isOwnDay} THEN 0 ELSE ${firstLater} END AS from_lag,
    CASE WHEN ${isOwnDay} THEN CASE WHEN first_age > 0 OR ${unseen} THEN 0 ELSE lag + 1 END ELSE least(lag + end_age, ${lookbackDays}) END AS to_lag
  FROM touched
  CROSS JOIN (VALUES (0), (1)) AS parts (part)`,
    ),
  ]
  return select(
    {
      leaf: amount(sql`leaf`),
      campaigns: amount(sql`campaigns`),
      fromLag: amount(sql`from_lag`),
      toLag: amount(sql`to_lag`),
      examples: doubleAmount(sql`sum(examples)`),
    },
    sql`FROM exposed
WHERE from_lag < to_lag
GROUP BY leaf, campaigns, from_lag, to_lag
ORDER BY leaf, campaigns, from_lag, to_lag`,
    steps,
  )
}

/**
 * The query of the patterns of campaigns that led to conversions, in the same way.
 * @param leafCount number of campaigns in all channels.
 * @returns a query of patterns, cells such as `12 345` (days before * campaigns + campaign, ascending), with their conversions and
 *   those of them that are credited, and the value of these. Conversions without a touch are not in it.
 */
export function leafPatternsQuery(parts: LeafParts, leafCount: number) {
  const conversions = sql`SELECT user_key, day, stretch, weight, is_credited, value FROM spans WHERE is_positive`
  const steps = [
    ...windowSteps({ ...parts, onlyUpToConversions: true }),
    step(sql`spans`, spansSql(parts)),
    step(sql`leaf_days`, leafDaysSql(parts)),
    step(sql`conversions`, conversions),
    step(sql`patterns`, patternsSql(parts, leafCount)),
  ]
  return select(
    {
      pattern: text(sql`pattern`),
      conversions: doubleAmount(sql`sum(weight)`),
      credited: doubleAmount(sql`sum(CASE WHEN is_credited THEN weight ELSE 0 END)`),
      value: maybeNumber(sql`CAST(sum(value) AS double)`),
    },
    sql`FROM conversions
JOIN patterns ON ${isSameSql(sql`conversions`, sql`patterns`)}
GROUP BY pattern
ORDER BY pattern`,
    steps,
  )
}

/** @returns the step `patterns`: of each row of `conversions` with a touch its user, day, stretch, and pattern as text. */
export function patternsSql(parts: LeafParts<WindowParts>, leafCount: number): Sql {
  const cell = sql`(conversions.day - leaf_days.day) * ${leafCount} + leaf_days.leaf`
  return sql`SELECT user_key, day, stretch, array_join(array_agg(CAST(cell AS varchar) ORDER BY cell), ' ') AS pattern
  FROM (
    SELECT conversions.user_key, conversions.day, conversions.stretch, ${cell} AS cell
    FROM conversions
    JOIN leaf_days ON ${isInWindowSql(parts, sql`conversions`)}
  ) AS cells
  GROUP BY user_key, day, stretch`
}

/** @returns SQL that is true for the rows of two steps that are of one user, day and stretch. */
export function isSameSql(one: Sql, other: Sql): Sql {
  return sql.and(
    ...[sql`user_key`, sql`day`, sql`stretch`].map((column) => sql`${one}.${column} = ${other}.${column}`),
  )
}

/** Touches of the stretch, or of all so far: `stretch` counts the conversions that are left, that of a day's first touch is the largest. */
function isInWindowSql(parts: LeafParts<WindowParts>, row: Sql): Sql {
  const { lookbackDays } = parts.rules
  const stretch = keepsTouches(parts.rules)
    ? sql`leaf_days.stretch >= ${row}.stretch`
    : sql`leaf_days.stretch = ${row}.stretch`
  return sql`leaf_days.user_key = ${row}.user_key AND leaf_days.day <= ${row}.day AND leaf_days.day > ${row}.day - ${lookbackDays} AND ${stretch}`
}

/** @returns the step `leaf_days`: days of a user (and stretch) on which a campaign was touched, and how many of its channel were. */
export function leafDaysSql(parts: LeafParts<WindowParts>): Sql {
  const { from, day } = rowsOfDays(parts)
  const stretch = keepsTouches(parts.rules) ? undefined : sql`conversions_left`
  const keys = sql.join([sql`user_key`, day, sql`leaf`, ...(stretch === undefined ? [] : [stretch])])
  const isSeen = parts.moments === undefined ? sql`true` : sql`bool_or(is_seen)`
  const ofChannel = sql`OVER (PARTITION BY user_key, day, ${stretch === undefined ? sql`` : sql`stretch, `}channel)`
  const channels = (parts.leaves ?? []).map(({ channel }) => channel)
  return sql`SELECT
    user_key, day, stretch, leaf, is_seen,
    count(*) ${ofChannel} AS campaigns,
    count(CASE WHEN is_seen THEN 1 END) ${ofChannel} AS seen_campaigns
  FROM (
    SELECT user_key, ${day} AS day, leaf, max(CAST(conversions_left AS bigint)) AS stretch, ${isSeen} AS is_seen,
      (ARRAY[${sql.join(channels)}])[CAST(leaf AS integer) + 1] AS channel
    FROM ${from}
    WHERE leaf IS NOT NULL${parts.onlyUpToConversions ? sql` AND conversions_left > 0` : sql``}
    GROUP BY ${keys}
  ) AS by_leaf`
}
