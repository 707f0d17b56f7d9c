import { type ChannelRule, foldCase } from '../examples/channel-rules.ts'
import type { TouchpointSource } from '../examples/touchpoints.ts'
import { type Sql, sql } from './sql.ts'
import { isNotBlankSql, isNullTextSql } from './touchpoint-columns.ts'

/** Keeps what LIKE would take for a wildcard. */
const ESCAPE = '!'

/** Trino takes queries of a million characters. */
const MOST_CHARACTERS = 400_000

/**
 * Patterns are compared with each name once, not with each row: that takes longer than all the rest of a query.
 * @param rows a query of the touchpoints with a column channel, for names that are not known, or are many.
 * @returns a query of names as the touchpoints have them and the channels that rules make of them, NULL where touches are
 *   left out; names may be missing that no rule matches. Undefined where nothing is renamed.
 */
export function ruledNamesSql(
  { channelRules = [], ruledNames, nullTexts }: TouchpointSource,
  rows: Sql,
): Sql | undefined {
  if (channelRules.length === 0 || ruledNames?.length === 0) return undefined
  const values = (ruledNames ?? []).map(
    ({ name, channel }) => sql`(${sql.literal(name)}, CAST(${sql.literal(channel)} AS varchar))`,
  )
  const known = sql`VALUES ${sql.join(values)}`
  if (ruledNames !== undefined && known.render().length <= MOST_CHARACTERS) return known
  return sql`SELECT name, ${ruledChannelSql(sql`name`, sql`folded`, channelRules, nullTexts)}
FROM (
  SELECT name, lower(name) AS folded
  FROM (SELECT DISTINCT channel AS name FROM (${rows}) AS typed) AS named
) AS folded`
}

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
