import { localDaysOf, startOfDay } from '../examples/local-days.ts'
import type { ExampleRules, TouchpointSource } from '../examples/touchpoints.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { quoteIdentifier, quoteTable } from './sql.ts'
import type { TouchpointColumns } from './touchpoint-columns.ts'

/** Unix seconds from which and up to which rows are read; undefined is open. */
export interface ReadSpan {
  readonly fromSec: number | undefined
  readonly toSec: number | undefined
}

/** @returns the span of the rows: that of the examples and the W-1 days before it. */
export function readSpanOf(rules: ExampleRules): ReadSpan {
  const { fromSec, toSec, timeZone, lookbackDays } = rules
  if (fromSec === undefined) return { fromSec, toSec }
  const firstDay = localDaysOf(timeZone, fromSec, fromSec).dayOf(fromSec)
  return { fromSec: startOfDay(timeZone, firstDay - (lookbackDays - 1)), toSec }
}

/** @returns SQL that is true for an instant within the span. @param atSec SQL of unix seconds. */
export function inSpanSql(span: ReadSpan, atSec: string): string {
  const { fromSec, toSec } = span
  const bounds = [
    ...(fromSec === undefined ? [] : [`${atSec} >= ${fromSec}`]),
    ...(toSec === undefined ? [] : [`${atSec} < ${toSec}`]),
  ]
  return bounds.length === 0 ? 'true' : bounds.join(' AND ')
}

/** @returns a condition by which the warehouse reads less of the table, where it has one. */
export function pruneSql(
  warehouse: Warehouse,
  columns: Pick<TouchpointColumns, 'prunableTime'>,
  span: ReadSpan,
): string | undefined {
  const bounded = span.fromSec !== undefined || span.toSec !== undefined
  if (!bounded || columns.prunableTime === undefined) return undefined
  return warehouse.timeRangeCondition?.(columns.prunableTime, span.fromSec, span.toSec)
}

/**
 * The random number of each user in the user table, beside the rows: one a user, however often it stands there.
 * @returns a join for FROM, and SQL of the number, NULL for a user that the table lacks.
 */
export function userTableJoin(
  source: TouchpointSource,
  rules: ExampleRules,
  user: string,
): { readonly join: string; readonly random: string } | undefined {
  if (rules.userTable === undefined) return undefined
  const key = `CAST(${quoteIdentifier(source.userColumn)} AS varchar)`
  const random = `max(CAST(${quoteIdentifier(rules.userRndColumn)} AS double))`
  const users = `SELECT ${key} AS batch_user, ${random} AS batch_random FROM ${quoteTable(rules.userTable)} GROUP BY ${key}`
  return {
    join: `LEFT JOIN (${users}) AS batches ON CAST(${user} AS varchar) = batch_user`,
    random: 'batch_random',
  }
}
