import { ConfigError, DataError } from '../errors.ts'
import type { TouchpointSource } from '../examples/touchpoints.ts'
import type { Finding } from '../findings/finding.ts'
import { type Column, isFileName, nameOf, type TableName, type Warehouse } from '../warehouse/warehouse.ts'
import { columnFindings } from './column-findings.ts'
import { asText, isFraction, isWhole } from './column-sql.ts'
import { type Sql, sql } from './sql.ts'
import { type TimeColumn, timeSql } from './time-column-sql.ts'

/** SQL over a row of the touchpoints, with one meaning whatever the types of the columns. */
export interface TouchpointColumns extends TimeColumn {
  /** What is to be said of the columns. */
  readonly findings: readonly Finding[]
  /** The user as it is; NULL if it is missing, blank or a text that stands for NULL. */
  readonly user: Sql
  /** The user as varchar, whatever it is. */
  readonly userText: Sql
  /** Whether the user is a text that stands for NULL. */
  readonly isNullTextUser: Sql
  /** The channel as varchar, whatever it is. */
  readonly channel: Sql
  /** The campaign as varchar, NULL as the user's; undefined if there is no such column. */
  readonly campaign: Sql | undefined
  /** The id of the conversion as varchar, NULL as the user's; undefined if there is no such column. */
  readonly conversionId: Sql | undefined
  /** How many conversions a converting row has, a bigint; undefined where each has one. */
  readonly conversionCount: Sql | undefined
  /** The segment as varchar, NULL as the user's; undefined if there is no such column. */
  readonly segment: Sql | undefined
  /** 0 or 1; NULL if it is neither. A conversion that is not of the chosen kind is 0. */
  readonly converts: Sql
  /** The same whatever the kind. */
  readonly convertsInAnyWay: Sql
  /** The kind of conversion as varchar; undefined if all kinds count. */
  readonly kind: Sql | undefined
  readonly conversionText: Sql
  /** decimal(38, 6), 0 if there is no value, NULL if it can't be read; without a value column the integer 0. */
  readonly value: Sql
  readonly valueText: Sql
}

/**
 * @returns the expressions for the columns that the table has.
 * @throws {ConfigError} naming the option if the table or a column is missing.
 */
export async function readTouchpointColumns(
  warehouse: Warehouse,
  source: TouchpointSource,
): Promise<TouchpointColumns> {
  const columns = await describeExisting(warehouse, source.table, '--table (DATA_TABLE)')
  const findings: Finding[] = []
  const find = (name: string, label: string) => {
    const column = findColumn(columns, name, label, nameOf(source.table))
    findings.push(...columnFindings(column))
    return column
  }
  const findInAll = (name: string, label: string) => inAllFiles(find(name, label), label)
  const user = findInAll(source.userColumn, '--user-column (USER_COLUMN)')
  const time = findInAll(source.timeColumn, '--time-column (TIME_COLUMN)')
  const action = find(source.actionColumn, '--action-column (ACTION_COLUMN)')
  const campaign =
    source.campaignColumn === undefined
      ? undefined
      : find(source.campaignColumn, '--campaign-column (CAMPAIGN_COLUMN)')
  const conversion = find(source.conversionColumn, '--conversion-column (CONVERSION_COLUMN)')
  const value =
    source.valueColumn === undefined ? undefined : find(source.valueColumn, '--value-column (VALUE_COLUMN)')
  const id =
    source.conversionIdColumn === undefined
      ? undefined
      : find(source.conversionIdColumn, '--conversion-id-column (CONVERSION_ID_COLUMN)')
  const segment =
    source.segmentColumn === undefined
      ? undefined
      : find(source.segmentColumn, '--segment-column (SEGMENT_COLUMN)')
  const kind =
    source.conversionKind === undefined
      ? undefined
      : asText(find(source.conversionKind.column, '--conversion-type-column (CONVERSION_TYPE_COLUMN)'))
  const count = source.conversionCounts ? countSql(conversion) : undefined
  const converts =
    count === undefined
      ? convertsSql(conversion)
      : sql`CASE WHEN ${count} >= 1 THEN 1 WHEN ${count} = 0 THEN 0 END`
  return {
    findings,
    user: keySql(user, source.nullTexts),
    userText: asText(user),
    isNullTextUser: isNullTextUserSql(user, source.nullTexts),
    ...timeSql(time, source.timeReading),
    channel: asText(action),
    campaign: campaign === undefined ? undefined : nameSql(campaign, source.nullTexts),
    conversionId: id === undefined ? undefined : nameSql(id, source.nullTexts),
    segment: segment === undefined ? undefined : nameSql(segment, source.nullTexts),
    conversionCount: count,
    converts: ofKindSql(converts, kind, source.conversionKind?.type),
    convertsInAnyWay: converts,
    kind,
    conversionText: asText(conversion),
    value: value === undefined ? sql`0` : valueSql(value),
    valueText: value === undefined ? sql`CAST(NULL AS varchar)` : asText(value),
  }
}

