import { DataError } from '../errors.ts'
import type { TouchpointSource } from '../examples/touchpoints.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { amount, readAllRows, select, text } from './result-columns.ts'
import { type Sql, sql } from './sql.ts'
import { inSpanSql, pruneSql, type ReadSpan } from './time-sql.ts'
import type { TouchpointColumns } from './touchpoint-columns.ts'

const KINDS_SHOWN = 10

/**
 * Where no conversion is of the chosen kind, tells which kinds there are: one more scan, for the message alone.
 * @throws {DataError} naming the option, the kind and up to ten that were found. Nothing if there are no conversions
 *   of any kind, or all kinds count.
 */
export async function refuseUnknownKind(
  warehouse: Warehouse,
  source: TouchpointSource,
  columns: TouchpointColumns,
  span: ReadSpan,
  signal?: AbortSignal,
): Promise<void> {
  const { kind } = columns
  if (source.conversionKind === undefined || kind === undefined) return
  const query = kindsQuery(warehouse, source, columns, kind, span)
  const found = await readAllRows(warehouse, query, signal)
  if (found.length === 0) return
  const { column, type } = source.conversionKind
  const shown = found
    .slice(0, KINDS_SHOWN)
    .map(({ kind, rows }) => `${kind === null ? 'NULL' : JSON.stringify(kind)} (${rows})`)
  throw new DataError(
    `--conversion-type (CONVERSION_TYPE) is ${JSON.stringify(type)}: table ${source.table.database}.${source.table.table} ` +
      `has no conversion of that kind (in the range); its conversions have in ${column} ${shown.join(', ')}` +
      `${found.length > KINDS_SHOWN ? ' and others' : ''}`,
  )
}

function kindsQuery(
  warehouse: Warehouse,
  source: TouchpointSource,
  columns: TouchpointColumns,
  kind: Sql,
  span: ReadSpan,
) {
  const isConversion = sql.and(
    pruneSql(warehouse, columns, span),
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
