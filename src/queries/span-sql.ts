import { areAtMoments } from '../examples/touchpoints.ts'
import { wordColumns } from './barrel-sql.ts'
import { dropsUsers, isDroppedSql } from './dropped-sql.ts'
import { type EvidencePlan, evidenceKeySql } from './evidence-key.ts'
import { type Sql, sql } from './sql.ts'
import { thinColumns } from './thinned-sql.ts'
import { isCounted } from './touchpoints-sql.ts'
import { areBitsBelowSql, userBitsSql } from './user-hash.ts'
import {
  conversionsSql,
  isConversionInRangeSql,
  isCreditedSql,
  keepsTouches,
  stretchColumn,
  unseenNames,
  valueSumSql,
  type WindowParts,
  zeroValueSql,
} from './window-sql.ts'

/** What spans are built from, in addition to windows. */
export interface SpanParts extends WindowParts {
  readonly seedFormat: boolean
  /** Last day of the data; first day of examples, undefined: the users' own first days. */
  readonly lastDay: number
  readonly firstDay: number | undefined
  /** Whose windows are exported one by one. */
  readonly evidence: EvidencePlan
}

/**
 * The step `spans`: the examples that follow from a day of `turned`: its conversion, or that day and the following ones
 * up to the user's next row, on which the pattern only grows older. The days of the span, counted from the window's own
 * day, are `first_age` up to, not including, `end_age`; days on which nothing is left of the pattern are only counted.
 * At age 0 the pattern lacks the touches `unseen_0`, ... that come after the day's moment. Where touches keep working
 * after a conversion, its pattern grows older too: then only age 0 of the span is the conversion.
 *
 * By the original's rule no pattern grows older: a day is one example, and the last day with a touch, which ends at `end_age`
 * W, is one for each number of days that its window can be cut to.
 */
export function spansSql(parts: SpanParts): Sql {
  const { layout, rules, evidence } = parts
  const words = wordColumns(layout)
  const firstAge = firstAgeSql(parts)
  const conversion = conversionAges(parts)
  const unseen = unseenNames(parts).map(
    (name) => sql`CASE WHEN conversion_rows > 0 OR ${firstAge} > 0 THEN 0 ELSE ${name} END AS ${name}`,
  )
  const drops = dropsUsers(parts)
  const key = evidenceKeySql(evidence, rules.lookbackDays)
  const isFirst = unlessDropped(parts, sql`former_day IS NULL`, sql`is_first_day`)
  return sql`SELECT *, ${drops ? sql`CASE WHEN is_dropped THEN -1 ELSE ${key} END` : key} AS evidence_key
FROM (
  SELECT
    is_example AND conversion_rows > 0 AND NOT is_entry AS is_positive,
    CASE WHEN conversion_rows > 0 THEN ${conversion.firstAge} ELSE ${firstAge} END AS first_age,
    CASE WHEN conversion_rows > 0 THEN ${conversion.endAge}
      ELSE greatest(${firstAge}, ${endAgeSql(parts)}) END AS end_age,
    ${emptyDaysSql(parts)} AS empty_days,
    ${areBitsBelowSql(sql`user_bits`, rules.validationFraction)} AS validates,
    CASE WHEN ${isFirst} THEN ${copiesSql(parts)} ELSE 0 END AS users,
    is_credited,
    CASE WHEN is_example THEN conversion_rows ELSE 0 END AS conversion_rows,
    CASE WHEN is_example AND is_entry THEN ${conversionsSql(parts)} ELSE 0 END AS entries,
    ${weightSql(parts)} AS weight,
    CASE WHEN is_credited THEN value ELSE ${zeroValueSql(parts)} END AS value,
    ${parts.carriesLeaves ? sql`user_key, ` : sql``}${stretchColumn(parts)}user_bits, day, ${drops ? thinColumns(parts, firstAge) : sql``}conversion_rows > 0${agesAfterConversion(parts) ? sql` AND NOT has_touch` : sql``} AS converts,
    ${sql.join([...unseen, ...words])}
  FROM (
    SELECT
      *,
      ${drops ? sql`` : sql`${userBitsSql(sql`CAST(user_key AS varchar)`, rules.seed, 'validation')} AS user_bits,\n`}${sql.join(words, sql` + `)} > 0 AS has_touch,
      coalesce(next_day, ${parts.lastDay + 1}) - day AS days_to_next,
      ${isConversionInRangeSql(parts)} AS is_example,
      ${isCreditedSql(parts)} AS is_credited,
      ${isEntrySql(parts)} AS is_entry
    FROM turned
  ) AS described
) AS aging`
}

