import type { WordLayout } from '../examples/pattern-words.ts'
import { wordColumns } from './barrel-sql.ts'
import { isDroppedSql } from './dropped-sql.ts'
import { type Sql, sql } from './sql.ts'
import { isDrawnSql } from './user-hash.ts'
import { keepsTouches, unseenNames, type WindowParts } from './window-sql.ts'

/** Days on which examples are, and for how many users each drawn one stands. */
export interface ThinParts extends WindowParts {
  readonly lastDay: number
  readonly firstDay: number | undefined
}

/**
 * What is left of a user who isn't drawn: conversions as they are, and of the days without one what adds up to how many examples
 * touched each cell. A touch of a day is in the windows of W days, so days are enough:
 * - `seen`: touches of a day at or before its moment, which are in the day's own window,
 * - `later`: all touches of a day, which are in the windows of the later days,
 * - `cut`: minus the window of a day with a conversion, which is not an example without one; where touches are used up, minus the
 *   windows of the days after it, too.
 * In the last two, ages are counted from the day on.
 */
export const THINNED_PART = { seen: 0, later: 1, cut: 2 } as const

/** @returns columns of spans that say so; `thinned` is 0 for drawn users, 2 where the day is an example with its own touches, else 1. */
export function thinColumns(parts: ThinParts, firstAge: Sql): Sql {
  const oneOf = parts.negativeSample?.oneOf ?? 1
  const isThinned = sql`${isDroppedSql} OR NOT ${isDrawnSql(sql`user_bits`, 1 / oneOf)}`
  const isOwn = sql`conversion_rows = 0 AND ${firstAge} = 0 AND days_to_next >= 1`
  const isSeen = sql`CASE WHEN ${isDroppedSql} THEN ${isInRangeSql(parts)} ELSE ${isOwn} END`
  return sql`copies,
    ${isDroppedSql} AS is_dropped,
    CASE WHEN ${isThinned} THEN 1 ELSE ${oneOf} END AS stands_for,
    CASE WHEN ${isThinned} THEN CASE WHEN ${isSeen} THEN 2 ELSE 1 END ELSE 0 END AS thinned,
    ${laterAgesSql(parts)} AS later_ages,
    ${cutAgesSql(parts)} AS cut_ages, `
}

function isInRangeSql({ firstDay, lastDay }: ThinParts): Sql {
  return sql.and(sql`day <= ${lastDay}`, firstDay === undefined ? undefined : sql`day >= ${firstDay}`)
}

/** The last row of a user's day. */
const isLastSql = sql`(next_day IS NULL OR next_day > day)`

function laterAgesSql(parts: ThinParts): Sql {
  const isWhole = keepsTouches(parts.rules) ? isLastSql : sql`conversion_rows = 0`
  return agesSql(parts, sql`(${isDroppedSql} OR ${isWhole})`, 1)
}

function cutAgesSql(parts: ThinParts): Sql {
  if (!keepsTouches(parts.rules)) return agesSql(parts, sql`conversion_rows > 0`, 0)
  const isConversionDay = sql`${isLastSql} AND (conversion_rows > 0 OR former_day = day)`
  return sql`CASE WHEN NOT ${isDroppedSql} AND ${isConversionDay} AND ${isInRangeSql(parts)} THEN 0 ELSE -1 END`
}

/** The ages of a day's touches that are examples, from `first` on: from * (W + 1) + to; -1: none. */
function agesSql(
  { rules: { lookbackDays }, firstDay, lastDay }: ThinParts,
  condition: Sql,
  first: number,
): Sql {
  const from = firstDay === undefined ? sql`${first}` : sql`greatest(${first}, ${firstDay} - day)`
  const to = sql`least(${lookbackDays - 1}, ${lastDay} - day)`
  return sql`CASE WHEN ${condition} AND ${from} <= ${to} THEN ${from} * ${lookbackDays + 1} + ${to} ELSE -1 END`
}

/** @returns the ages in a number of {@link thinColumns}. */
export function agesOf(number: number, lookbackDays: number): { readonly from: number; readonly to: number } {
  const to = number % (lookbackDays + 1)
  return { from: (number - to) / (lookbackDays + 1), to }
}

/** @returns how many such numbers there are. */
export function ageNumbers(lookbackDays: number): number {
  return (lookbackDays + 1) ** 2
}

/** @returns SQL of each word with the touches of day 0 only. */
export function ownDayWords(layout: WordLayout): readonly Sql[] {
  const { wordsPerDay, channelsPerWord } = layout
  return wordColumns(layout).map((word, at) => {
    if (at >= wordsPerDay) return sql`0`
    return wordsPerDay > 1 ? word : sql`bitwise_and(${word}, ${2 ** channelsPerWord - 1})`
  })
}

/**
 * The step `thinned`: spans of drawn users as they are, and rows of the others with a part each for what is left of them. Their
 * examples are only counted, as days without a touch are.
 */
export function thinnedSql(parts: ThinParts): Sql {
  const isOwnDay = sql`thinned > 0 AND NOT is_positive AND cut_ages < 0`
  const own = ownDayWords(parts.layout)
  const words = wordColumns(parts.layout).map(
    (word, at) => sql`CASE WHEN ${isOwnDay} THEN ${own[at] ?? word} ELSE ${word} END AS ${word}`,
  )
  const examples = sql`empty_days + end_age - CASE WHEN is_positive THEN 1 ELSE first_age END`
  const lastPart = sql`CASE WHEN cut_ages >= 0 THEN ${THINNED_PART.cut} ELSE ${THINNED_PART.later} END`
  return sql`SELECT
  is_positive, validates, users, is_credited, conversion_rows, entries, weight, value, evidence_key,
  copies, stands_for, thinned, later_ages, cut_ages,
  CASE WHEN thinned > 0 THEN 0 ELSE first_age END AS first_age,
  CASE WHEN thinned > 0 THEN ${lastPart} + 1 ELSE end_age END AS end_age,
  CASE WHEN thinned > 0 AND NOT is_dropped THEN ${examples} ELSE empty_days END AS empty_days,
  ${sql.join([...unseenNames(parts), ...words], sql`,\n`)}
FROM spans`
}
