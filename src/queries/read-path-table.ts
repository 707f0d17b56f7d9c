import { parsePath } from '../comparison/parse-path.ts'
import { DataError } from '../errors.ts'
import { type Finding, finding } from '../findings/finding.ts'
import { nameOf, type TableName, type Warehouse } from '../warehouse/warehouse.ts'
import { ARRAY_SEPARATOR, PATHS_OPTION, type PathColumns, readPathColumns } from './path-table-columns.ts'
import {
  amount,
  doubleAmount,
  maybeNumber,
  type ResultRow,
  readRows,
  select,
  text,
} from './result-columns.ts'
import { type Sql, sql } from './sql.ts'
import { isNullText } from './touchpoint-columns.ts'

/** A path as its table has it, and how often it was taken. */
export interface CountedPath {
  /** Channels in time order; none: conversions without a touch. */
  readonly channels: readonly string[]
  readonly conversions: number
  /** How often it led to no conversion. */
  readonly nullPaths: number
  readonly value: number
}

export interface ReadPathTable {
  readonly paths: readonly CountedPath[]
  readonly hasValue: boolean
  readonly findings: readonly Finding[]
}

/** Up to which a double holds every whole number. */
const MOST = Number.MAX_SAFE_INTEGER
/** Trino numbers no more touches of a path; journeys of people are shorter. */
export const MOST_TOUCHES = 10_000

/**
 * Reads a table of paths with counts: one row per distinct path leaves the warehouse.
 * @param nullTexts texts that stand for NULL as a channel, in lower case: they are no touches.
 * @throws {ConfigError} if the table or a column is missing.
 * @throws {DataError} for an empty table, counts that are none, and paths that are too long.
 */
export async function readPathTable(
  warehouse: Warehouse,
  table: TableName,
  nullTexts: readonly string[],
  signal?: AbortSignal,
): Promise<ReadPathTable> {
  const label = `${PATHS_OPTION} ${nameOf(table)}`
  const columns = await readPathColumns(warehouse, table)
  const paths: CountedPath[] = []
  const gaps: Noted = { rows: 0, example: '' }
  const nulls: Noted = { rows: 0, example: '' }
  const idle: Noted = { rows: 0, example: '' }
  let isEmpty = true
  for await (const row of readRows(warehouse, pathTableQuery(table, columns), signal)) {
    isEmpty = false
    checkRow(label, row, columns)
    const written = columns.isArray ? fromArray(row.path) : parsePath(row.path ?? '')
    const named = written.filter((channel) => channel !== '')
    if (named.length < written.length) note(gaps, row)
    const channels = named.filter((channel) => !isNullText(channel, nullTexts))
    if (channels.length < named.length) note(nulls, row)
    if (channels.length > MOST_TOUCHES) {
      throw new DataError(
        `${label}: a path has ${channels.length} touches, ${MOST_TOUCHES} are allowed: leave it out`,
      )
    }
    const { conversions, nullPaths, value } = row
    if (conversions + nullPaths === 0) note(idle, row)
    else paths.push({ channels, conversions, nullPaths, value })
  }
  if (isEmpty) throw new DataError(`${label} has no rows: give a file or table with a row per path`)
  checkTotals(label, paths, nulls)
  const findings = [
    ...found('empty-path-touches', gaps, `of ${label} with nothing in the place of a channel`),
    ...found(
      'null-text-channels',
      nulls,
      `of ${label} with a text that stands for NULL in the place of a channel`,
    ),
    ...found('paths-never-taken', idle, `of ${label} with neither conversions nor nulls`),
  ]
  return { paths, hasValue: columns.value !== undefined, findings }
}

function fromArray(path: string | null): readonly string[] {
  return path === null || path === '' ? [] : path.split(ARRAY_SEPARATOR).map((channel) => channel.trim())
}

