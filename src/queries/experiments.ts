import { DataError } from '../errors.ts'
import { nameOf, type TableName, type Warehouse } from '../warehouse/warehouse.ts'
import { asText } from './column-sql.ts'
import { type ResultRow, readRows, select, text } from './result-columns.ts'
import { sql } from './sql.ts'
import { describeExisting, maybeColumn, needColumn } from './touchpoint-columns.ts'

const OPTION = '--experiments-table (EXPERIMENTS_TABLE)'

/** A row of the experiments table: what a channel, or several that were tested together, brought. */
export interface ExperimentRow {
  /** Such as `search`, or `search+display`. */
  readonly channel: string
  /** First day, and the day after the last one, such as 2026-03-01. */
  readonly from: string
  readonly to: string
  readonly incrementalConversions: number
  /** From 1e-9 to 1e12. */
  readonly standardError: number
}

/** The experiments about the conversions that count. */
export interface Experiments {
  readonly rows: readonly ExperimentRow[]
  /** Rows about other kinds of conversion, which are left out. */
  readonly ofOtherKinds: number
}

const names = {
  channel: 'channel',
  from: 'from',
  to: 'to',
  incrementalConversions: 'incremental_conversions',
  standardError: 'standard_error',
} as const
/** A table without it is about the conversions of every run. */
const CONVERSION_TYPE = 'conversion_type'

/** A date, as text or as a warehouse writes a timestamp: midnight, perhaps with a zone. */
const DATE =
  /^(\d{4}-\d{2}-\d{2})(?:[ T]00:00(?::00(?:\.0+)?)?(?: ?(?:[a-z][\w/+-]*|[+-]\d{2}(?::?\d{2})?))?)?$/i
/** Numbers beyond are mistakes, and their squares and quotients would leave what a double can hold. */
const LEAST_ERROR = 1e-9
const MOST_CONVERSIONS = 1e12
/** Experiments are few: a table with more rows than this is some other table. */
const MOST_ROWS = 10_000

/**
 * @param conversionType the one kind of conversion that counts; undefined: all count.
 * @returns the rows of the table, by channel and day; where it has a column `conversion_type`, those of this kind and those
 * that name none.
 * @throws {ConfigError} if the table or a column is missing.
 * @throws {DataError} for an empty table, and for a value that can't be, with its row and what to do.
 */
export async function readExperiments(
  warehouse: Warehouse,
  table: TableName,
  conversionType: string | undefined,
  signal?: AbortSignal,
): Promise<Experiments> {
  const columns = await describeExisting(warehouse, table, OPTION)
  const needs = Object.values(names).join(', ')
  const columnOf = (key: keyof typeof names) =>
    asText(needColumn(columns, names[key], `${OPTION} ${nameOf(table)}`, needs))
  const kind = maybeColumn(columns, CONVERSION_TYPE)
  const query = select(
    {
      channel: text(columnOf('channel')),
      from: text(columnOf('from')),
      to: text(columnOf('to')),
      incrementalConversions: text(columnOf('incrementalConversions')),
      standardError: text(columnOf('standardError')),
      conversionType: text(kind === undefined ? sql`CAST(NULL AS varchar)` : asText(kind)),
    },
    sql`FROM ${sql.table(table)}\nORDER BY 1, 2, 3, 4, 5\nLIMIT ${MOST_ROWS + 1}`,
  )
  const rows: { readonly row: ExperimentRow; readonly kind: string | undefined }[] = []
  for await (const { conversionType: written, ...row } of readRows(warehouse, query, signal)) {
    rows.push({ row: checked(row, nameOf(table)), kind: written?.trim() || undefined })
  }
  if (rows.length === 0) {
    throw new DataError(`${OPTION} ${nameOf(table)} has no rows: fill it, or leave the option out`)
  }
  if (rows.length > MOST_ROWS) {
    throw new DataError(
      `${OPTION} ${nameOf(table)} has more than ${MOST_ROWS} rows: it needs one row per experiment, not per user or day`,
    )
  }
  const own = rows.filter(({ kind }) => kind === undefined || kind === conversionType)
  return { rows: own.map(({ row }) => row), ofOtherKinds: rows.length - own.length }
}

type Written = ResultRow<Record<keyof ExperimentRow, ReturnType<typeof text>>>

function checked(row: Written, table: string): ExperimentRow {
  const refuse = (key: keyof ExperimentRow, needed: string): never => {
    throw new DataError(
      `${OPTION} ${table}: ${describeRow(row)}: column ${names[key]} is ${shown(row[key])}, ${needed}: correct the row, or leave it out`,
    )
  }
  const dateOf = (key: 'from' | 'to') => {
    const [, date] = DATE.exec(row[key]?.trim() ?? '') ?? []
    return date !== undefined && isDate(date)
      ? date
      : refuse(key, 'a date such as 2026-03-01 without a time of day is needed')
  }
  const numberOf = (key: 'incrementalConversions' | 'standardError') => {
    const written = row[key]?.trim() ?? ''
    const number = Number(written)
    return written !== '' && Number.isFinite(number) ? number : refuse(key, 'a number is needed')
  }
  const channel = row.channel?.trim() || refuse('channel', 'the name of a channel is needed')
  const [from, to] = [dateOf('from'), dateOf('to')]
  if (to <= from)
    refuse('to', `a day after ${from} is needed, the first one that is not part of the experiment`)
  const incrementalConversions = numberOf('incrementalConversions')
  if (Math.abs(incrementalConversions) > MOST_CONVERSIONS) {
    refuse('incrementalConversions', 'a number from -1e12 to 1e12 is needed')
  }
  const standardError = numberOf('standardError')
  if (standardError < LEAST_ERROR || standardError > MOST_CONVERSIONS) {
    refuse('standardError', 'a number from 1e-9 to 1e12 is needed: every experiment has an error')
  }
  return { channel, from, to, incrementalConversions, standardError }
}

function isDate(date: string): boolean {
  const at = new Date(`${date}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(date)
}

function shown(value: string | null): string {
  return value === null ? 'NULL' : JSON.stringify(value)
}

/** @returns `the experiment of "search" from "2026-03-01" to "2026-03-31"`. */
export function describeRow({ channel, from, to }: Pick<Written, 'channel' | 'from' | 'to'>): string {
  return `the experiment of ${shown(channel)} from ${shown(from)} to ${shown(to)}`
}
