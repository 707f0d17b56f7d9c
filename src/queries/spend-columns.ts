import { nameOf, type TableName, type Warehouse } from '../warehouse/warehouse.ts'
import { asText } from './column-sql.ts'
import type { Sql } from './sql.ts'
import { type TimeColumn, timeSql } from './time-column-sql.ts'
import { describeExisting, maybeColumn, nameSql, needColumn, valueSql } from './touchpoint-columns.ts'

const OPTION = '--spend-table (SPEND_TABLE)'
const NEEDS = 'the columns channel and spend, and time if its rows have a day'

/** SQL over a row of the spend table. */
export interface SpendColumns {
  /** As varchar, NULL where it is blank or a text that stands for NULL. */
  readonly channel: Sql
  /** The same; undefined if the table has no such column. */
  readonly campaign: Sql | undefined
  /** decimal(38, 6), NULL if it can't be read, 0 if there is none. */
  readonly spend: Sql
  readonly spendText: Sql
  /** Undefined if the table has no such column: then all rows count. */
  readonly time: TimeColumn | undefined
}

/**
 * @param inputTimeZone of times that name none. @param nullTexts texts that stand for NULL as channel or campaign, in lower case.
 * @returns the expressions for the columns channel, spend and, if there are such, campaign and time.
 * @throws {ConfigError} naming `--spend-table` if the table or a column is missing.
 */
export async function readSpendColumns(
  warehouse: Warehouse,
  table: TableName,
  inputTimeZone?: string,
  nullTexts?: readonly string[],
): Promise<SpendColumns> {
  const columns = await describeExisting(warehouse, table, OPTION)
  const find = (name: string) => needColumn(columns, name, `${OPTION} ${nameOf(table)}`, NEEDS)
  const spend = find('spend')
  const time = maybeColumn(columns, 'time')
  const campaign = maybeColumn(columns, 'campaign')
  return {
    channel: nameSql(find('channel'), nullTexts),
    campaign: campaign === undefined ? undefined : nameSql(campaign, nullTexts),
    spend: valueSql(spend),
    spendText: asText(spend),
    time: time === undefined ? undefined : timeSql(time, { unit: 's', inputTimeZone }),
  }
}
