import { DataError } from '../errors.ts'
import type { TouchpointSource } from '../examples/touchpoints.ts'
import { describeFinding, type Finding } from '../findings/finding.ts'
import type { FindingCode } from '../findings/kinds.ts'
import { nameOf } from '../warehouse/warehouse.ts'
import { MOST_CONVERSIONS } from './touchpoint-columns.ts'

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
  /** Of these, those from --from on, and those from --credit-from on: the others lie in the lookback window. */
  learnedConversionRows: number
  creditedConversionRows: number
  /** Conversion rows that are not touches. */
  conversionRowsWithoutTouch: number
  /** Unix seconds of the first and the last row read. */
  firstAtSec: number
  lastAtSec: number
}

/** @throws {DataError} naming the column that has values which can't be read. */
export function checkColumns(source: TouchpointSource, bad: SurveyedValues): void {
  const table = `table ${nameOf(source.table)}`
  const time = `${table}: column ${source.timeColumn} (--time-column, TIME_COLUMN)`
  const conversion = `${table}: column ${source.conversionColumn} (--conversion-column, CONVERSION_COLUMN)`
  const value = `${table}: column ${source.valueColumn} (--value-column, VALUE_COLUMN)`
  checkColumn(time, bad.times, 'unix seconds, a timestamp or ISO 8601 text')
  if (source.conversionCounts) {
    checkColumn(
      conversion,
      bad.conversions,
      `a whole number from 0 to ${MOST_CONVERSIONS}, true, false or NULL`,
    )
  }
  const isNumber = /^\s*\d+(\.0*)?\s*$/.test(bad.conversions.example ?? '')
  const remedy = isNumber
    ? 'correct them, or name another column; --conversion-counts (CONVERSION_COUNTS) reads numbers of conversions'
    : undefined
  checkColumn(conversion, bad.conversions, '0, 1, true, false or NULL', remedy)
  checkColumn(value, bad.values, 'a number or NULL')
}

function checkColumn(
  column: string,
  bad: BadValues,
  needed: string,
  remedy = 'correct them, or name another column',
): void {
  if (bad.rows === 0) return
  throw new DataError(
    `${column} has ${bad.rows} rows that are not ${needed}, such as ${JSON.stringify(bad.example)}: ` +
      remedy,
  )
}

/** @throws {DataError} if a channel holds the character NUL, which no query can. */
export function checkChannelNames(source: TouchpointSource, channels: Iterable<string>): void {
  const bad = [...channels].find((channel) => channel.includes('\0'))
  if (bad === undefined) return
  throw new DataError(
    `table ${nameOf(source.table)}: column ${source.actionColumn} (--action-column, ACTION_COLUMN) holds the character NUL, ` +
      `as in ${JSON.stringify(bad)}: remove it from the data`,
  )
}

/** Why rows, or their channels, may be missing among those that are read. */
const leftOut: readonly FindingCode[] = [
  'impossible-times',
  'rows-after-session',
  'stray-rows',
  'null-text-users',
  'null-text-channels',
]

/** @throws {DataError} saying what the rows lack, if no examples can be made from them. */
export function checkEnough(
  source: TouchpointSource,
  counts: SurveyCounts,
  findings: readonly Finding[],
  ignoredTouches = 0,
): void {
  const table = `table ${nameOf(source.table)}`
  const reasons = findings.filter(({ code }) => leftOut.includes(code)).map(describeFinding)
  const because = reasons.map((reason) => `; ${reason}`).join('')
  if (!Number.isFinite(counts.firstAtSec) && reasons.length > 0) {
    throw new DataError(`${table} has no rows to read: ${reasons.join('; ')}`)
  }
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
  if (counts.learnedConversionRows === 0 && counts.conversionRows > 0) {
    throw new DataError(
      `${table}: its ${counts.conversionRows} conversions lie before --from (FROM), in the lookback window: give an earlier start`,
    )
  }
  if (counts.conversionRows === 0) {
    throw new DataError(
      `${table}: no row of ${counts.rows} has ${source.conversionColumn} = 1: check --conversion-column (CONVERSION_COLUMN) ` +
        `and the time range${because}`,
    )
  }
  if (counts.touches === 0 && ignoredTouches > 0) {
    throw new DataError(
      `${table}: --channel-table (CHANNEL_TABLE) leaves out all ${ignoredTouches} touches: keep some of the channels`,
    )
  }
  if (counts.touches === 0) {
    throw new DataError(
      `${table}: no row of ${counts.rows} has a channel in ${source.actionColumn}: check --action-column (ACTION_COLUMN)${because}`,
    )
  }
}
