import type { WordLayout } from '../examples/pattern-words.ts'
import { type CreditRow, credits } from '../tables/credits.ts'
import { bigint, double, each, keysOf, nullable, type RowOf, varchar } from '../tables/table.ts'
import { type WindowSqlParts, windowSteps } from './extraction-sql.ts'
import { quoteLiteral } from './sql.ts'

/** Constants that end every row: text, or unix seconds. */
export type RowStamp = readonly (string | number)[]

/** Columns of the credits of patterns: the words of the pattern, then one of its cells or its baseline. */
export const patternCreditColumns = {
  words: each(bigint),
  channel: varchar,
  daysBefore: nullable(bigint),
  influenced: nullable(double),
  incremental: nullable(double),
  /** The value of a conversion times this is the cell's. */
  valueFactor: nullable(double),
}

export type PatternCreditRow = RowOf<typeof patternCreditColumns>

/** @returns the names of the columns `words`. */
export function wordNames({ count }: WordLayout): readonly string[] {
  return Array.from({ length: count }, (_, word) => `word_${word}`)
}

/**
 * The query that gives each conversion the credits of its pattern: a row a conversion and touched cell, and one for the
 * baseline. Conversions and their windows are those of the extraction, by the same steps and one scan; entry
 * conversions, whose pattern is empty, are among them.
 * @param lookup the table of {@link patternCreditColumns}, quoted.
 * @param stamp values that end each row.
 * @returns SQL of the columns of the table `credits`, times in unix seconds, and the stamp.
 */
export function conversionCreditsSql(parts: WindowSqlParts, lookup: string, stamp: RowStamp): string {
  const { layout, rules, source } = parts
  const inRange = rules.fromSec === undefined ? '' : ` AND converted_at_sec >= ${rules.fromSec}`
  const words = wordNames(layout).map((word) => `conversions.${word} = credits.${word}`)
  const cells: Readonly<Record<keyof CreditRow, string>> = {
    userId: 'CAST(conversions.user_key AS varchar)',
    conversionTime: 'conversions.converted_at_sec',
    channel: 'credits.channel',
    daysBefore: 'credits.days_before',
    influencedCredit: 'credits.influenced',
    incrementalCredit: 'credits.incremental',
    value:
      source.valueColumn === undefined
        ? 'CAST(NULL AS double)'
        : 'CAST(conversions.value AS double) * credits.value_factor',
  }
  const constants = stamp.map((one) => (typeof one === 'string' ? quoteLiteral(one) : `${one}e0`))
  return `WITH ${windowSteps(parts).join(',\n')},
conversions AS (
  SELECT * FROM turned WHERE conversion_rows > 0${inRange}
)
SELECT ${[...keysOf(credits.columns).map((key) => cells[key]), ...constants].join(', ')}
FROM conversions
JOIN ${lookup} AS credits ON ${words.join(' AND ')}`
}
