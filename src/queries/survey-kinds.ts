import { DataError } from '../errors.ts'
import { nameOf, type Warehouse } from '../warehouse/warehouse.ts'
import { amount, readRows, select, text } from './result-columns.ts'
import { type Sql, sql } from './sql.ts'
import { inSpanSql } from './time-sql.ts'
import type { TouchpointScan } from './touchpoint-scan.ts'

const KINDS_SHOWN = 10

/**
 * Says which kinds there are if no conversion has the chosen one: another scan, just for the message.
 * @throws {DataError} naming the option, the kind and up to ten that were found; nothing is thrown if there is no
 *   conversion at all, or if all kinds count.
 */
export async function refuseUnknownKind(
  warehouse: Warehouse,
  scan: TouchpointScan,
  signal?: AbortSignal,
): Promise<void> {
  const { source, columns } = scan
  if (source.conversionKind === undefined || columns.kind === undefined) return
  const found: string[] = []
  for await (const row of readRows(warehouse, kindsQuery(scan, columns.kind), signal)) {
    found.push(`${row.kind === null ? 'NULL' : JSON.stringify(row.kind)} (${row.rows})`)
  }
  if (found.length === 0) return
  const { column, type } = source.conversionKind
  throw new DataError(
    `--conversion-type (CONVERSION_TYPE) is ${JSON.stringify(type)}: table ${nameOf(source.table)} ` +
      `has no conversion of that kind (in the range); its conversions have ${column} ${found.slice(0, KINDS_SHOWN).join(', ')}` +
      `${found.length > KINDS_SHOWN ? ' and others' : ''}`,
  )
}

function kindsQuery({ source, columns, span, prune }: TouchpointScan, kind: Sql) {
  const isConversion = sql.and(
    prune,
    sql`${columns.user} IS NOT NULL`,
    sql`${columns.atSec} IS NOT NULL`,
    inSpanSql(span, columns.atSec),
    sql`${columns.convertsInAnyWay} = 1`,
  )
  return select(
    { kind: text(kind), rows: amount(sql`count(*)`) },
    sql`FROM ${sql.table(source.table)}
WHERE ${isConversion}
GROUP BY 1
ORDER BY 2 DESC, 1
LIMIT ${KINDS_SHOWN + 1}`,
  )
}
