import { DataError } from '../errors.ts'
import { isBlank, OTHER_CHANNEL } from '../examples/vocabulary.ts'
import type { Row, TableName, Warehouse } from '../warehouse/warehouse.ts'
import { readSpendColumns, type SpendColumns } from './spend-columns.ts'
import { type Sql, sql } from './sql.ts'
import { inSpanSql, pruneSql } from './time-sql.ts'

/** Unix seconds, the end not included. */
export interface SpendPeriod {
  readonly fromSec: number
  readonly toSec: number
}

/** What was spent, by channel as the attribution names them. */
export interface Spend {
  readonly byChannel: ReadonlyMap<string, number>
  /** Spend of rows without a channel: of no use, and told. */
  readonly withoutChannel: number
}

/**
 * Adds up the spend table in the warehouse, by one query that gives a row a channel.
 * @param period rows outside of it don't count, where the table has a time.
 * @param folded channels that are kept apart where the rest is `(other)`; undefined: none is folded.
 * @throws {ConfigError} where table or columns aren't there.
 * @throws {DataError} for an empty table, negative spend, and what is no number or no time.
 */
export async function readSpend(
  warehouse: Warehouse,
  table: TableName,
  period: SpendPeriod,
  folded: ReadonlySet<string> | undefined,
  signal?: AbortSignal,
): Promise<Spend> {
  const columns = await readSpendColumns(warehouse, table)
  const byChannel = new Map<string, number>()
  let withoutChannel = 0
  let rows = 0
  for await (const batch of warehouse.query(spendSql(warehouse, table, columns, period), signal)) {
    for (const row of batch) {
      checkRow(table, row)
      rows += Number(row[COUNT])
      const channel = row[CHANNEL] === null ? null : String(row[CHANNEL])
      if (isBlank(channel)) withoutChannel += Number(row[SPEND])
      else {
        const name = folded === undefined || folded.has(channel) ? channel : OTHER_CHANNEL
        byChannel.set(name, (byChannel.get(name) ?? 0) + Number(row[SPEND]))
      }
    }
  }
  if (rows === 0) throw await noRows(warehouse, table, columns, period, signal)
  return { byChannel, withoutChannel }
}

const [CHANNEL, SPEND, COUNT, UNTOLD, UNTOLD_EXAMPLE, NEGATIVE, LEAST, TIMELESS, TIMELESS_EXAMPLE] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8,
] as const

/** Rows without a time are read, so that they are told of instead of missing. */
function spendSql(
  warehouse: Warehouse,
  table: TableName,
  { channel, spend, spendText, time }: SpendColumns,
  period: SpendPeriod,
): Sql {
  const prune = time === undefined ? undefined : pruneSql(warehouse, time, period)
  return sql`SELECT
  channel,
  CAST(sum(spend) AS double),
  count(*),
  count_if(spend IS NULL),
  min(CASE WHEN spend IS NULL THEN spend_text END),
  count_if(spend < 0),
  CAST(min(spend) AS double),
  count_if(at_sec IS NULL),
  min(CASE WHEN at_sec IS NULL THEN time_text END)
FROM (
  SELECT
    ${channel} AS channel,
    ${spend} AS spend,
    ${spendText} AS spend_text,
    ${time?.atSec ?? period.fromSec} AS at_sec,
    ${time?.timeText ?? sql`CAST(NULL AS varchar)`} AS time_text
  FROM ${sql.table(table)}${
    prune === undefined
      ? sql``
      : sql`
  WHERE ${prune}`
  }
) AS typed
WHERE at_sec IS NULL OR (${inSpanSql(period, sql`at_sec`)})
GROUP BY channel`
}

function checkRow(table: TableName, row: Row): void {
  const label = `--spend-table (SPEND_TABLE) ${nameOf(table)}`
  const example = (at: number) => (row[at] === null ? 'NULL' : JSON.stringify(row[at]))
  if (Number(row[UNTOLD]) > 0) {
    throw new DataError(
      `${label}: column spend has ${row[UNTOLD]} rows that are no number, such as ${example(UNTOLD_EXAMPLE)}: correct them`,
    )
  }
  if (Number(row[NEGATIVE]) > 0) {
    throw new DataError(
      `${label}: column spend has ${row[NEGATIVE]} negative rows, such as ${row[LEAST]} for ` +
        `${example(CHANNEL)}: spend is 0 or more`,
    )
  }
  if (Number(row[TIMELESS]) === 0) return
  throw new DataError(
    `${label}: column time has ${row[TIMELESS]} rows that are not unix seconds, a timestamp or ISO 8601 text, ` +
      `such as ${example(TIMELESS_EXAMPLE)}: correct them, or leave the column out`,
  )
}

/** One more query, for the message alone. */
async function noRows(
  warehouse: Warehouse,
  table: TableName,
  { time }: SpendColumns,
  period: SpendPeriod,
  signal: AbortSignal | undefined,
): Promise<DataError> {
  const label = `--spend-table (SPEND_TABLE) ${nameOf(table)}`
  const atSec = time?.atSec ?? sql`CAST(NULL AS bigint)`
  const query = sql`SELECT count(*), min(${atSec}), max(${atSec}) FROM ${sql.table(table)}`
  for await (const [row] of warehouse.query(query, signal)) {
    const [rows = 0, first = 0, last = 0] = (row ?? []).map(Number)
    if (rows === 0) break
    return new DataError(
      `${label} has no rows from ${isoOf(period.fromSec)} to ${isoOf(period.toSec)}, the time of the export: its column ` +
        `time goes from ${isoOf(first)} to ${isoOf(last)}; the day that the money was spent on has to stand there`,
    )
  }
  return new DataError(`${label} has no rows: fill it, or leave the option out`)
}

function isoOf(sec: number): string {
  return new Date(sec * 1000).toISOString().replace('.000', '')
}

function nameOf({ database, table }: TableName): string {
  return `${database}.${table}`
}
