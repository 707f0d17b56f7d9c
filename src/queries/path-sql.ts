import { type RuleOptions, rulesOfThumb } from '../comparison/rules-of-thumb.ts'
import type { LocalDays } from '../examples/local-days.ts'
import type { ExampleRules } from '../examples/touchpoints.ts'
import { step } from './barrel-sql.ts'
import { decayWeightSumSql, halfLivesSql } from './decay-sql.ts'
import { creditParts, valueParts } from './exact-sums.ts'
import { amount, doubleAmount, maybeNumber, type ResultColumn, select, text } from './result-columns.ts'
import { segmentNameSql, segmentsSql } from './segments-sql.ts'
import { type Sql, sql } from './sql.ts'
import { daySql } from './time-sql.ts'
import {
  conversionCountSql,
  countingColumns,
  isCounted,
  type TouchpointParts,
  touchpointsSql,
} from './touchpoints-sql.ts'

/** All that the query is built from. */
export interface PathSqlParts extends TouchpointParts {
  readonly rules: Pick<ExampleRules, 'lookbackDays' | 'fromSec' | 'creditFromSec'>
  readonly days: LocalDays
  readonly ruleOptions: RuleOptions
  /** Of a touchpoint: then only credited conversions are taken, each segment's apart; absent: they are not told apart. */
  readonly segment?: Sql | undefined
  /** The segments that are told apart, the others being one; absent: all are. */
  readonly keptSegments?: readonly string[] | undefined
}

/**
 * A touch is one number below 2^53 that sorts by time, then by place in the vocabulary: the place takes this many lower
 * bits (2,001 places at most), the seconds the upper ones.
 */
export const PLACE_BITS = 11

/**
 * The query that turns touchpoints into paths with counts and into the credits of the rules of thumb, in Trino's dialect
 * and one scan.
 * 1. `touchpoints`: typed rows, channels as places in the vocabulary.
 * 2. `ordered`: each row with the user's next conversion at or after it, and the user's last touch.
 * 3. `windows`: conversions, and touches as keys that sort by time and channel, if they lie in the window of their
 *    conversion, or, after the last conversion, of the last touch; each with the last key of its path.
 * 4. `stretches`: a row for each conversion, and one for what a user did after the last conversion: the path as text,
 *    and the touches as a sorted array.
 * 5. `taken`: each stretch once for its path (`touch` 0), and each credited conversion once per touch (1 and up).
 * Conversions that are only learned from have no touches taken: rules credit nothing for them.
 * The result has one row per distinct path (places separated by blanks, empty without a touch) with its amounts, and one
 * per place and days before, whose path is NULL, with the credits of the rules.
 */
export function pathQuery(parts: PathSqlParts) {
  const hasValue = parts.source.valueColumn !== undefined
  const zero = hasValue ? sql`CAST(0 AS decimal(38,6))` : sql`0`
  const steps = [
    step(sql`touchpoints`, touchpointsSql(parts)),
    step(sql`ordered`, orderedSql(parts)),
    step(sql`windows`, windowsSql(parts)),
    step(sql`stretches`, stretchesSql(parts)),
    ...(parts.segment === undefined ? [] : [step(sql`segments`, segmentsSql(parts, parts.segment))]),
    step(sql`taken`, takenSql(parts)),
  ]
  const groups = parts.segment === undefined ? sql`1, 2, 3` : sql`1, 2, 3, 4`
  const ofPath = (one: Sql) => doubleAmount(sql`sum(CASE WHEN touch = 0 THEN ${one} END)`)
  const columns = {
    pathText: text(sql`CASE WHEN touch = 0 THEN coalesce(path, '') END`),
    touchedPlace: maybeNumber(sql`CASE WHEN touch > 0 THEN place END`),
    touchedDaysBefore: maybeNumber(sql`CASE WHEN touch > 0 THEN days_before END`),
    ...(parts.segment === undefined ? {} : { segmentName: text(sql`segment`) }),
    conversions: ofPath(sql`CASE WHEN converted_at_sec IS NULL THEN 0 ELSE conversions END`),
    nullPaths: ofPath(sql`CASE WHEN converted_at_sec IS NULL THEN 1 ELSE 0 END`),
    pathValue: ofPath(sql`value`),
    creditedConversions: ofPath(sql`CASE WHEN is_credited THEN conversions ELSE 0 END`),
    creditedValue: ofPath(sql`CASE WHEN is_credited THEN value ELSE ${zero} END`),
    ...creditColumns(parts, hasValue),
  }
  return select(columns, sql`FROM taken\nGROUP BY ${groups}\nORDER BY ${groups}`, steps)
}

/** @returns the key of the column with the credit of a rule to a cell, in parts of conversions or of value. */
export function creditKey(method: string, kind: 'credit' | 'value'): string {
  return `${method}_${kind}`
}

function creditColumns(
  parts: PathSqlParts,
  hasValue: boolean,
): Readonly<Record<string, ResultColumn<number>>> {
  const options = parts.ruleOptions
  const ofTouches = (parts: Sql) => amount(sql`CAST(sum(CASE WHEN touch > 0 THEN ${parts} END) AS varchar)`)
  const credits = rulesOfThumb.map(({ method, creditSql }) => ({ method, credit: creditSql(options) }))
  return Object.fromEntries([
    ...credits.map(({ method, credit }) => [
      creditKey(method, 'credit'),
      ofTouches(isCounted(parts) ? timesSql(credit) : creditParts(sql`(${credit})`)),
    ]),
    ...(hasValue ? credits : []).map(({ method, credit }) => [
      creditKey(method, 'value'),
      ofTouches(valueParts(sql`(CAST(value AS double) * (${credit}))`)),
    ]),
  ])
}

