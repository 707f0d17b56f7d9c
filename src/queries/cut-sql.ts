import type { WordLayout } from '../examples/pattern-words.ts'
import { step, wordColumns } from './barrel-sql.ts'
import { type Sql, sql } from './sql.ts'

/** Which windows are cut to their last days. */
export interface Cut {
  /** The step to read, and the one to make. */
  readonly from: Sql
  readonly to: Sql
  /** Column with the number of days to keep, day 0 included; more than W keeps a window whole. */
  readonly kept: Sql
  /** Columns to carry along. */
  readonly inputs: Sql
}

/**
 * Cuts windows to their last days. A cut that leaves no touch on the oldest day kept is the same window as a shorter cut,
 * and left out.
 * @returns the step `to`. O(words) in text.
 */
export function cutStep(layout: WordLayout, { from, to, kept, inputs }: Cut): Sql {
  const words = wordColumns(layout)
  const upTo = (days: Sql) => words.map((word, at) => cutWordSql(layout, word, at, days))
  const columns = upTo(kept).map((cut, at) => sql`${cut} AS ${words[at] ?? sql``}`)
  const shorter = sql.join(upTo(sql`(${kept} - 1)`), sql` + `)
  return step(
    to,
    sql`SELECT
  ${inputs},
  ${sql.join(columns, sql`,\n`)}
FROM ${from}
WHERE ${kept} > ${layout.grid.lookbackDays} OR ${sql.join(upTo(kept), sql` + `)} > ${shorter}`,
  )
}

function cutWordSql(layout: WordLayout, word: Sql, at: number, days: Sql): Sql {
  const { daysPerWord, wordsPerDay, channelsPerWord } = layout
  const first = Math.floor(at / wordsPerDay) * daysPerWord
  if (daysPerWord === 1) return sql`CASE WHEN ${days} > ${first} THEN ${word} ELSE 0 END`
  const bits = sql`CAST((${days} - ${first}) * ${channelsPerWord} AS integer)`
  const part = sql`bitwise_and(${word}, bitwise_left_shift(CAST(1 AS bigint), ${bits}) - 1)`
  return sql`CASE WHEN ${days} >= ${first + daysPerWord} THEN ${word} WHEN ${days} > ${first} THEN ${part} ELSE 0 END`
}