/** How many equal days a row stands for. */
function copiesSql(parts: SpanParts): Sql {
  return dropsUsers(parts) ? sql`copies` : sql`1`
}

function unlessDropped(parts: SpanParts, kept: Sql, dropped: Sql): Sql {
  return dropsUsers(parts) ? sql`CASE WHEN ${isDroppedSql} THEN ${dropped} ELSE ${kept} END` : kept
}

/** @returns whether patterns of conversions grow older, and are examples then. */
export function agesAfterConversion({ rules, seedFormat }: SpanParts): boolean {
  return keepsTouches(rules) && areAtMoments(rules.kind, seedFormat)
}

/** First and end age of a row with a conversion. */
function conversionAges(parts: SpanParts): { readonly firstAge: Sql; readonly endAge: Sql } {
  const isPositive = sql`is_example AND NOT is_entry`
  if (!agesAfterConversion(parts)) {
    return { firstAge: sql`0`, endAge: sql`CASE WHEN ${isPositive} THEN 1 ELSE 0 END` }
  }
  const later = ageAfterConversionSql(parts)
  return {
    firstAge: sql`CASE WHEN ${isPositive} THEN 0 ELSE ${later} END`,
    endAge: sql`greatest(CASE WHEN ${isPositive} THEN 1 ELSE ${later} END, ${endAgeSql(parts)})`,
  }
}

/** The first age after a conversion that is in the range. */
function ageAfterConversionSql({ firstDay }: SpanParts): Sql {
  return firstDay === undefined ? sql`1` : sql`greatest(1, ${firstDay} - day)`
}

/** A span counts as often as it ends with a conversion. */
function weightSql(parts: SpanParts): Sql {
  return sql`CASE WHEN is_example THEN ${conversionsSql(parts)} ELSE ${copiesSql(parts)} END`
}

/** A conversion that brought the user into the data; by the original's rule, every one without a touch before it. */
function isEntrySql({ rules, layout }: SpanParts): Sql {
  const untouched = sql`${sql.join(wordColumns(layout), sql` + `)} = 0`
  if (rules.kind === 'td-mta') return untouched
  return sql`(${untouched} AND former_day IS NULL AND first_at_sec = converted_at_sec)`
}

/**
 * A day that has had a conversion before this row counts as a day with a conversion. On the first day of a user, a moment
 * before the first row is not at risk.
 */
function firstAgeSql(parts: SpanParts): Sql {
  const { firstDay, moments } = parts
  const isTooEarly = moments === undefined ? sql`` : sql` OR (former_day IS NULL AND NOT is_seen)`
  const skipped = sql`CASE WHEN former_day = day${isTooEarly} THEN 1 ELSE 0 END`
  const first = firstDay === undefined ? skipped : sql`greatest(${skipped}, ${firstDay} - day)`
  return unlessDropped(parts, first, sql`0`)
}

function endAgeSql(parts: SpanParts): Sql {
  const { rules, seedFormat, firstDay } = parts
  if (rules.kind === 'td-mta') {
    const isExample = sql.and(
      sql`touched AND conversions_in_all = 0`,
      firstDay === undefined ? undefined : sql`day >= ${firstDay}`,
    )
    const ages = sql`CASE WHEN day = last_touched_day THEN ${rules.lookbackDays} ELSE 1 END`
    return sql`CASE WHEN ${isExample} THEN ${ages} ELSE 0 END`
  }
  if (seedFormat) return sql`CASE WHEN touched THEN least(days_to_next, 1) ELSE 0 END`
  return sql`CASE WHEN has_touch THEN least(days_to_next, ${rules.lookbackDays}) ELSE 0 END`
}

