import { type Leaf, NO_CAMPAIGN, OTHER_CAMPAIGN } from '../examples/leaves.ts'
import { ruledNamesSql } from './channel-rule-sql.ts'
import { type Sql, sql } from './sql.ts'
import { inSpanSql } from './time-sql.ts'
import { isNotBlankSql, isNullTextSql } from './touchpoint-columns.ts'
import type { TouchpointScan } from './touchpoint-scan.ts'

/** Which touchpoints are read, and what their channels are called. */
export interface TouchpointParts extends TouchpointScan {
  /** The ordered vocabulary. */
  readonly channels: readonly string[]
  /** Position of `(other)` in the vocabulary; undefined if every channel is kept. */
  readonly otherPosition: number | undefined
  /** The campaigns of all channels; absent: touches are told apart by channel only. */
  readonly leaves?: readonly Leaf[] | undefined
}

/**
 * The rows of users within the span, with which every query begins.
 * @param more a join, another condition that rows must meet, and another column.
 * @returns a query of user_key, at_sec, place, converts and value; place is the channel's position in the vocabulary,
 *   or that of the campaign among the leaves, NULL if the row is not a touch. With a column of conversion ids it has conversion_id, too, and of the rows that carry
 *   an id only the last one converts; with counts conversion_count.
 */
export function touchpointsSql(
  parts: TouchpointParts,
  more?: { readonly join: Sql; readonly condition?: Sql; readonly column?: Sql },
): Sql {
  const { channels, otherPosition } = parts
  const kept = otherPosition === undefined ? channels : channels.slice(0, otherPosition)
  const vocabulary = kept.map((channel, place) => sql`(${sql.literal(channel)}, ${place})`)
  const ofChannel = placeSql(parts)
  const leaf = parts.leaves && leafOf(parts.leaves, ofChannel)
  return sql`SELECT typed.user_key, typed.at_sec, ${leaf?.place ?? ofChannel} AS place, typed.converts, typed.value${countingColumns(parts, sql`typed.`)}${more?.column === undefined ? sql`` : sql`, ${more.column}`}
FROM (
  ${ruledRowsSql(parts)}
) AS typed
LEFT JOIN (VALUES ${sql.join(vocabulary)}) AS vocabulary (name, place) ON typed.channel = vocabulary.name
${leaf?.join ?? sql``}
${more?.join ?? sql``}
WHERE ${sql.and(isReadSql(parts), more?.condition)}`
}

/** @returns the column of campaigns, after a comma, where there is one. */
export function campaignColumn({ columns }: Pick<TouchpointScan, 'columns'>): Sql {
  return columns.campaign === undefined ? sql`` : sql`, campaign`
}

/** Rules rename channels of rows that are told apart by the names they have. */
function ruledRowsSql(parts: TouchpointScan): Sql {
  const rows = hasIds(parts) ? oncePerIdSql(parts) : typedRowsSql(parts)
  const names = ruledNamesSql(parts.source, typedRowsSql({ ...parts, distinct: false }))
  if (names === undefined) return rows
  return sql`SELECT user_key, at_sec, CASE WHEN ruled.name IS NULL THEN named.channel ELSE ruled.channel END AS channel, converts, value${campaignColumn(parts)}${countingColumns(parts)}
FROM (
  ${rows}
) AS named
LEFT JOIN (${names}) AS ruled (name, channel) ON named.channel = ruled.name`
}

/** @returns whether conversions have ids, which tell several of one user and second apart. */
export function hasIds({ columns }: Pick<TouchpointScan, 'columns'>): boolean {
  return columns.conversionId !== undefined
}

/** @returns whether rows say how many conversions they have. */
function hasCounts({ columns }: Pick<TouchpointScan, 'columns'>): boolean {
  return columns.conversionCount !== undefined
}

/** @returns whether a user can have more conversions than one in a second. */
export function isCounted(parts: Pick<TouchpointScan, 'columns'>): boolean {
  return hasIds(parts) || hasCounts(parts)
}

/** @returns a comma and the columns by which conversions of one user and second are counted; nothing where they are one. */
export function countingColumns(parts: Pick<TouchpointScan, 'columns'>, of: Sql = sql``): Sql {
  const id = hasIds(parts) ? sql`, ${of}conversion_id` : sql``
  return hasCounts(parts) ? sql`${id}, ${of}conversion_count` : id
}

