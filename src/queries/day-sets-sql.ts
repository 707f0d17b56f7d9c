import { type WordLayout, wordLayoutOf } from '../examples/pattern-words.ts'
import { isDroppedSql } from './dropped-sql.ts'
import { type Sql, sql } from './sql.ts'

/** Warehouses do not compile a query with more words per pattern. */
export const MOST_WORDS = 200

/** A prime: each bit of a word changes what is left of it. */
const CHECK = 13
/** From one number of a set to that of the next one. */
export const NUMBER_STEP = CHECK + 1

/**
 * @param words of a set. @returns what the set's number has beyond its place in the order: words that are read by another scan can be seen
 *   to be those of another set. It is never 0.
 */
export function checkOf(words: Iterable<number>): number {
  let sum = 0
  for (const word of words) sum += word % CHECK
  return 1 + (sum % CHECK)
}

/** As {@link checkOf}. */
function checkSql(masks: readonly Sql[]): Sql {
  const rests = masks.map((mask) => sql`${mask} % ${CHECK}`)
  return sql`1 + (${sql.join(rests, sql` + `)}) % ${CHECK}`
}

/**
 * Where a day's touches take several words, a pattern has the number of each day's set of channels in their place: few columns
 * instead of a hundred. Sets are numbered in the order of their words, and each
 * number has a check of them; 0 is the empty set.
 * @param touches how touches lie in words.
 * @param rows with touches: at most twice as many sets occur, each with and without what its day's moment leaves out.
 * @returns how numbers of sets lie in words; undefined where touches have few words themselves.
 */
export function setLayoutOf(touches: WordLayout, rows: number): WordLayout | undefined {
  const { daysPerWord, wordsPerDay, count } = touches
  if (daysPerWord > 1 || (wordsPerDay === 1 && count <= MOST_WORDS)) return undefined
  const bits = Math.ceil(Math.log2((2 * rows + 2) * NUMBER_STEP))
  return wordLayoutOf({ lookbackDays: touches.grid.lookbackDays, channelCount: bits })
}

/** @returns SQL of each word of a day's touches. */
export function maskColumns({ wordsPerDay }: WordLayout): Sql[] {
  return Array.from({ length: wordsPerDay }, (_, part) => sql`mask_${part}`)
}

/** What the days have besides their touches. */
interface DayColumns {
  readonly touches: WordLayout
  /** Columns to carry along. */
  readonly carried: Sql
  /** Several rows of a user's day may be in one window, so that each has the touches of those before it, too. */
  readonly hasSeveralRows: boolean
  readonly drops: boolean
  /** Undefined where days are seen whole. */
  readonly unseen: readonly Sql[] | undefined
}

/**
 * The steps from `days` to `numbered_days`: `set_days`, whose rows hold the touches of their day so far, and `sets`, the sets that
 * occur. A warehouse without materialized steps (Trino, Treasure Data) reads the touchpoints once for each mention of `set_days`,
 * so rows that arrive meanwhile could number the sets otherwise: hence the check in each number.
 * @returns names and queries. `numbered_days` has `mask_0`, the number of the set, `former_mask`, that of the row before in the same day,
 *   `touched`, and `unseen_0`, what the number is above that of the touches at or before the day's moment.
 */
export function daySetSteps(columns: DayColumns): readonly (readonly [name: Sql, query: Sql])[] {
  const { touches, carried, unseen, hasSeveralRows } = columns
  const masks = maskColumns(touches)
  const list = sql.join(masks)
  const seen = unseen === undefined ? [] : masks.map((mask) => sql`seen_${mask}`)
  const place = sql`row_number() OVER (ORDER BY ${list})`
  const whole = sql`SELECT DISTINCT ${list} FROM set_days`
  const both = sql`${whole} UNION SELECT DISTINCT ${sql.join(seen)} FROM set_days`
  const ofDay = sql`PARTITION BY user_key ORDER BY day, conversions_left DESC`
  const former = sql`CASE WHEN lag(day) OVER (${ofDay}) = day THEN lag(mask_0) OVER (${ofDay}) ELSE 0 END`
  const formerMask = columns.drops ? sql`CASE WHEN ${isDroppedSql} THEN 0 ELSE ${former} END` : former
  return [
    [sql`set_days`, setDaysSql(columns, seen)],
    [
      sql`sets`,
      sql`SELECT ${list}, ${place} AS set_place, ${place} * ${NUMBER_STEP} + ${checkSql(masks)} AS set_number
FROM (${unseen === undefined ? whole : both}) AS occurring
WHERE ${sql.join(masks, sql` + `)} > 0`,
    ],
    [
      sql`numbered_days`,
      sql`SELECT *, ${hasSeveralRows ? formerMask : sql`0`} AS former_mask
FROM (
  SELECT
    ${carried}, set_days.touched,
    coalesce(sets.set_number, 0) AS mask_0${unseen === undefined ? sql`` : sql`,\n    coalesce(sets.set_number, 0) - coalesce(seen_sets.set_number, 0) AS unseen_0`}
  FROM set_days
  LEFT JOIN sets ON ${sql.and(...masks.map((mask) => sql`set_days.${mask} = sets.${mask}`))}${
    unseen === undefined
      ? sql``
      : sql`\n  LEFT JOIN sets AS seen_sets ON ${sql.and(...masks.map((mask) => sql`set_days.seen_${mask} = seen_sets.${mask}`))}`
  }
) AS joined`,
    ],
  ]
}

function setDaysSql(
  { touches, carried, hasSeveralRows, drops, unseen }: DayColumns,
  seen: readonly Sql[],
): Sql {
  const masks = maskColumns(touches)
  const sofar = sql`PARTITION BY user_key, day ORDER BY conversions_left DESC`
  const union = (mask: Sql) => {
    if (!hasSeveralRows) return mask
    const united = sql`bitwise_or_agg(${mask}) OVER (${sofar})`
    return drops ? sql`CASE WHEN ${isDroppedSql} THEN ${mask} ELSE ${united} END` : united
  }
  const unions = masks.map((mask) => sql`${union(mask)} AS ${mask}`)
  const seenMasks = seen.map(
    (name, part) => sql`${masks[part] ?? sql``} - ${unseen?.[part] ?? sql``} AS ${name}`,
  )
  return sql`SELECT
  ${carried}, ${sql.join(masks, sql` + `)} > 0 AS touched,
  ${sql.join([...unions, ...seenMasks], sql`,\n`)}
FROM days`
}

/** @returns a query of the parts of all sets: set_place, part, and mask, the part's word. */
export function setPartsSql(touches: WordLayout): Sql {
  const masks = maskColumns(touches)
  const mask = sql.join(
    masks.map((name, part) => sql`WHEN ${part} THEN ${name}`),
    sql` `,
  )
  return sql`SELECT set_place, part, CASE part ${mask} END AS mask
FROM sets
CROSS JOIN (VALUES ${sql.join(masks.map((_, part) => sql`(${part})`))}) AS parts (part)`
}
