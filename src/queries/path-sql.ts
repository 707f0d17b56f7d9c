import type { LocalDays } from '../examples/local-days.ts'
import type { ExampleRules } from '../examples/touchpoints.ts'
import { inSpanSql, type ReadSpan } from './rows-read.ts'
import { creditSumsSql, decayWeightSumSql, halfLivesSql, type RuleOptions } from './rule-sql.ts'
import { quoteLiteral } from './sql.ts'
import { cte, type TypedRowsParts, typedRowsSql } from './typed-rows-sql.ts'

/** All that the query is built from. */
export interface PathSqlParts extends TypedRowsParts {
  readonly rules: Pick<ExampleRules, 'lookbackDays' | 'fromSec'>
  readonly span: ReadSpan
  /** The ordered vocabulary. */
  readonly channels: readonly string[]
  /** Position of `(other)`; undefined where every channel is kept. */
  readonly otherPosition: number | undefined
  readonly days: LocalDays
  readonly ruleOptions: RuleOptions
}

/**
 * A touch as one number that sorts by time, then by place in the vocabulary: seconds in the upper bits, the place in
 * these lower ones (1,001 places at most), below 2^53.
 */
export const PLACE_BITS = 11

/** White space as JavaScript knows it, for which regular expressions of warehouses have no name in common. */
const WHITE_SPACE = '\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff'

/**
 * The query that turns touchpoints into paths with counts and into the credits of the rules of thumb: one text in
 * Trino's dialect, one scan.
 * 1. `touchpoints`: typed rows, channels as places in the vocabulary.
 * 2. `ordered`: beside each row the user's next conversion at or after it, and the user's last touch.
 * 3. `windows`: conversions, and touches as keys that sort by time and channel, so far as they lie in the window of
 *    their conversion, or, behind the last conversion, of the last touch; and beside each the last one of its path.
 * 4. `stretches`: a row for each conversion, and one for what a user did after the last one: its path as text, and its
 *    touches as a sorted array.
 * 5. `items`: each stretch once for its path (`item` 0), and a conversion once for each touch (1 and up).
 * The result has a row for each distinct path (places parted by blanks, empty without a touch; then conversions, null
 * paths, value) and one for each place and days before (`path` is NULL, and so are the amounts of paths; then the
 * credits of the rules, as conversions, and where there is a value column as value).
 */
export function pathSql(parts: PathSqlParts): string {
  const steps = [
    cte('touchpoints', touchpointsSql(parts)),
    cte('ordered', orderedSql()),
    cte('windows', windowsSql(parts)),
    cte('stretches', stretchesSql(parts)),
    cte('items', itemsSql(parts)),
  ]
  return `WITH ${steps.join(',\n')}\n${resultSql(parts)}`
}

function touchpointsSql(parts: PathSqlParts): string {
  const { span, channels, otherPosition } = parts
  const kept = otherPosition === undefined ? channels : channels.slice(0, otherPosition)
  const vocabulary = kept.map((channel, place) => `(${quoteLiteral(channel)}, ${place})`).join(', ')
  const isOther = `typed.channel IS NOT NULL AND NOT regexp_like(typed.channel, '^[${WHITE_SPACE}]*$')`
  const place =
    otherPosition === undefined
      ? 'vocabulary.place'
      : `coalesce(vocabulary.place, CASE WHEN ${isOther} THEN ${otherPosition} END)`
  return `  SELECT typed.user_key, typed.at_sec, ${place} AS place, typed.converts, typed.value
  FROM ${typedRowsSql(parts)}
  LEFT JOIN (VALUES ${vocabulary}) AS vocabulary (name, place) ON typed.channel = vocabulary.name
  WHERE typed.user_key IS NOT NULL AND typed.at_sec IS NOT NULL AND ${inSpanSql(span, 'typed.at_sec')}`
}

function orderedSql(): string {
  const fromHereOn = 'OVER (PARTITION BY user_key ORDER BY at_sec DESC)'
  return `  SELECT
    user_key, at_sec, place, converts, value,
    min(CASE WHEN converts = 1 THEN at_sec END) ${fromHereOn} AS converted_at_sec,
    max(CASE WHEN place IS NOT NULL THEN at_sec END) ${fromHereOn} AS last_touch_at_sec
  FROM touchpoints`
}

