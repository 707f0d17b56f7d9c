import type { Row, Warehouse } from '../warehouse/warehouse.ts'
import { type PathTable, PathTableBuilder } from './path-table.ts'
import { RULE_NAMES } from './rule-sql.ts'

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

const AMOUNTS = 3

/**
 * Runs the query of `path-sql.ts`.
 * @throws {RemoteError} where the warehouse fails. Memory: 2 bytes a touch of the distinct paths, 28 a path.
 */
export async function readPaths(
  warehouse: Warehouse,
  sql: string,
  signal: AbortSignal,
): Promise<PathsAndCredits> {
  const builder = new PathTableBuilder()
  const cells: RuleCell[] = []
  for await (const rows of warehouse.query(sql, signal)) {
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
  const rules = RULE_NAMES.length
  const amounts = row.slice(AMOUNTS).map((one) => Number(one ?? 0))
  return {
    place: Number(row[1]),
    daysBefore: Number(row[2]),
    conversions: amounts.slice(0, rules),
    value: amounts.slice(rules),
  }
}
