import { type PathShape, type ShapeShares, shapeKey, timelessRules } from '../comparison/credit-paths.ts'
import type { RuleOptions } from '../comparison/rules-of-thumb.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { creditParts } from './exact-sums.ts'
import { amount, readRows, select, text } from './result-columns.ts'
import { sql } from './sql.ts'

/** Few enough for one query. */
const SHAPES_AT_ONCE = 1000

/**
 * Asks the warehouse what each touch of a path gets, in the SQL by which touchpoints are credited.
 * @throws {RemoteError} if the warehouse fails.
 */
export async function readRuleShares(
  warehouse: Warehouse,
  shapes: readonly PathShape[],
  options: RuleOptions,
  signal: AbortSignal,
): Promise<ShapeShares> {
  const shares = new Map<string, bigint[][]>()
  for (let from = 0; from < shapes.length; from += SHAPES_AT_ONCE) {
    const query = sharesQuery(shapes.slice(from, from + SHAPES_AT_ONCE), options)
    for await (const { touches, lastIndirectTouch, touch, parts } of readRows(warehouse, query, signal)) {
      const key = shapeKey({ touches, lastIndirectTouch })
      const ofShape = shares.get(key) ?? []
      shares.set(key, ofShape)
      ofShape[touch - 1] = (parts ?? '').split(' ').map(BigInt)
    }
  }
  return shares
}

function sharesQuery(shapes: readonly PathShape[], options: RuleOptions) {
  const values = shapes.map(({ touches, lastIndirectTouch }) => sql`(${touches}, ${lastIndirectTouch})`)
  const parts = timelessRules.map(
    ({ creditSql }) => sql`CAST(${creditParts(sql`(${creditSql(options)})`)} AS varchar)`,
  )
  return select(
    {
      touches: amount(sql`touches`),
      lastIndirectTouch: amount(sql`last_indirect_touch`),
      touch: amount(sql`touch`),
      parts: text(sql.join(parts, sql` || ' ' || `)),
    },
    sql`FROM (VALUES ${sql.join(values)}) AS shapes (touches, last_indirect_touch)
CROSS JOIN UNNEST(sequence(1, touches)) AS numbered (touch)`,
  )
}
