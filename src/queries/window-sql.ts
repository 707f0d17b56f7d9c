import type { DayMoments } from '../examples/day-moments.ts'
import type { LocalDays } from '../examples/local-days.ts'
import type { WordLayout } from '../examples/pattern-words.ts'
import type { ExampleRules, TouchpointSource } from '../examples/touchpoints.ts'
import { barrelSteps, step, wordColumns } from './barrel-sql.ts'
import { daySetSteps, maskColumns } from './day-sets-sql.ts'
import {
  carriedColumns,
  dayOfUserColumns,
  dropsUsers,
  isDroppedSql,
  keptDaysSql,
  ofUserSql,
} from './dropped-sql.ts'
import { seenRowsSql } from './moment-sql.ts'
import type { NegativeSample } from './negative-sample.ts'
import { type Sql, sql } from './sql.ts'
import { daySql } from './time-sql.ts'
import {
  conversionCountSql,
  conversionRowsSql,
  countingColumns,
  isCounted,
  type TouchpointParts,
  touchpointsSql,
} from './touchpoints-sql.ts'
import { userFractionSql } from './user-hash.ts'

/** What the windows are built from. */
export interface WindowParts extends TouchpointParts {
  readonly rules: ExampleRules
  /** How patterns lie in words. */
  readonly layout: WordLayout
  /** How a day's touches lie in words, where patterns have the numbers of days' sets in their place; absent: as in patterns. */
  readonly touches?: WordLayout | undefined
  readonly days: LocalDays
  /** Days without a conversion are seen at a moment drawn from these; absent: they are seen whole. */
  readonly moments?: DayMoments | undefined
  readonly batch: number
  readonly batches: number
  /** Where the rows of all batches are set aside; absent: each batch reads them from the table. */
  readonly rowsByBatch?: Sql | undefined
  /** Whose days without a conversion are kept: users without any conversion get no windows if theirs are not; absent: all. */
  readonly negativeSample?: NegativeSample | undefined
  /** Carry along what tells the touches of a window: `leaf` of touchpoints, and the `stretch` of a row. Then all touches have one place. */
  readonly carriesLeaves?: boolean
  /** Leave out the rows after a user's last conversion, which are most of them, if only conversions are needed. */
  readonly onlyUpToConversions?: boolean
}

/**
 * The steps up to `turned`, each with fewer rows than the one before.
 * 1. `touchpoints`: typed rows, channels as positions.
 * 2. `ordered`: a user's rows fall into stretches that end with a conversion; `conversions_left`, the number of
 *    conversion rows at or after a row, identifies them.
 * 3. `days`: one row for each user, stretch and day, with its touches as bits, and those of them that come after the
 *    day's moment. Where users without a conversion are dropped, their days are one row for all that are alike, which has no user.
 *    Where patterns have numbers of sets, `numbered_days` follows. @see daySetSteps
 * 4. `windows`: the touches of the last W days of the stretch, or, where touches keep working after conversions, of all
 *    stretches so far, as their union. Days lie at position (-day) mod W, so that each has bits of its own. `stretch_day`
 *    orders a user's rows, and keeps apart what must not be in one window.
 * 5. `turned`: day 0 of each window moved to the front.
 * @returns common table expressions for one WITH. The windows are in `turned`: user_key, day, converted_at_sec,
 *   conversion_rows, with ids or counts conversions, value, word_0, ..., and with moments is_seen and unseen_0, ...
 */
export function windowSteps(parts: WindowParts): Sql[] {
  const { layout, rules } = parts
  const isOriginals = rules.kind === 'td-mta'
  const { lookbackDays } = layout.grid
  return [
    step(sql`touchpoints`, batchSql(parts)),
    step(
      sql`ordered`,
      sql`SELECT *, sum(converts) OVER (PARTITION BY user_key ORDER BY at_sec DESC) AS conversions_left${ofUserSql(parts)}
FROM touchpoints`,
    ),
    ...(dropsUsers(parts)
      ? [step(sql`all_days`, daysSql(parts)), step(sql`days`, keptDays(parts))]
      : [step(sql`days`, daysSql(parts))]),
    ...numberSteps(parts),
    step(sql`windows`, windowsSql(parts)),
    ...barrelSteps(layout, {
      from: sql`windows`,
      to: sql`turned`,
      amount: sql`turn`,
      inputs: sql`user_key, day, ${stretchColumn(parts)}first_at_sec, converted_at_sec, ${conversionColumns(parts)}, value, touched, ${unseenColumns(parts)}${carriedColumns(parts)}former_day, next_day, conversions_in_all${isOriginals ? sql`, last_touched_day` : sql``}`,
      dayFrom: (day, turn) => (day + turn) % lookbackDays,
    }),
  ]
}