function windowsSql({ rules, days, ruleOptions }: PathSqlParts): string {
  const end = 'coalesce(converted_at_sec, last_touch_at_sec)'
  const isInWindow = `${days.daySql(end)} - ${days.daySql('at_sec')} < ${rules.lookbackDays}`
  const key = `bitwise_left_shift(at_sec, ${PLACE_BITS}) + place`
  const inRange =
    rules.fromSec === undefined ? '' : ` AND coalesce(converted_at_sec, at_sec) >= ${rules.fromSec}`
  const lastKey = 'max(key) OVER (PARTITION BY user_key, converted_at_sec)'
  return `  SELECT *, ${halfLivesSql(ruleOptions, secondsOf('last_key'), secondsOf('key'))} AS half_lives
  FROM (
    SELECT *, ${lastKey} AS last_key
    FROM (
      SELECT
        user_key, converted_at_sec, converts, value, place,
        CASE WHEN place IS NOT NULL AND ${isInWindow} THEN ${key} END AS key
      FROM ordered
      WHERE (converts = 1 OR place IS NOT NULL)${inRange}
    ) AS keyed
    WHERE converts = 1 OR key IS NOT NULL
  ) AS followed`
}

/** @returns SQL of the time that a key holds. */
function secondsOf(key: string): string {
  return `bitwise_right_shift(${key}, ${PLACE_BITS})`
}

function stretchesSql({ source, ruleOptions }: PathSqlParts): string {
  const touched = 'FILTER (WHERE key IS NOT NULL)'
  const value =
    source.valueColumn === undefined
      ? '0'
      : 'sum(CASE WHEN converts = 1 THEN value ELSE CAST(0 AS decimal(38,6)) END)'
  const { directPlaces } = ruleOptions
  const indirect =
    directPlaces.length === 0 ? 'key' : `CASE WHEN place NOT IN (${directPlaces.join(', ')}) THEN key END`
  return `  SELECT
    converted_at_sec,
    ${value} AS value,
    count(key) AS touches,
    array_agg(key ORDER BY key) ${touched} AS keys,
    array_join(array_agg(CAST(place AS varchar) ORDER BY key) ${touched}, ' ') AS path,
    ${decayWeightSumSql()} AS weights,
    coalesce(max(${indirect}), max(key)) AS indirect_key,
    max(key) AS last_key
  FROM windows
  GROUP BY user_key, converted_at_sec`
}

function itemsSql({ days, ruleOptions }: PathSqlParts): string {
  const items = 'sequence(CAST(0 AS bigint), CASE WHEN converted_at_sec IS NULL THEN 0 ELSE touches END)'
  return `  SELECT
    *,
    ${halfLivesSql(ruleOptions, secondsOf('last_key'), 'at_sec')} AS half_lives,
    ${days.daySql('converted_at_sec')} - ${days.daySql('at_sec')} AS days_before
  FROM (
    SELECT
      item, path, touches, value, weights, converted_at_sec, last_key, indirect_item,
      bitwise_and(keys[greatest(item, 1)], ${2 ** PLACE_BITS - 1}) AS place,
      ${secondsOf('keys[greatest(item, 1)]')} AS at_sec
    FROM (SELECT *, array_position(keys, indirect_key) AS indirect_item FROM stretches) AS positioned
    CROSS JOIN UNNEST(${items}) AS items (item)
  ) AS taken`
}

function resultSql({ source, ruleOptions }: PathSqlParts): string {
  const ofPath = (amount: string) => `CAST(sum(CASE WHEN item = 0 THEN ${amount} END) AS double)`
  const amounts = [
    ofPath('CASE WHEN converted_at_sec IS NULL THEN 0 ELSE 1 END'),
    ofPath('CASE WHEN converted_at_sec IS NULL THEN 1 ELSE 0 END'),
    ofPath('value'),
    ...creditSumsSql(ruleOptions, source.valueColumn !== undefined),
  ]
  return `SELECT
  CASE WHEN item = 0 THEN coalesce(path, '') END AS path_text,
  CASE WHEN item > 0 THEN place END AS touched_place,
  CASE WHEN item > 0 THEN days_before END AS touched_days_before,
  ${amounts.join(',\n  ')}
FROM items
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3`
}