/** @throws {ConfigError} naming the option if there is no such table. */
export async function describeExisting(
  warehouse: Warehouse,
  table: TableName,
  option: string,
): Promise<readonly Column[]> {
  const columns = await warehouse.describeTable(table, option)
  if (columns !== undefined) return columns
  throw new ConfigError(
    isFileName(table.table)
      ? `${option}: there is no file or table ${table.table} in ${warehouse.name}; check the path (files are read with --warehouse duckdb only)`
      : `${option}: there is no table ${nameOf(table)} in ${warehouse.name}; check --db (DB) and the name`,
  )
}

/** Warehouses ignore the case of names, and so do we if no name matches exactly. */
export function maybeColumn(columns: readonly Column[], name: string): Column | undefined {
  return (
    columns.find((column) => column.name === name) ??
    columns.find((column) => column.name.toLowerCase() === name.toLowerCase())
  )
}

/**
 * @param table its option and name. @param needs the columns that it needs, in words.
 * @throws {ConfigError} if the table has no such column.
 */
export function needColumn(columns: readonly Column[], name: string, table: string, needs: string): Column {
  const found = maybeColumn(columns, name)
  if (found !== undefined) return found
  const names = columns.map((column) => column.name).join(', ')
  throw new ConfigError(`${table} has no column ${name}; it has ${names}: it needs ${needs}`)
}

function findColumn(columns: readonly Column[], name: string, label: string, table: string): Column {
  const found = maybeColumn(columns, name)
  if (found !== undefined) return found
  const names = columns.map((column) => column.name).join(', ')
  throw new ConfigError(`${label} is "${name}": table ${table} has no such column; it has ${names}`)
}

/** Rows without a user or a time are none. @throws {DataError} if a file of the table lacks the column. */
function inAllFiles(column: Column, label: string): Column {
  const [lacking] = column.absentFrom ?? []
  if (lacking === undefined) return column
  throw new DataError(
    `${label} is "${column.name}": ${lacking.file} has no such column, as other files of the input have; it has ` +
      `${lacking.columns.join(', ')}: name the columns alike (in CSV by the first line), or leave this file out`,
  )
}

/** @returns SQL of a column that identifies the user, in its own type: NULL where there is no user. */
function keySql(column: Column, nullTexts: readonly string[] | undefined): Sql {
  const name = sql.identifier(column.name)
  if (isWhole(column.type)) return name
  const text = asText(column)
  return sql`CASE ${nullTextCase(text, nullTexts)}WHEN ${isNotBlankSql(text)} THEN ${name} END`
}

function isNullTextUserSql(column: Column, nullTexts: readonly string[] = []): Sql {
  if (isWhole(column.type) || nullTexts.length === 0) return sql`false`
  return sql`coalesce(${isNullTextSql(asText(column), nullTexts)}, false)`
}

/** @returns SQL of a column as text: NULL where it is blank, or a text that stands for NULL. */
export function nameSql(column: Column, nullTexts: readonly string[] | undefined): Sql {
  const text = asText(column)
  if (isWhole(column.type)) return text
  return sql`CASE ${nullTextCase(text, nullTexts)}WHEN ${isNotBlankSql(text)} THEN ${text} END`
}

function nullTextCase(text: Sql, nullTexts: readonly string[] = []): Sql {
  return nullTexts.length === 0 ? sql`` : sql`WHEN ${isNullTextSql(text, nullTexts)} THEN NULL `
}