/** The touchpoints of the batch's users. */
function batchSql(parts: WindowParts): Sql {
  const touchpoints = chosenSql(parts)
  if (parts.carriesLeaves !== true) return touchpoints
  return sql`SELECT user_key, at_sec, place AS leaf, CASE WHEN place IS NOT NULL THEN 0 END AS place, converts, value${countingColumns(parts)}
FROM (
  ${touchpoints}
) AS by_leaf`
}

function chosenSql(parts: WindowParts): Sql {
  const { batch, batches, rowsByBatch } = parts
  if (batches === 1) return touchpointsSql(parts)
  if (rowsByBatch !== undefined) return sql`SELECT * FROM ${rowsByBatch} WHERE batch = ${batch}`
  const { join, number } = batchNumber(parts)
  return touchpointsSql(parts, { join, condition: sql`${number} = ${batch}` })
}

/** @returns a query of all touchpoints with the number of their users' batch, to be set aside in the order of its column `batch`. */
export function batchedTouchpointsSql(parts: WindowParts): Sql {
  const { join, number } = batchNumber(parts)
  return touchpointsSql(parts, { join, column: sql`${number} AS batch` })
}

/** @returns SQL of the batch of a touchpoint's user, and the join that it needs. */
function batchNumber({ source, rules, batches }: WindowParts): { readonly join: Sql; readonly number: Sql } {
  const users = userTableJoin(source, rules)
  const random = users?.random
  return {
    join: users?.join ?? sql``,
    number: batchOfUserSql({ rules, batches }, sql`typed.user_key`, random),
  }
}

/** @param random the user's number in the user table; absent: there is none. @returns SQL of a user's batch. */
export function batchOfUserSql(
  { rules, batches }: Pick<WindowParts, 'rules' | 'batches'>,
  user: Sql,
  random?: Sql,
): Sql {
  const hashed = userFractionSql(sql`CAST(${user} AS varchar)`, rules.seed, 'batch')
  const fraction = random === undefined ? hashed : sql`coalesce(${random}, ${hashed})`
  return sql`greatest(0, least(${batches - 1}, CAST(floor(${fraction} * ${batches}) AS bigint)))`
}

/**
 * The random number of each user in the user table: one per user, even if the user occurs several times.
 * @returns a join, and SQL of the number, NULL for a user that the table lacks; undefined without a user table.
 */
function userTableJoin(
  source: TouchpointSource,
  rules: ExampleRules,
): { readonly join: Sql; readonly random: Sql } | undefined {
  if (rules.userTable === undefined) return undefined
  const key = sql`CAST(${sql.identifier(source.userColumn)} AS varchar)`
  const random = sql`max(CAST(${sql.identifier(rules.userRndColumn)} AS double))`
  const users = sql`SELECT ${key} AS batch_user, ${random} AS batch_random FROM ${sql.table(rules.userTable)} GROUP BY ${key}`
  return {
    join: sql`LEFT JOIN (${users}) AS batches ON CAST(typed.user_key AS varchar) = batch_user`,
    random: sql`batch_random`,
  }
}

/** @returns the layout of a day's touches. */
function touchesOf({ touches, layout }: WindowParts): WordLayout {
  return touches ?? layout
}

function numberSteps(parts: WindowParts): Sql[] {
  const { touches, moments } = parts
  if (touches === undefined) return []
  const isSeen = moments === undefined ? sql`` : sql`is_seen, `
  const columns = {
    touches,
    carried: sql`user_key, conversions_left, day, first_at_sec, converted_at_sec, ${conversionColumns(parts)}, ${isSeen}${carriedColumns(parts)}value`,
    hasSeveralRows: keepsTouches(parts.rules),
    drops: dropsUsers(parts),
    unseen: moments === undefined ? undefined : unseenNames({ layout: touches, moments }),
  }
  return daySetSteps(columns).map(([name, query]) => step(name, query))
}

function daysSql(parts: WindowParts): Sql {
  const layout = touchesOf(parts)
  const rows = rowsOfDays(parts)
  const masks = maskColumns(layout).map((mask, part) => sql`${dayMaskSql(layout, part)} AS ${mask}`)
  const seen = sql`bool_or(is_seen) AS is_seen`
  const unseen = unseenNames({ layout, moments: parts.moments }).map(
    (name, part) => sql`${dayMaskSql(layout, part)} - ${dayMaskSql(layout, part, sql`is_seen`)} AS ${name}`,
  )
  const moment = parts.moments === undefined ? [] : [seen, ...unseen]
  return sql`SELECT
  user_key,
  CAST(conversions_left AS bigint) AS conversions_left,
  ${rows.day} AS day,
  min(at_sec) AS first_at_sec,
  max(CASE WHEN converts = 1 THEN at_sec END) AS converted_at_sec,
  ${conversionRowsSql(parts)} AS conversion_rows${isCounted(parts) ? sql`,\n  ${conversionCountSql(parts)} AS conversions` : sql``},
  ${valueSumSql(parts, sql`converts = 1`)} AS value,
  ${sql.join([...masks, ...moment, ...dayOfUserColumns(parts)], sql`,\n`)}
FROM ${rows.from}
WHERE ${parts.onlyUpToConversions ? sql`conversions_left > 0` : sql`true`}
GROUP BY user_key, conversions_left, ${rows.day}`
}

