import { type Column, nameOf, type TableName, type Warehouse } from '../warehouse/warehouse.ts'
import { asText, isFraction, isWhole } from './column-sql.ts'
import { type Sql, sql } from './sql.ts'
import { describeExisting, maybeColumn, needColumn, valueSql } from './touchpoint-columns.ts'

export const PATHS_OPTION = '--paths (PATHS)'
const NEEDS = 'the columns path and conversions, and value and nulls if there are any'

/** Names that other programs give these columns are understood, too. */
const names = {
  conversions: ['conversions', 'total_conversions', 'conversion'],
  value: ['value', 'total_conversion_value', 'conversion_value'],
  nulls: ['nulls', 'total_null', 'null_paths'],
} as const

/** Between the channels of an array: the unit separator of ASCII, which stands in no name. */
export const ARRAY_SEPARATOR = '\u001f'

/** SQL over a row of a table of paths. */
export interface PathColumns {
  /** As varchar; the channels of an array have {@link ARRAY_SEPARATOR} between them. */
  readonly path: Sql
  readonly isArray: boolean
  /** Names of the columns, as the table has them. */
  readonly names: { readonly conversions: string; readonly nulls: string; readonly value: string }
  /** A double, NULL if it can't be read; true is 1. */
  readonly conversions: Sql
  readonly conversionsText: Sql
  /** Undefined without such a column: then rows of journeys that did not convert are paths without a conversion. */
  readonly nulls: Sql | undefined
  readonly nullsText: Sql | undefined
  /** decimal(38, 6), NULL if it can't be read. Undefined without such a column. */
  readonly value: Sql | undefined
  readonly valueText: Sql | undefined
  /** Whether each row is one journey: a column `conversion`, which has 1 or 0. */
  readonly isJourneys: boolean
  /** Whether the row is one journey that did not convert. */
  readonly isNo: Sql
}

/** @throws {ConfigError} naming `--paths` if the table or a column is missing. */
export async function readPathColumns(warehouse: Warehouse, table: TableName): Promise<PathColumns> {
  const columns = await describeExisting(warehouse, table, PATHS_OPTION)
  const label = `${PATHS_OPTION} ${nameOf(table)}`
  const find = (spellings: readonly string[]) =>
    spellings.map((name) => maybeColumn(columns, name)).find((column) => column !== undefined)
  const path = needColumn(columns, 'path', label, NEEDS)
  const conversions = find(names.conversions) ?? needColumn(columns, 'conversions', label, NEEDS)
  const [nulls, value] = [find(names.nulls), find(names.value)]
  const isArray = /\[\d*\]$|^array/.test(path.type)
  return {
    path: isArray
      ? sql`array_join(${sql.identifier(path.name)}, ${sql.literal(ARRAY_SEPARATOR)})`
      : asText(path),
    isArray,
    names: {
      conversions: conversions.name,
      nulls: nulls?.name ?? names.nulls[0],
      value: value?.name ?? names.value[0],
    },
    conversions: countSql(conversions),
    conversionsText: asText(conversions),
    nulls: nulls && countSql(nulls),
    nullsText: nulls && asText(nulls),
    value: value && valueSql(value),
    valueText: value && asText(value),
    isJourneys: isJourneys(conversions),
    isNo: isNoSql(conversions),
  }
}

function isJourneys({ name }: Column): boolean {
  return name.toLowerCase() === 'conversion'
}

/** Where each row is a journey, 0 is one that did not convert; a column `conversions` has it for a path that nobody took. */
function isNoSql(column: Column): Sql {
  if (isJourneys(column)) return sql`coalesce(${countSql(column)} = 0e0, false)`
  return sql`coalesce(lower(trim(${asText(column)})) = 'false', false)`
}

function countSql(column: Column): Sql {
  const name = sql.identifier(column.name)
  if (isWhole(column.type) || isFraction(column.type)) return sql`coalesce(CAST(${name} AS double), 0e0)`
  const text = sql`lower(trim(${asText(column)}))`
  return sql`CASE WHEN ${text} IS NULL OR ${text} IN ('', 'false') THEN 0e0 WHEN ${text} = 'true' THEN 1e0 ELSE TRY_CAST(${text} AS double) END`
}
