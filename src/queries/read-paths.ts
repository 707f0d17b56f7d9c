import { type PathTable, PathTableBuilder } from '../comparison/path-table.ts'
import type { Row, Warehouse } from '../warehouse/warehouse.ts'
import { CREDIT_PARTS, RULE_NAMES, VALUE_PARTS } from './rule-sql.ts'
import type { Sql } from './sql.ts'

/** What the rules of thumb credit to a channel on a day before the conversion. */
export interface RuleCell {
  readonly place: number
  readonly daysBefore: number
  /** Conversions and value in the order of {@link RULE_NAMES}; no value without a value column. */
  readonly conversions: readonly number[]
  readonly value: readonly number[]
}

export interface PathsAndCredits {
  readonly paths: PathTable
  /** Cells that a conversion's touch lies in. */
  readonly cells: readonly RuleCell[]
}

/** Where the amounts of a path stand, and behind them the credits of a cell. */
const AMOUNTS = 3
const CREDITS = 6

/**
 * Runs the query of `path-sql.ts`.
 * @throws {RemoteError} where the warehouse fails. Memory: 2 bytes a touch of the distinct paths, 28 a path.
 */
export async function readPaths(
  warehouse: Warehouse,
  query: Sql,
  signal: AbortSignal,
): Promise<PathsAndCredits> {
  const builder = new PathTableBuilder()
  const cells: RuleCell[] = []
  for await (const rows of warehouse.query(query, signal)) {
    for (const row of rows) {
      const [path] = row
      if (path === null || path === undefined) cells.push(cellOf(row))
      else builder.add(placesIn(String(path)), amount(row, 0), amount(row, 1), amount(row, 2))
    }
  }
  return { paths: builder.build(), cells }
}

function amount(row: Row, at: number): number {
  return Number(row[AMOUNTS + at] ?? 0)
}

function placesIn(path: string): number[] {
  return path === '' ? [] : path.split(' ').map(Number)
}

function cellOf(row: Row): RuleCell {
  const valueCredits = CREDITS + RULE_NAMES.length
  const credits = (from: number, to: number, parts: number) =>
    row.slice(from, to).map((sum) => Number(sum ?? 0) / parts)
  return {
    place: Number(row[1]),
    daysBefore: Number(row[2]),
    conversions: credits(CREDITS, valueCredits, CREDIT_PARTS),
    value: credits(valueCredits, row.length, VALUE_PARTS),
  }
}