/** Kept days as they are, dropped ones by what their users' examples had in them. */
function keptDays(parts: WindowParts): Sql {
  const isWhole = parts.moments === undefined
  const layout = touchesOf(parts)
  const unseen = unseenNames({ layout, moments: parts.moments })
  const alike = [...maskColumns(layout), ...(isWhole ? [] : [sql`is_seen`]), ...unseen]
  const conversions = isCounted(parts) ? [sql`conversions`] : []
  const columns = [sql`first_at_sec`, sql`converted_at_sec`, sql`conversion_rows`, ...conversions, sql`value`]
  return keptDaysSql(parts, columns, alike)
}

/** @returns whether touches keep working after a conversion. */
export function keepsTouches({ afterConversion }: ExampleRules): boolean {
  return afterConversion === 'keep'
}

/** @returns the column that tells a user's rows of one day apart, and a comma, where it is carried along. */
export function stretchColumn({ carriesLeaves }: Pick<WindowParts, 'carriesLeaves'>): Sql {
  return carriesLeaves ? sql`stretch, ` : sql``
}

/** @returns the rows that days are made of, and SQL of a row's day. */
export function rowsOfDays({ days, moments, rules }: WindowParts): { readonly from: Sql; readonly day: Sql } {
  if (moments === undefined) return { from: sql`ordered`, day: daySql(days, sql`at_sec`) }
  const seen = seenRowsSql(sql`ordered`, days, moments, rules.seed)
  return { from: sql`(\n  ${seen}\n) AS seen`, day: sql`day` }
}

/** @returns the columns of the touches on a row's day that come after its moment: what its words have more by them. */
export function unseenNames({ layout, moments }: Pick<WindowParts, 'layout' | 'moments'>): readonly Sql[] {
  if (moments === undefined) return []
  return Array.from({ length: layout.wordsPerDay }, (_, part) => sql`unseen_${part}`)
}

function unseenColumns(parts: WindowParts): Sql {
  return parts.moments === undefined ? sql`` : sql`is_seen, ${sql.join(unseenNames(parts))}, `
}

function conversionColumns(parts: WindowParts): Sql {
  return isCounted(parts) ? sql`conversion_rows, conversions` : sql`conversion_rows`
}

/** @returns SQL of the conversions that a row of `turned` ends with: more than one only where they have ids or counts. */
export function conversionsSql(parts: WindowParts): Sql {
  return isCounted(parts) ? sql`conversions` : sql`1`
}

/** @param condition of the rows whose touches count; absent: all do. */
function dayMaskSql({ wordsPerDay, channelsPerWord }: WordLayout, part: number, condition?: Sql): Sql {
  const bit = (shift: Sql) => sql`bitwise_left_shift(CAST(1 AS bigint), CAST(${shift} AS integer))`
  const first = part * channelsPerWord
  const isHere = wordsPerDay === 1 ? undefined : sql`place >= ${first} AND place < ${first + channelsPerWord}`
  if (isHere === undefined && condition === undefined) {
    return sql`coalesce(bitwise_or_agg(${bit(sql`place`)}), 0)`
  }
  const place = first === 0 ? sql`place` : sql`place - ${first}`
  return sql`coalesce(bitwise_or_agg(CASE WHEN ${sql.and(condition, isHere)} THEN ${bit(place)} END), 0)`
}

function windowsSql(parts: WindowParts): Sql {
  const { layout, rules } = parts
  const { lookbackDays } = rules
  const isOriginals = rules.kind === 'td-mta'
  const user = sql`PARTITION BY user_key ORDER BY stretch_day`
  const words = wordColumns(layout)
  const unions = words.map((word) => sql`${windowWordSql(parts, word)} AS ${word}`)
  const placed = words.map((word, at) => sql`${newWordSql(parts, at)} AS day_${word}`)
  const days = parts.touches === undefined ? sql`days` : sql`numbered_days`
  const touched =
    parts.touches === undefined
      ? sql`${sql.join(maskColumns(layout), sql` + `)} > 0 AS touched`
      : sql`touched`
  return sql`SELECT
  user_key, day, ${stretchColumn(parts)}turn, first_at_sec, converted_at_sec, ${conversionColumns(parts)}, value, touched, ${unseenColumns(parts)}${carriedColumns(parts)}
  lag(day) OVER (${user}) AS former_day,
  lead(day) OVER (${user}) AS next_day,
  first_value(conversions_left) OVER (${user}) AS conversions_in_all,
  ${isOriginals ? sql`max(CASE WHEN touched THEN day END) OVER (PARTITION BY user_key) AS last_touched_day,` : sql``}
  ${sql.join(unions, sql`,\n`)}
FROM (
  SELECT
    user_key, day, ${parts.carriesLeaves ? sql`conversions_left AS stretch, ` : sql``}turn, first_at_sec, converted_at_sec, ${conversionColumns(parts)}, value, ${unseenColumns(parts)}${carriedColumns(parts)}conversions_left,
    ${stretchDays(rules).place} AS stretch_day,
    ${touched},
    ${sql.join(placed, sql`,\n`)}
  FROM (SELECT *, mod(${lookbackDays} - mod(day, ${lookbackDays}), ${lookbackDays}) AS turn FROM ${days}) AS positioned
) AS placed`
}

