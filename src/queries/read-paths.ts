import { type PathTable, PathTableBuilder } from '../comparison/path-table.ts'
import { type RuleOfThumb, rulesOfThumb } from '../comparison/rules-of-thumb.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { CREDIT_PARTS, VALUE_PARTS } from './exact-sums.ts'
import { creditKey, type PathSqlParts, pathQuery } from './path-sql.ts'
import { positionsOf } from './result-columns.ts'

/** What the rules of thumb credit to a channel some days before the conversion. */
export interface RuleCell {
  /** Of the channel; of the campaign among the leaves, where touches are told apart by campaign. */
  readonly place: number
  /** Null where paths have no times. */
  readonly daysBefore: number | null
  /** Conversions and value in the order of the rules; `value` is empty without a value column. */
  readonly conversions: readonly number[]
  readonly value: readonly number[]
}

export interface PathsAndCredits {
  readonly paths: PathTable
  /** Cells with a touch of a credited conversion. */
  readonly cells: readonly RuleCell[]
  /** The rules that the cells have amounts of, in this order. */
  readonly rules: readonly RuleOfThumb[]
}

/**
 * Runs the query of `path-sql.ts`.
 * @throws {RemoteError} if the warehouse fails. Memory: 2 bytes per touch of the distinct paths, 44 per path.
 */
export async function readPaths(
  warehouse: Warehouse,
  parts: PathSqlParts,
  signal: AbortSignal,
): Promise<PathsAndCredits> {
  const query = pathQuery(parts)
  const at = positionsOf(query.columns)
  const keys = Object.keys(query.columns)
  const positions = (kind: 'credit' | 'value') =>
    rulesOfThumb
      .map(({ method }) => keys.indexOf(creditKey(method, kind)))
      .filter((position) => position >= 0)
  const [credits, values] = [positions('credit'), positions('value')]
  const builder = new PathTableBuilder()
  const cells: RuleCell[] = []
  for await (const rows of warehouse.query(query.sql, signal)) {
    for (const row of rows) {
      const number = (position: number) => Number(row[position] ?? 0)
      const path = row[at.pathText] ?? null
      if (path !== null) {
        builder.add(placesIn(String(path)), {
          conversions: number(at.conversions),
          nullPaths: number(at.nullPaths),
          value: number(at.pathValue),
          creditedConversions: number(at.creditedConversions),
          creditedValue: number(at.creditedValue),
        })
        continue
      }
      cells.push({
        place: number(at.touchedPlace),
        daysBefore: number(at.touchedDaysBefore),
        conversions: credits.map((position) => number(position) / CREDIT_PARTS),
        value: values.map((position) => number(position) / VALUE_PARTS),
      })
    }
  }
  return { paths: builder.build(), cells, rules: rulesOfThumb }
}

function placesIn(path: string): number[] {
  return path === '' ? [] : path.split(' ').map(Number)
}
