import type { TouchpointSource } from '../examples/touchpoints.ts'
import { quoteTable } from './sql.ts'
import type { TouchpointColumns } from './touchpoint-columns.ts'

/** What {@link typedRowsSql} is built from. */
export interface TypedRowsParts {
  readonly source: TouchpointSource
  readonly columns: TouchpointColumns
  /** Condition by which the warehouse prunes; undefined where it has none. */
  readonly prune: string | undefined
}

/** @returns a table expression for FROM, `typed`: user_key, at_sec, channel, converts, value of each touchpoint. */
export function typedRowsSql({ source, columns, prune }: TypedRowsParts): string {
  return `(
    SELECT
      ${columns.user} AS user_key,
      ${columns.atSec} AS at_sec,
      ${columns.channel} AS channel,
      ${columns.converts} AS converts,
      ${columns.value} AS value
    FROM ${quoteTable(source.table)}${prune === undefined ? '' : `\n    WHERE ${prune}`}
  ) AS typed`
}

/** @returns a common table expression. */
export function cte(name: string, sql: string): string {
  return `${name} AS (\n${sql}\n)`
}