/** A word of the touches that a row's window has. That of a dropped user's day is that day: those before it are no longer known. */
function windowWordSql(parts: WindowParts, word: Sql): Sql {
  const { reach } = stretchDays(parts.rules)
  const frame = sql`PARTITION BY user_key ORDER BY stretch_day RANGE BETWEEN ${reach} PRECEDING AND CURRENT ROW`
  const union =
    parts.touches === undefined
      ? sql`bitwise_or_agg(day_${word}) OVER (${frame})`
      : sql`CAST(sum(day_${word}) OVER (${frame}) AS bigint)`
  return dropsUsers(parts) ? sql`CASE WHEN ${isDroppedSql} THEN day_${word} ELSE ${union} END` : union
}

/** More conversions than any user has in a window. */
const STRETCHES = 2 ** 20

/**
 * @returns SQL of `stretch_day`, by which a user's rows are in the order of time, and how far back in it a window reaches: either
 *   stretches lie W days apart, or a day has room for all its stretches.
 */
function stretchDays(rules: WindowParts['rules']): { readonly place: Sql; readonly reach: number } {
  const { lookbackDays } = rules
  if (!keepsTouches(rules)) {
    return { place: sql`day - ${lookbackDays} * conversions_left`, reach: lookbackDays - 1 }
  }
  return { place: sql`day * ${STRETCHES} - conversions_left`, reach: lookbackDays * STRETCHES - 1 }
}

/**
 * A word of what a row adds to the windows that it is in: its touches, or, of numbers of sets, which can't be united, how far its
 * number is above that of the row before in the same day.
 */
function newWordSql(parts: WindowParts, word: number): Sql {
  const { wordsPerDay } = parts.layout
  const own = dayWordSql(parts.layout, word, sql`mask_${word % wordsPerDay}`)
  const isAlone = parts.touches === undefined || !keepsTouches(parts.rules)
  return isAlone ? own : sql`${own} - ${dayWordSql(parts.layout, word, sql`former_mask`)}`
}

/** A day's word, at the day's position. */
function dayWordSql({ daysPerWord, wordsPerDay, channelsPerWord }: WordLayout, word: number, mask: Sql): Sql {
  const first = Math.floor(word / wordsPerDay) * daysPerWord
  if (daysPerWord === 1) return sql`CASE WHEN turn = ${first} THEN ${mask} ELSE 0 END`
  const shift = sql`CAST((turn - ${first}) * ${channelsPerWord} AS integer)`
  const isHere = sql`turn >= ${first} AND turn < ${first + daysPerWord}`
  return sql`CASE WHEN ${isHere} THEN bitwise_left_shift(${mask}, ${shift}) ELSE 0 END`
}

/** @returns SQL that is true for a row of `turned` that ends with a conversion in the range. */
export function isConversionInRangeSql({ rules: { fromSec } }: WindowParts): Sql {
  return sql.and(
    sql`conversion_rows > 0`,
    fromSec === undefined ? undefined : sql`converted_at_sec >= ${fromSec}`,
  )
}

/** @returns SQL that is true for such a row whose conversion is credited, too. */
export function isCreditedSql(parts: WindowParts): Sql {
  const { creditFromSec } = parts.rules
  return sql.and(
    isConversionInRangeSql(parts),
    creditFromSec === undefined ? undefined : sql`converted_at_sec >= ${creditFromSec}`,
  )
}

/** @returns SQL of a value of 0, in the type of values. */
export function zeroValueSql({ source }: WindowParts): Sql {
  return source.valueColumn === undefined ? sql`0` : sql`CAST(0 AS decimal(38,6))`
}

/** @returns SQL of the total value of the rows that meet the condition; 0 without a value column. */
export function valueSumSql(parts: WindowParts, condition: Sql): Sql {
  if (parts.source.valueColumn === undefined) return sql`0`
  return sql`sum(CASE WHEN ${condition} THEN value ELSE ${zeroValueSql(parts)} END)`
}
