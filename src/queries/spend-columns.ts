import { ConfigError } from '../errors.ts'
import type { Column, TableName, Warehouse } from '../warehouse/warehouse.ts'
import type { Sql } from './sql.ts'
import { asText, maybeColumn, type TouchpointColumns, timeSql, valueSql } from './touchpoint-columns.ts'

/** SQL over a row of the spend table. */
export interface SpendColumns {
  /** As varchar. */
  readonly channel: Sql
  /** decimal(38, 6), NULL if it can't be told, 0 if there is none. */
  readonly spend: Sql
  readonly spendText: Sql
  /** Undefined if the table has no column of that name: then all of it counts. */
  readonly time: Pick<TouchpointColumns, 'atSec' | 'timeText' | 'prunableTime'> | undefined
}

/**
 * @returns the expressions for the columns channel, spend and, if there is one, time.
 * @throws {ConfigError} naming `--spend-table` if the table or a column isn't there.
 */
export async function readSpendColumns(warehouse: Warehouse, table: TableName): Promise<SpendColumns> {
  const name = `${table.database}.${table.table}`
  const columns = await warehouse.describeTable(table)
  if (columns === undefined) {
    throw new ConfigError(
      `--spend-table (SPEND_TABLE): there is no table ${name} in ${warehouse.name}; check --db (DB) and the name`,
    )
  }
  const spend = needColumn(columns, 'spend', name)
  const time = maybeColumn(columns, 'time')
  return {
    channel: asText(needColumn(columns, 'channel', name)),
    spend: valueSql(spend),
    spendText: asText(spend),
    time: time === undefined ? undefined : timeSql(time),
  }
}

function needColumn(columns: readonly Column[], name: string, table: string): Column {
  const found = maybeColumn(columns, name)
  if (found !== undefined) return found
  const names = columns.map((column) => column.name).join(', ')
  throw new ConfigError(
    `--spend-table (SPEND_TABLE) ${table} has no column ${name}; it has ${names}: ` +
      'columns channel, spend and, where rows have a day, time are needed',
  )
}