/** @returns SQL that is true for a text that stands for NULL. */
export function isNullTextSql(text: Sql, nullTexts: readonly string[]): Sql {
  return sql`lower(trim(${text})) IN (${sql.join(nullTexts.map((one) => sql.literal(one)))})`
}

/** @returns whether a channel stands for NULL, as {@link isNullTextSql} has it. */
export function isNullText(text: string, nullTexts: readonly string[] = []): boolean {
  return nullTexts.includes(text.replace(/^ +| +$/g, '').toLowerCase())
}

/** White space as JavaScript defines it, for which the regular expressions of warehouses have no common name. */
const WHITE_SPACE = '\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff'

/**
 * Most texts begin with an ASCII character, and comparing them with one is much cheaper than a regular expression.
 * @returns SQL that is true for a text with more in it than white space, false or NULL for any other.
 */
export function isNotBlankSql(text: Sql): Sql {
  const pattern = sql.literal(`[^${WHITE_SPACE}]`)
  return sql`CASE WHEN ${text} >= '!' AND ${text} < '~' THEN true ELSE regexp_like(${text}, ${pattern}) END`
}

function convertsSql(column: Column): Sql {
  const name = sql.identifier(column.name)
  if (column.type === 'boolean') return sql`CASE WHEN ${name} THEN 1 ELSE 0 END`
  if (isWhole(column.type) || isFraction(column.type)) {
    return sql`CASE WHEN ${name} = 1 THEN 1 WHEN ${name} = 0 OR ${name} IS NULL THEN 0 END`
  }
  const text = sql`lower(trim(${asText(column)}))`
  return sql`CASE WHEN ${text} IN ('1', 'true') THEN 1 WHEN ${name} IS NULL OR ${text} IN ('', '0', 'false') THEN 0 END`
}

/** More conversions than any row of a person has: a column with larger numbers holds amounts or totals. */
export const MOST_CONVERSIONS = 10_000

/** @returns SQL of a whole number from 0 to {@link MOST_CONVERSIONS}, NULL if it is none. */
function countSql(column: Column): Sql {
  const name = sql.identifier(column.name)
  if (column.type === 'boolean') return sql`CASE WHEN ${name} THEN 1 ELSE 0 END`
  const isNumber = isWhole(column.type) || isFraction(column.type)
  const text = sql`lower(trim(${asText(column)}))`
  const number = isNumber ? name : sql`TRY_CAST(${text} AS double)`
  const words = isNumber ? sql`` : sql` OR ${text} IN ('', 'false') THEN 0 WHEN ${text} = 'true' THEN 1`
  const isCount = sql`${number} >= 0 AND ${number} <= ${MOST_CONVERSIONS} AND ${number} = floor(${number})`
  return sql`CASE WHEN ${name} IS NULL${isNumber ? sql` THEN 0` : words} WHEN ${isCount} THEN CAST(${number} AS bigint) END`
}

/** A value that is neither 0 nor 1 stays NULL whatever its kind, so that the survey reports it. */
function ofKindSql(converts: Sql, kind: Sql | undefined, chosen: string | undefined): Sql {
  if (kind === undefined || chosen === undefined) return converts
  const isOther = sql`coalesce(${kind} <> ${sql.literal(chosen)}, true)`
  return sql`CASE WHEN ${converts} = 1 AND ${isOther} THEN 0 ELSE ${converts} END`
}

/**
 * Amounts are added up as decimals: sums of doubles depend on the order, which no warehouse keeps.
 * @returns SQL of decimal(38, 6): 0 if there is none, NULL if it can't be read.
 */
export function valueSql(column: Column): Sql {
  const name = sql.identifier(column.name)
  const isNumber = isWhole(column.type) || isFraction(column.type)
  const text = isNumber ? name : sql`nullif(trim(${asText(column)}), '')`
  const decimal = isNumber
    ? sql`TRY_CAST(${name} AS decimal(38,6))`
    : sql`TRY_CAST(TRY_CAST(${text} AS double) AS decimal(38,6))`
  return sql`CASE WHEN ${text} IS NULL THEN CAST(0 AS decimal(38,6)) ELSE ${decimal} END`
}
