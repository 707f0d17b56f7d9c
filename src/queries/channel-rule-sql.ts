import { type ChannelRule, foldCase } from '../examples/channel-rules.ts'
import { type Sql, sql } from './sql.ts'
import { isNotBlankSql, isNullTextSql } from './touchpoint-columns.ts'

/** Keeps what LIKE would take for a wildcard. */
const ESCAPE = '!'

/**
 * @param channel varchar: a name as the touchpoints have it.
 * @returns SQL of its channel by the first rule that matches, as `renamerOf` has it; NULL where a touch is left out, and
 *   where there is none.
 */
export function ruledChannelSql(
  channel: Sql,
  rules: readonly ChannelRule[],
  nullTexts: readonly string[] = [],
): Sql {
  if (rules.length === 0) return channel
  const isNullText =
    nullTexts.length === 0 ? sql`` : sql`\n  WHEN ${isNullTextSql(channel, nullTexts)} THEN NULL`
  const cases = rules.map(
    (rule) => sql`WHEN ${matchesSql(channel, rule.pattern)} THEN ${sql.literal(rule.channel)}`,
  )
  return sql`CASE
  WHEN NOT ${isNotBlankSql(channel)} THEN NULL${isNullText}
  ${sql.join(cases, sql`\n`)}
  ELSE ${channel}
END`
}

function matchesSql(channel: Sql, pattern: string): Sql {
  const folded = foldCase(pattern)
  if (!folded.includes('*')) return sql`lower(${channel}) = ${sql.literal(folded)}`
  const like = folded.replace(/[!%_]/g, `${ESCAPE}$&`).replace(/\*+/g, '%')
  return sql`lower(${channel}) LIKE ${sql.literal(like)} ESCAPE ${sql.literal(ESCAPE)}`
}
