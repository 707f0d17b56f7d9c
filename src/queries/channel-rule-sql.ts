import { type ChannelRule, foldCase } from '../examples/channel-rules.ts'
import { type Sql, sql } from './sql.ts'
import { isNotBlankSql, isNullTextSql } from './touchpoint-columns.ts'

/** Keeps what LIKE would take for a wildcard. */
const ESCAPE = '!'

/**
 * @param channel varchar: a name as the touchpoints have it. @param folded the same in lower case, which takes longer than
 *   all the rest where each rule makes it anew.
 * @returns SQL of its channel by the first rule that matches, as `renamerOf` has it; NULL where a touch is left out, and
 *   where there is none.
 */
export function ruledChannelSql(
  channel: Sql,
  folded: Sql,
  rules: readonly ChannelRule[],
  nullTexts: readonly string[] = [],
): Sql {
  if (rules.length === 0) return channel
  const isNullText =
    nullTexts.length === 0 ? sql`` : sql`\n  WHEN ${isNullTextSql(channel, nullTexts)} THEN NULL`
  const cases = rules.map(
    (rule) => sql`WHEN ${matchesSql(folded, rule.pattern)} THEN ${sql.literal(rule.channel)}`,
  )
  return sql`CASE
  WHEN NOT ${isNotBlankSql(channel)} THEN NULL${isNullText}
  ${sql.join(cases, sql`\n`)}
  ELSE ${channel}
END`
}

function matchesSql(folded: Sql, pattern: string): Sql {
  const text = foldCase(pattern)
  if (!text.includes('*')) return sql`${folded} = ${sql.literal(text)}`
  const like = text.replace(/[!%_]/g, `${ESCAPE}$&`).replace(/\*+/g, '%')
  const escaped = like.includes(ESCAPE) ? sql` ESCAPE ${sql.literal(ESCAPE)}` : sql``
  return sql`${folded} LIKE ${sql.literal(like)}${escaped}`
}