const counted = {
  path: text(sql`path`),
  rows: amount(sql`count(*)`),
  conversions: amount(sql`coalesce(sum(conversions), 0e0)`),
  nullPaths: amount(sql`coalesce(sum(null_paths), 0e0)`),
  value: doubleAmount(sql`coalesce(sum(value), 0)`),
  badConversions: amount(sql`count_if(${isBadCount(sql`conversions`, sql`most_conversions`)})`),
  badConversion: text(
    sql`min(CASE WHEN ${isBadCount(sql`conversions`, sql`most_conversions`)} THEN conversions_text END)`,
  ),
  badNulls: amount(sql`count_if(${isBadCount(sql`null_paths`)})`),
  badNull: text(sql`min(CASE WHEN ${isBadCount(sql`null_paths`)} THEN nulls_text END)`),
  badValues: amount(sql`count_if(value IS NULL)`),
  badValue: text(sql`min(CASE WHEN value IS NULL THEN value_text END)`),
  worthless: maybeNumber(sql`CAST(max(CASE WHEN conversions = 0 AND value <> 0 THEN value END) AS double)`),
}

/** @param most the largest number that is right. */
function isBadCount(count: Sql, most: Sql = sql.double(MOST)): Sql {
  return sql`(${count} IS NULL OR ${count} < 0e0 OR ${count} <> floor(${count}) OR ${count} > ${most})`
}

function pathTableQuery(table: TableName, columns: PathColumns) {
  const nothing = sql`CAST(NULL AS varchar)`
  const isNo = sql`CASE WHEN ${columns.isNo} THEN 1e0 ELSE 0e0 END`
  return select(
    counted,
    sql`FROM (
  SELECT
    ${columns.path} AS path,
    ${columns.conversions} AS conversions,
    ${columns.conversionsText} AS conversions_text,
    ${sql.double(columns.isJourneys ? 1 : MOST)} AS most_conversions,
    ${columns.nulls ?? isNo} AS null_paths,
    ${columns.nullsText ?? nothing} AS nulls_text,
    ${columns.value ?? sql`CAST(0 AS decimal(38,6))`} AS value,
    ${columns.valueText ?? nothing} AS value_text
  FROM ${sql.table(table)}
) AS typed
GROUP BY path`,
  )
}

function checkRow(
  label: string,
  row: ResultRow<typeof counted>,
  { names, isJourneys }: Pick<PathColumns, 'names' | 'isJourneys'>,
): void {
  const path = JSON.stringify(row.path)
  const count = 'a whole number from 0 to 2^53 is needed'
  const yesOrNo = '0 or 1 is needed, as each row is one journey (a column of counts is called conversions)'
  for (const [name, bad, example, needed] of [
    [names.conversions, row.badConversions, row.badConversion, isJourneys ? yesOrNo : count],
    [names.nulls, row.badNulls, row.badNull, count],
    [names.value, row.badValues, row.badValue, 'a number is needed'],
  ] as const) {
    if (bad === 0) continue
    throw new DataError(
      `${label}: column ${name} is ${JSON.stringify(example)} for the path ${path}, ${needed}: correct the row, or leave it out`,
    )
  }
  if (row.worthless === null) return
  throw new DataError(
    `${label}: the path ${path} has a value of ${row.worthless} without a conversion: value is that of the conversions`,
  )
}

function checkTotals(label: string, paths: readonly CountedPath[], nulls: Readonly<Noted>): void {
  const total = paths.reduce((sum, { conversions, nullPaths }) => sum + conversions + nullPaths, 0)
  if (total > MOST) {
    throw new DataError(`${label} counts ${total} paths, 2^53 are the most that are exact: check its numbers`)
  }
  if (paths.every(({ conversions }) => conversions === 0)) {
    throw new DataError(
      `${label} has no conversion: there is nothing to credit; check its column conversions`,
    )
  }
  if (paths.every(({ channels }) => channels.length === 0)) {
    const texts = `; texts that stand for NULL, as in ${JSON.stringify(nulls.example)}, are none: --null-texts (NULL_TEXTS) says which`
    throw new DataError(
      `${label} has no path with a channel: check its column path${nulls.rows === 0 ? '' : texts}`,
    )
  }
}

/** Rows, and the path of the first of them. */
interface Noted {
  rows: number
  example: string
}

function note(noted: Noted, row: ResultRow<typeof counted>): void {
  noted.rows += row.rows
  if (noted.example === '') noted.example = row.path ?? ''
}

function found(
  code: Parameters<typeof finding>[0],
  { rows, example }: Readonly<Noted>,
  what: string,
): readonly Finding[] {
  return rows === 0 ? [] : [finding(code, { count: rows, what, example })]
}