/** Days at risk on which no touch is left, except those that follow from shifting the pattern. */
function emptyDaysSql(parts: SpanParts): Sql {
  const { rules, seedFormat } = parts
  if (rules.kind === 'td-mta' || seedFormat) return sql`CAST(0 AS bigint)`
  const afterPattern = (firstAge: Sql) =>
    sql`CASE WHEN has_touch THEN greatest(${firstAge}, ${rules.lookbackDays}) ELSE ${firstAge} END`
  const conversion = ageAfterConversionSql(parts)
  const afterConversion = agesAfterConversion(parts) ? afterPattern(conversion) : conversion
  const empty = sql`greatest(0, days_to_next - CASE WHEN conversion_rows > 0 THEN ${afterConversion} ELSE ${afterPattern(firstAgeSql(parts))} END)`
  return unlessDropped(parts, empty, sql`copies * ${daysAtRiskSql(parts)}`)
}

/** All examples of a user without a conversion, on the day of the user's first row. */
function daysAtRiskSql({ lastDay, firstDay, moments }: SpanParts): Sql {
  const first = moments === undefined ? sql`day` : sql`(day + CASE WHEN is_seen THEN 0 ELSE 1 END)`
  const from = firstDay === undefined ? first : sql`greatest(${first}, ${firstDay})`
  return sql`CASE WHEN is_first_day THEN greatest(0, ${lastDay + 1} - ${from}) ELSE 0 END`
}

/** @returns whether a run has a count of its own for the days after conversions, which several conversions share. */
export function countsLaterDays(parts: SpanParts): boolean {
  return agesAfterConversion(parts) && isCounted(parts)
}

/**
 * The step `runs`: equal spans counted. Counts are added up as doubles, which is exact below 2^53 and takes half the
 * memory of bigints.
 */
export function runsSql(parts: SpanParts): Sql {
  const words = sql.join([...unseenNames(parts), ...wordColumns(parts.layout)])
  const counted = (column: Sql) => sql`sum(CAST(${column} AS double))`
  const drops = dropsUsers(parts)
  const isWeighted = isCounted(parts) || drops
  const kept = drops ? sql`stands_for, thinned, later_ages, cut_ages, ` : sql``
  const rows = drops
    ? sql`${counted(sql`copies`)} AS span_rows,\n${counted(sql`copies * validates`)} AS validation_rows,\n`
    : sql``
  return sql`SELECT
  ${kept}is_positive, first_age, end_age, ${words},
  ${isWeighted ? counted(sql`weight`) : sql`CAST(count(*) AS double)`} AS examples,
  ${counted(isWeighted ? sql`weight * validates` : sql`validates`)} AS validation_examples,
  ${counted(sql`CASE WHEN is_positive AND is_credited THEN ${isWeighted ? sql`weight` : sql`1`} ELSE 0 END`)} AS credited_examples,
  ${valueSumSql(parts, sql`is_positive`)} AS positive_value,
  ${counted(sql`empty_days`)} AS empty_days,
  ${counted(sql`empty_days * validates`)} AS validation_empty_days,
  ${counted(sql`users`)} AS users,
  ${counted(sql`conversion_rows`)} AS conversion_rows,
  ${counted(sql`entries`)} AS entries,
  ${counted(sql`CASE WHEN is_credited THEN entries ELSE 0 END`)} AS credited_entries,
  ${valueSumSql(parts, sql`entries > 0`)} AS entry_value,
  ${valueSumSql(parts, sql`true`)} AS conversion_value,
  ${countsLaterDays(parts) ? sql`${counted(copiesSql(parts))} AS later_days,\n${counted(drops ? sql`copies * validates` : sql`validates`)} AS validation_later_days,\n` : sql``}${rows}evidence_key
FROM ${drops ? sql`thinned` : sql`spans`}
GROUP BY ${kept}is_positive, first_age, end_age, evidence_key, ${words}`
}
