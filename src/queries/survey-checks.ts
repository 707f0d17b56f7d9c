import { DataError } from '../errors.ts'
import type { TouchpointSource } from '../examples/touchpoints.ts'

/** Values of a column that can't be told: how many, and the first of them. */
interface BadValues {
  rows: number
  example: string | undefined
}

/** What the survey added up over all channels. */
export interface SurveyTotals {
  rows: number
  rowsWithoutUser: number
  rowsWithoutTime: number
  touches: number
  conversionRows: number
  conversionRowsWithoutTouch: number
  firstAtSec: number
  lastAtSec: number
  readonly badTimes: BadValues
  readonly badConversions: BadValues
  readonly badValues: BadValues
}

/** The end of 1970: what lies before was no time of a touchpoint. */
const END_OF_1970 = 31_536_000
/** The year 3237: numbers above are milliseconds. */
const LAST_SECOND = 4e10

/** @throws {DataError} naming the column, or what the rows lack, if no examples can be made of them. */
export function checkRows(source: TouchpointSource, totals: SurveyTotals): void {
  const table = `table ${source.table.database}.${source.table.table}`
  checkColumn(
    table,
    `${source.timeColumn} (--time-column, TIME_COLUMN)`,
    totals.badTimes,
    'unix seconds, a timestamp or ISO 8601 text',
  )
  checkTimes(table, source.timeColumn, totals)
  checkColumn(
    table,
    `${source.conversionColumn} (--conversion-column, CONVERSION_COLUMN)`,
    totals.badConversions,
    '0, 1, true, false or NULL',
  )
  checkColumn(
    table,
    `${source.valueColumn} (--value-column, VALUE_COLUMN)`,
    totals.badValues,
    'a number or NULL',
  )
  checkEnough(table, source, totals)
}

function checkColumn(table: string, column: string, bad: BadValues, needed: string): void {
  if (bad.rows === 0) return
  throw new DataError(
    `${table}: column ${column} has ${bad.rows} rows that are not ${needed}, such as ${JSON.stringify(bad.example)}: ` +
      'correct them, or name another column',
  )
}

function checkTimes(table: string, column: string, { firstAtSec, lastAtSec }: SurveyTotals): void {
  if (lastAtSec > LAST_SECOND) {
    throw new DataError(
      `${table}: column ${column} (--time-column, TIME_COLUMN) goes up to ${lastAtSec}, which are milliseconds: ` +
        'unix seconds are needed, divide by 1000',
    )
  }
  if (firstAtSec < END_OF_1970) {
    throw new DataError(
      `${table}: column ${column} (--time-column, TIME_COLUMN) begins at ${firstAtSec}, in 1970 or before: ` +
        'unix seconds are needed; leave out rows without a real time by --from (FROM)',
    )
  }
}

function checkEnough(table: string, source: TouchpointSource, totals: SurveyTotals): void {
  if (totals.rows === 0) {
    throw new DataError(
      `${table} has no rows (in the range): check --table (DATA_TABLE), --from (FROM) and --to (TO)`,
    )
  }
  if (!Number.isFinite(totals.firstAtSec)) {
    throw new DataError(
      `${table}: all ${totals.rows} rows lack a user or a time: check --user-column (USER_COLUMN) and --time-column (TIME_COLUMN)`,
    )
  }
  if (totals.conversionRows === 0) {
    throw new DataError(
      `${table}: no row of ${totals.rows} has ${source.conversionColumn} = 1: check --conversion-column (CONVERSION_COLUMN) ` +
        'and the range of time',
    )
  }
  if (totals.touches === 0) {
    throw new DataError(
      `${table}: no row of ${totals.rows} has a channel in ${source.actionColumn}: check --action-column (ACTION_COLUMN)`,
    )
  }
}