/** Several conversions of one second have the same path: each gives the credit. */
function timesSql(credit: Sql): Sql {
  const [parts, times] = [creditParts(sql`(${credit})`), sql`conversions`]
  return sql`CAST(${parts} AS decimal(19,0)) * CAST(${times} AS decimal(19,0))`
}

function orderedSql(parts: PathSqlParts): Sql {
  const fromHereOn = sql`OVER (PARTITION BY user_key ORDER BY at_sec DESC)`
  return sql`SELECT
    user_key, at_sec, place, converts, value${countingColumns(parts)},
    min(CASE WHEN converts = 1 THEN at_sec END) ${fromHereOn} AS converted_at_sec,
    max(CASE WHEN place IS NOT NULL THEN at_sec END) ${fromHereOn} AS last_touch_at_sec
  FROM touchpoints`
}

function windowsSql(parts: PathSqlParts): Sql {
  const { rules, days, ruleOptions } = parts
  const end = sql`coalesce(converted_at_sec, last_touch_at_sec)`
  const isInWindow = sql`${daySql(days, end)} - ${daySql(days, sql`at_sec`)} < ${rules.lookbackDays}`
  const key = sql`bitwise_left_shift(at_sec, ${PLACE_BITS}) + place`
  const inRange =
    rules.fromSec === undefined ? sql`` : sql` AND coalesce(converted_at_sec, at_sec) >= ${rules.fromSec}`
  const lastKey = sql`max(key) OVER (PARTITION BY user_key, converted_at_sec)`
  return sql`SELECT *, ${halfLivesSql(ruleOptions.halfLifeDays, secondsOf(sql`last_key`), secondsOf(sql`key`))} AS half_lives
  FROM (
    SELECT *, ${lastKey} AS last_key
    FROM (
      SELECT
        user_key, converted_at_sec, converts, value${countingColumns(parts)}, place,
        CASE WHEN place IS NOT NULL AND ${isInWindow} THEN ${key} END AS key
      FROM ordered
      WHERE (converts = 1 OR place IS NOT NULL)${inRange}
    ) AS keyed
    WHERE converts = 1 OR key IS NOT NULL
  ) AS followed`
}

/** @returns SQL of the time that a key holds. */
function secondsOf(key: Sql): Sql {
  return sql`bitwise_right_shift(${key}, ${PLACE_BITS})`
}

/** Paths are those of channels, whatever the campaign. */
function channelSql({ leaves }: PathSqlParts): Sql {
  if (leaves === undefined) return sql`place`
  return sql`(ARRAY[${sql.join(leaves.map(({ channel }) => channel))}])[CAST(place AS integer) + 1]`
}

function stretchesSql(parts: PathSqlParts): Sql {
  const { source, ruleOptions, rules } = parts
  const isCredited = sql.and(
    sql`converted_at_sec IS NOT NULL`,
    rules.creditFromSec === undefined ? undefined : sql`converted_at_sec >= ${rules.creditFromSec}`,
  )
  const touched = sql`FILTER (WHERE key IS NOT NULL)`
  const value =
    source.valueColumn === undefined
      ? sql`0`
      : sql`sum(CASE WHEN converts = 1 THEN value ELSE CAST(0 AS decimal(38,6)) END)`
  const { directPlaces } = ruleOptions
  const indirect =
    directPlaces.length === 0
      ? sql`key`
      : sql`CASE WHEN place NOT IN (${sql.join(directPlaces)}) THEN key END`
  return sql`SELECT
    user_key, converted_at_sec,
    ${isCredited} AS is_credited,
    ${value} AS value,
    ${isCounted(parts) ? conversionCountSql(parts) : sql`1`} AS conversions,
    count(key) AS touches,
    array_agg(key ORDER BY key) ${touched} AS keys,
    array_join(array_agg(CAST(${channelSql(parts)} AS varchar) ORDER BY key) ${touched}, ' ') AS path,
    ${decayWeightSumSql()} AS weights,
    coalesce(max(${indirect}), max(key)) AS indirect_key,
    max(key) AS last_key
  FROM windows
  GROUP BY user_key, converted_at_sec`
}

/** Touches to credit are unnested from their array, after a NULL that stands for the path: Trino makes no long sequences. */
function takenSql({ days, ruleOptions, segment, keptSegments }: PathSqlParts): Sql {
  const ofSegment = segment === undefined ? sql`` : sql`segment, `
  const stretches =
    segment === undefined
      ? sql`stretches`
      : sql`(SELECT stretches.*, ${segmentNameSql(keptSegments)} AS segment FROM stretches LEFT JOIN segments ON stretches.user_key = segments.segment_user AND stretches.converted_at_sec = segments.at_sec WHERE is_credited) AS named`
  const path = sql`ARRAY[CAST(NULL AS bigint)]`
  const taken = sql`CASE WHEN is_credited AND keys IS NOT NULL THEN ${path} || keys ELSE ${path} END`
  return sql`SELECT
  *,
  ${halfLivesSql(ruleOptions.halfLifeDays, secondsOf(sql`last_key`), sql`at_sec`)} AS half_lives,
  ${daySql(days, sql`converted_at_sec`)} - ${daySql(days, sql`at_sec`)} AS days_before
FROM (
  SELECT
    number - 1 AS touch, ${ofSegment}path, touches, conversions, value, weights, converted_at_sec, is_credited, last_key, last_indirect_touch,
    bitwise_and(key, ${2 ** PLACE_BITS - 1}) AS place,
    ${secondsOf(sql`key`)} AS at_sec
  FROM (SELECT *, array_position(keys, indirect_key) AS last_indirect_touch FROM ${stretches}) AS positioned
  CROSS JOIN UNNEST(${taken}) WITH ORDINALITY AS numbered (key, number)
) AS touched`
}
