import { type DayMoments, SECONDS_PER_HOUR } from '../examples/day-moments.ts'
import type { LocalDays } from '../examples/local-days.ts'
import { type Sql, sql } from './sql.ts'
import { daySql, localSecondsSql, SECONDS_PER_DAY } from './time-sql.ts'
import { userBitsSql } from './user-hash.ts'

/**
 * A day without a conversion is seen at a moment of it, as a conversion is: at the time of day below which the part of
 * conversions lies that the hash of user and day says.
 * @param rows query of rows with user_key and at_sec.
 * @returns a query of these rows with `day`, and `is_seen`: whether a row is not later than its day's moment.
 */
export function seenRowsSql(rows: Sql, days: LocalDays, moments: DayMoments, seed: number): Sql {
  const day = daySql(days, sql`at_sec`)
  const moment = userBitsSql(
    sql`concat(concat(CAST(day AS varchar), ':'), CAST(user_key AS varchar))`,
    seed,
    'moment',
  )
  const before = sql`(ARRAY[${sql.join(moments.slice(0, -1))}])[hour + 1]`
  const within = sql`(ARRAY[${sql.join(moments.slice(1).map((end, hour) => end - (moments[hour] ?? 0)))}])[hour + 1]`
  return sql`SELECT *, (second_of_day - hour * ${SECONDS_PER_HOUR}) * ${within} <= (${moment} - ${before}) * ${SECONDS_PER_HOUR} AS is_seen
FROM (
  SELECT *, CAST(floor(second_of_day / ${sql.double(SECONDS_PER_HOUR)}) AS bigint) AS hour
  FROM (
    SELECT *, ${day} AS day, ${localSecondsSql(days, sql`at_sec`)} - ${day} * ${SECONDS_PER_DAY} AS second_of_day
    FROM ${rows}
  ) AS dated
) AS timed`
}
