import { DataError } from '../errors.ts'
import type { TouchpointSource } from '../examples/touchpoints.ts'
import { nameOf } from '../warehouse/warehouse.ts'

/** Values of a column that can't be read: how many, and the first of them. */
export interface BadValues {
  rows: number
  example: string | undefined
}

/** Unreadable values of the columns that the survey checks. */
export type SurveyedValues = Readonly<Record<'times' | 'conversions' | 'values', BadValues>>

/** What the survey adds up over all channels. */
export interface SurveyCounts {
  /** Rows read, skipped ones included. */
  rows: number
  rowsWithoutUser: number
  /** Rows that have a user, but no time. */
  rowsWithoutTime: number
  touches: number
  conversionRows: number
  /** Conversion rows that are not touches. */
  conversionRowsWithoutTouch: number
  /** Unix seconds of the first and the last row read. */
  firstAtSec: number
  lastAtSec: number
}

/** The end of 1970: nothing before it is the time of a touchpoint. */
const END_OF_1970 = 31_536_000
/** The year 3237: numbers above are milliseconds. */
const LAST_SECOND = 4e10

/** @throws {DataError} naming the column, or what the rows lack, if no examples can be made from them. */
export function checkRows(source: TouchpointSource, counts: SurveyCounts, bad: SurveyedValues): void {
  const table = `table ${nameOf(source.table)}`
  const time = `${table}: column ${source.timeColumn} (--time-column, TIME_COLUMN)`
  const conversion = `${table}: column ${source.conversionColumn} (--conversion-column, CONVERSION_COLUMN)`
  const value = `${table}: column ${source.valueColumn} (--value-column, VALUE_COLUMN)`
  checkColumn(time, bad.times, 'unix seconds, a timestamp or ISO 8601 text')
  checkTimes(time, counts)
  checkColumn(conversion, bad.conversions, '0, 1, true, false or NULL')
  checkColumn(value, bad.values, 'a number or NULL')
  checkEnough(table, source, counts)
}

function checkColumn(column: string, bad: BadValues, needed: string): void {
  if (bad.rows === 0) return
  throw new DataError(
    `${column} has ${bad.rows} rows that are not ${needed}, such as ${JSON.stringify(bad.example)}: ` +
      'correct them, or name another column',
  )
}

function checkTimes(column: string, { firstAtSec, lastAtSec }: SurveyCounts): void {
  if (lastAtSec > LAST_SECOND) {
    throw new DataError(
      `${column} goes up to ${lastAtSec}, which is in milliseconds: ` +
        'unix seconds are needed, divide by 1000',
    )
  }
  if (firstAtSec < END_OF_1970) {
    throw new DataError(
      `${column} begins at ${firstAtSec}, in 1970 or before: ` +
        'unix seconds are needed; leave out rows without a real time with --from (FROM)',
    )
  }
}

function checkEnough(table: string, source: TouchpointSource, counts: SurveyCounts): void {
  if (counts.rows === 0) {
    throw new DataError(
      `${table} has no rows (in the range): check --table (DATA_TABLE), --from (FROM) and --to (TO)`,
    )
  }
  if (!Number.isFinite(counts.firstAtSec)) {
    throw new DataError(
      `${table}: all ${counts.rows} rows lack a user or a time: check --user-column (USER_COLUMN) and --time-column (TIME_COLUMN)`,
    )
  }
  if (counts.conversionRows === 0) {
    throw new DataError(
      `${table}: no row of ${counts.rows} has ${source.conversionColumn} = 1: check --conversion-column (CONVERSION_COLUMN) ` +
        'and the time range',
    )
  }
  if (counts.touches === 0) {
    throw new DataError(
      `${table}: no row of ${counts.rows} has a channel in ${source.actionColumn}: check --action-column (ACTION_COLUMN)`,
    )
  }
}
