import type { WordLayout } from '../examples/pattern-words.ts'
import type { OutputColumn } from '../warehouse/warehouse.ts'
import { type WindowSqlParts, windowSteps } from './extraction-sql.ts'
import { quoteLiteral } from './sql.ts'

/** Constants that end every row: text, or unix seconds. */
export type RowStamp = readonly (string | number)[]

/** @returns the columns of the credits of patterns: the words of the pattern, then a cell of it, or the baseline. */
export function patternCreditColumns(layout: WordLayout): readonly OutputColumn[] {
  const words = Array.from({ length: layout.count }, (_, word): OutputColumn => {
    return { name: `word_${word}`, type: 'bigint' }
  })
  return [
    ...words,
    { name: 'channel', type: 'varchar' },
    { name: 'days_before', type: 'bigint' },
    { name: 'influenced', type: 'double' },
    { name: 'incremental', type: 'double' },
    { name: 'value_factor', type: 'double' },
  ]
}

/**
 * The query that gives each conversion the credits of its pattern: a row a conversion and touched cell, and one for the
 * baseline. Conversions and their windows are those of the extraction, by the same steps and one scan; entry
 * conversions, whose pattern is empty, are among them.
 * @param credits the table of {@link patternCreditColumns}, quoted.
 * @param stamp values that end each row.
 * @returns SQL of user, time of the conversion in unix seconds, channel, days before, influenced credit, incremental
 *   credit, value (NULL without a value column), and the stamp.
 */
export function conversionCreditsSql(parts: WindowSqlParts, credits: string, stamp: RowStamp): string {
  const { layout, rules, source } = parts
  const inRange = rules.fromSec === undefined ? '' : ` AND converted_at_sec >= ${rules.fromSec}`
  const words = Array.from(
    { length: layout.count },
    (_, word) => `conversions.word_${word} = credits.word_${word}`,
  )
  const value =
    source.valueColumn === undefined
      ? 'CAST(NULL AS double)'
      : 'CAST(conversions.value AS double) * credits.value_factor'
  const constants = stamp.map((one) => (typeof one === 'string' ? quoteLiteral(one) : `${one}e0`))
  return `WITH ${windowSteps(parts).join(',\n')},
conversions AS (
  SELECT * FROM turned WHERE conversion_rows > 0${inRange}
)
SELECT ${[
    'CAST(conversions.user_key AS varchar)',
    'conversions.converted_at_sec',
    'credits.channel',
    'credits.days_before',
    'credits.influenced',
    'credits.incremental',
    value,
    ...constants,
  ].join(', ')}
FROM conversions
JOIN ${credits} AS credits ON ${words.join(' AND ')}`
}
