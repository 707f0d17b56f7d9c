import type { WordLayout } from '../examples/pattern-words.ts'
import { type CreditRow, credits } from '../tables/credits.ts'
import { bigint, double, each, keysOf, nullable, type RowOf, varchar } from '../tables/table.ts'
import { step, wordColumns } from './barrel-sql.ts'
import { isSameSql, type LeafParts, leafDaysSql, patternsSql } from './campaign-sql.ts'
import { repeatSql } from './repeat-sql.ts'
import { type Sql, sql } from './sql.ts'
import { isCounted } from './touchpoints-sql.ts'
import { isCreditedSql, type WindowParts, windowSteps } from './window-sql.ts'

/** Constants that end every row: text, or unix seconds. */
export type RowStamp = readonly (string | number | null)[]

/** Columns of the credits of patterns: the words of the pattern, then one of its cells or its baseline. */
export const patternCreditColumns = {
  words: each(bigint),
  /** The pattern of campaigns as text, in place of words; null without campaigns. */
  pattern: nullable(varchar),
  channel: varchar,
  campaign: nullable(varchar),
  daysBefore: nullable(bigint),
  influenced: nullable(double),
  incremental: nullable(double),
  /** A conversion's value times this is the cell's value. */
  valueFactor: nullable(double),
}

export type PatternCreditRow = RowOf<typeof patternCreditColumns>

/** @returns the names of the columns `words`. */
export function wordNames({ count }: WordLayout): readonly string[] {
  return Array.from({ length: count }, (_, word) => `word_${word}`)
}

/**
 * The query that gives each conversion the credits of its pattern: one row per conversion and touched cell, and one for
 * the baseline. Conversions and windows are those of the extraction, found by the same steps in one scan; they include
 * entry conversions, whose pattern is empty, and not those that are only learned from.
 * @param parts with leaves, conversions have patterns of campaigns. @param lookup the table of {@link patternCreditColumns}.
 * @param stamp values that end each row.
 * @returns SQL of the columns of the table `credits`, with times in unix seconds, and the stamp.
 */
export function conversionCreditsSql(parts: WindowParts, lookup: Sql, stamp: RowStamp): Sql {
  const { source } = parts
  const isRepeated = isCounted(parts)
  const count = isRepeated ? sql`conversions.conversions` : sql`1e0`
  const cells: Readonly<Record<keyof CreditRow, Sql>> = {
    userId: sql`CAST(conversions.user_key AS varchar)`,
    conversionTime: sql`conversions.converted_at_sec`,
    channel: sql`credits.channel`,
    campaign: sql`credits.campaign`,
    daysBefore: sql`credits.days_before`,
    influencedCredit: sql`credits.influenced`,
    incrementalCredit: sql`credits.incremental`,
    value:
      source.valueColumn === undefined
        ? sql`CAST(NULL AS double)`
        : sql`CAST(conversions.value AS double) / ${count} * credits.value_factor`,
  }
  const constants = stamp.map(constantSql)
  const conversions = sql`SELECT * FROM turned WHERE ${isCreditedSql(parts)}`
  const { steps, from, isSame } = isByLeaf(parts) ? byCampaigns(parts) : byWords(parts)
  const all = [...windowSteps(parts), step(sql`conversions`, conversions), ...steps]
  return sql`WITH ${sql.join(all, sql`,\n`)}
SELECT ${sql.join([...keysOf(credits.columns).map((key) => cells[key]), ...constants])}
FROM ${from}
JOIN ${lookup} AS credits ON ${isSame}${
    isRepeated ? sql`\n${repeatSql(sql`conversions.conversions`)}` : sql``
  }`
}

/** How conversions meet the credits of their pattern. */
interface PatternJoin {
  readonly steps: readonly Sql[]
  readonly from: Sql
  readonly isSame: Sql
}

function byWords({ layout }: WindowParts): PatternJoin {
  const words = wordColumns(layout).map((word) => sql`conversions.${word} = credits.${word}`)
  return { steps: [], from: sql`conversions`, isSame: sql.and(...words) }
}

function isByLeaf(parts: WindowParts | LeafParts<WindowParts>): parts is LeafParts<WindowParts> {
  return parts.carriesLeaves === true
}

function byCampaigns(parts: LeafParts<WindowParts>): PatternJoin {
  const isOne = isSameSql(sql`conversions`, sql`patterns`)
  return {
    steps: [
      step(sql`leaf_days`, leafDaysSql(parts)),
      step(sql`patterns`, patternsSql(parts, parts.leaves?.length ?? 0)),
    ],
    from: sql`conversions\nLEFT JOIN patterns ON ${isOne}`,
    isSame: sql`coalesce(patterns.pattern, '') = credits.pattern`,
  }
}

function constantSql(value: RowStamp[number]): Sql {
  if (value === null) return sql`CAST(NULL AS varchar)`
  return typeof value === 'string' ? sql.literal(value) : sql`${value}e0`
}