/** @returns SQL of the conversions among rows of one user and second; those with neither id nor count are one. */
export function conversionCountSql(parts: Pick<TouchpointScan, 'columns'>): Sql {
  if (hasCounts(parts))
    return sql`CAST(sum(CASE WHEN converts = 1 THEN conversion_count ELSE 0 END) AS bigint)`
  return sql`count(DISTINCT CASE WHEN converts = 1 THEN coalesce(conversion_id, '') END)`
}

/** @returns SQL of the conversions that rows speak of, each on its own. */
export function conversionRowsSql(parts: Pick<TouchpointScan, 'columns'>): Sql {
  return hasCounts(parts) ? conversionCountSql(parts) : sql`sum(converts)`
}

/** @returns SQL that is true for a row that has a user, and a time within the span. */
export function isReadSql({ span }: Pick<TouchpointScan, 'span'>): Sql {
  return sql.and(
    sql`typed.user_key IS NOT NULL AND typed.at_sec IS NOT NULL`,
    inSpanSql(span, sql`typed.at_sec`),
  )
}

/** @returns a query of user_key, at_sec, channel, converts, value and, with such columns, campaign, conversion_id and conversion_count. */
export function typedRowsSql({ source, columns, prune, distinct }: TouchpointScan): Sql {
  const id = columns.conversionId === undefined ? sql`` : sql`,\n  ${columns.conversionId} AS conversion_id`
  const count =
    columns.conversionCount === undefined ? sql`` : sql`,\n  ${columns.conversionCount} AS conversion_count`
  const campaign = columns.campaign === undefined ? sql`` : sql`,\n  ${columns.campaign} AS campaign`
  return sql`SELECT${distinct ? sql` DISTINCT` : sql``}
  ${columns.user} AS user_key,
  ${columns.atSec} AS at_sec,
  ${columns.channel} AS channel,
  ${columns.converts} AS converts,
  ${columns.value} AS value${campaign}${id}${count}
FROM ${sql.table(source.table)}
WHERE ${sql.and(prune)}`
}

/** One conversion an id, on the last row of its user that carries it; the others are touches. */
function oncePerIdSql(parts: TouchpointScan): Sql {
  const place = sql`row_number() OVER (
  PARTITION BY user_key, converts, conversion_id ORDER BY at_sec DESC, value DESC, channel${campaignColumn(parts)}${hasCounts(parts) ? sql`, conversion_count` : sql``}
)`
  return sql`SELECT
  user_key, at_sec, channel,
  CASE WHEN converts = 1 AND conversion_id IS NOT NULL AND place_in_id > 1 THEN 0 ELSE converts END AS converts,
  value${campaignColumn(parts)}${countingColumns(parts)}
FROM (
  SELECT *, ${place} AS place_in_id
  FROM (
    ${typedRowsSql(parts)}
  ) AS typed
  WHERE ${isReadSql(parts)}
) AS numbered`
}

/**
 * @param channel SQL of the channel's place.
 * @returns a join, and SQL of the leaf: that of the campaign's name, or else of the channel's other campaigns.
 */
function leafOf(leaves: readonly Leaf[], channel: Sql): { readonly join: Sql; readonly place: Sql } {
  const names = leaves.map((leaf, at) => sql`(${leaf.channel}, ${sql.literal(leaf.campaign)}, ${at})`)
  const others = leaves.flatMap(({ channel, campaign }, at) =>
    campaign === OTHER_CAMPAIGN ? [sql`WHEN ${channel} THEN ${at}`] : [],
  )
  const other = others.length === 0 ? sql`` : sql`, CASE ${channel} ${sql.join(others, sql` `)} END`
  const name = sql`coalesce(typed.campaign, ${sql.literal(NO_CAMPAIGN)})`
  return {
    join: sql`LEFT JOIN (VALUES ${sql.join(names)}) AS leaves (channel, name, leaf) ON leaves.channel = ${channel} AND leaves.name = ${name}`,
    place: others.length === 0 ? sql`leaves.leaf` : sql`coalesce(leaves.leaf${other})`,
  }
}

/** Channels beyond the vocabulary are `(other)`, but a blank, or a text that stands for NULL, is not a channel. */
function placeSql({ otherPosition, source: { nullTexts = [] } }: TouchpointParts): Sql {
  if (otherPosition === undefined) return sql`vocabulary.place`
  const isTouch = isNotBlankSql(sql`typed.channel`)
  const isNullText =
    nullTexts.length === 0 ? sql`` : sql`WHEN ${isNullTextSql(sql`typed.channel`, nullTexts)} THEN NULL `
  return sql`coalesce(vocabulary.place, CASE ${isNullText}WHEN ${isTouch} THEN ${otherPosition} END)`
}
