import { type PathTable, PathTableBuilder } from '../comparison/path-table.ts'
import { type RuleOfThumb, rulesOfThumb } from '../comparison/rules-of-thumb.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { CREDIT_PARTS, VALUE_PARTS } from './exact-sums.ts'
import { creditKey, type PathSqlParts, pathQuery } from './path-sql.ts'
import { positionsOf } from './result-columns.ts'
import { NO_SEGMENT } from './segments-sql.ts'
import type { Sql } from './sql.ts'

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
  const all = new PathReader()
  await readInto(warehouse, parts, () => all, signal)
  return all.build()
}

/**
 * Reads the credited conversions by segment.
 * @throws {RemoteError} if the warehouse fails.
 */
export async function readPathsBySegment(
  warehouse: Warehouse,
  parts: PathSqlParts & { readonly segment: Sql },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, PathsAndCredits>> {
  const readers = new Map<string, PathReader>()
  const readerOf = (segment: string | null) => {
    const name = segment ?? NO_SEGMENT
    const reader = readers.get(name) ?? new PathReader()
    readers.set(name, reader)
    return reader
  }
  await readInto(warehouse, parts, readerOf, signal)
  return new Map(Array.from(readers, ([name, reader]) => [name, reader.build()]))
}

async function readInto(
  warehouse: Warehouse,
  parts: PathSqlParts,
  readerOf: (segment: string | null) => PathReader,
  signal: AbortSignal,
): Promise<void> {
  const query = pathQuery(parts)
  const at = positionsOf(query.columns)
  const keys = Object.keys(query.columns)
  const positions = (kind: 'credit' | 'value') =>
    rulesOfThumb
      .map(({ method }) => keys.indexOf(creditKey(method, kind)))
      .filter((position) => position >= 0)
  const [credits, values] = [positions('credit'), positions('value')]
  for await (const rows of warehouse.query(query.sql, signal)) {
    for (const row of rows) {
      const number = (position: number) => Number(row[position] ?? 0)
      const path = row[at.pathText] ?? null
      const segment = at.segmentName === undefined ? null : (row[at.segmentName] ?? null)
      const reader = readerOf(segment === null ? null : String(segment))
      if (path !== null) {
        reader.paths.add(placesIn(String(path)), {
          conversions: number(at.conversions),
          nullPaths: number(at.nullPaths),
          value: number(at.pathValue),
          creditedConversions: number(at.creditedConversions),
          creditedValue: number(at.creditedValue),
        })
        continue
      }
      reader.addCell({
        place: number(at.touchedPlace),
        daysBefore: number(at.touchedDaysBefore),
        conversions: credits.map((position) => number(position) / CREDIT_PARTS),
        value: values.map((position) => number(position) / VALUE_PARTS),
      })
    }
  }
}

/** Gathers paths and cells; those of several segments may be one's. */
class PathReader {
  readonly paths = new PathTableBuilder()
  private readonly cells = new Map<string, RuleCell>()

  addCell(cell: RuleCell): void {
    const key = `${cell.place} ${cell.daysBefore}`
    const former = this.cells.get(key)
    const sum = (kind: 'conversions' | 'value') =>
      cell[kind].map((part, at) => part + (former?.[kind][at] ?? 0))
    this.cells.set(key, { ...cell, conversions: sum('conversions'), value: sum('value') })
  }

  build(): PathsAndCredits {
    return { paths: this.paths.build(), cells: [...this.cells.values()], rules: rulesOfThumb }
  }
}

function placesIn(path: string): number[] {
  return path === '' ? [] : path.split(' ').map(Number)
}
