import { DataError } from '../errors.ts'
import { meaningBy, type RunRules } from '../examples/channel-rules.ts'
import { NO_CAMPAIGN } from '../examples/leaves.ts'
import { isoTime } from '../examples/local-days.ts'
import { isBlank, OTHER_CHANNEL } from '../examples/vocabulary.ts'
import { nameOf, type TableName, type Warehouse } from '../warehouse/warehouse.ts'
import {
  amount,
  doubleAmount,
  maybeNumber,
  type Query,
  type ResultRow,
  readOneRow,
  readRows,
  select,
  text,
} from './result-columns.ts'
import { readSpendColumns, type SpendColumns } from './spend-columns.ts'
import { sql } from './sql.ts'
import { inSpanSql, pruneSql } from './time-sql.ts'

/** Unix seconds, the end not included, and how rows are read. */
export interface SpendPeriod {
  readonly fromSec: number
  readonly toSec: number
  /** Start of the time that is learned from: a table with rows there may lack some of the credited days. */
  readonly learnedFromSec?: number | undefined
  /** Zone of days and times that name none; absent: UTC. */
  readonly inputTimeZone?: string | undefined
  /** Texts that stand for NULL as channel or campaign, in lower case; absent: none. */
  readonly nullTexts?: readonly string[] | undefined
}

/** What was spent on a campaign. */
export interface CampaignSpend {
  readonly channel: string
  readonly campaign: string
  readonly spend: number
}

/** What was spent, by the channel names of the attribution. */
export interface Spend {
  readonly byChannel: ReadonlyMap<string, number>
  /** The same by campaign, one entry each; undefined where the table has no column campaign. */
  readonly byCampaign: readonly CampaignSpend[] | undefined
  /** Channels of the table, by the names that rules give them. */
  readonly channels: readonly string[]
  /** Spend of rows without a channel, which is only reported. */
  readonly withoutChannel: number
  /** Spend of channels that rules leave out, which is only reported. */
  readonly ignored: number
  /** Its rows have a day or time, so that those of the period could be told from others. */
  readonly hasTime: boolean
  /** The table has rows before the period, but none in it. */
  readonly isMissing: boolean
  /** Rows whose day or time names no zone, and the first of them. */
  readonly zoneless: { readonly rows: number; readonly example: string | null }
}

/**
 * Adds up the spend table in the warehouse, by a query that returns one row per channel and campaign.
 * @param period rows outside it don't count, if the table has a time.
 * @param kept channels that are kept apart if the rest is `(other)`; undefined: all are.
 * @param runRules of channels: what the table has under several names of one channel is added up.
 * @throws {ConfigError} if the table or a column is missing.
 * @throws {DataError} for an empty table, negative spend, and values that are not numbers or times.
 */
export async function readSpend(
  warehouse: Warehouse,
  table: TableName,
  period: SpendPeriod,
  kept: ReadonlySet<string> | undefined,
  signal?: AbortSignal,
  runRules?: RunRules,
): Promise<Spend> {
  const columns = await readSpendColumns(warehouse, table, period.inputTimeZone, period.nullTexts)
  const byChannel = new Map<string, number>()
  const channels = new Set<string>()
  const campaigns = new Map<string, CampaignSpend>()
  const zoneless: { rows: number; example: string | null } = { rows: 0, example: null }
  const meaning = meaningBy(runRules)
  let [withoutChannel, ignored] = [0, 0]
  let rows = 0
  for await (const row of readRows(warehouse, spendQuery(warehouse, table, columns, period), signal)) {
    checkRow(table, row)
    rows += row.rows
    zoneless.rows += row.zoneless
    zoneless.example ??= row.zonelessExample
    const { total } = row
    const channel = isBlank(row.channel) ? '' : meaning(row.channel)
    if (channel === null) ignored += total
    else if (channel === '') withoutChannel += total
    else {
      const name = kept === undefined || kept.has(channel) ? channel : OTHER_CHANNEL
      channels.add(channel)
      byChannel.set(name, (byChannel.get(name) ?? 0) + total)
      addCampaign(campaigns, name, row.campaign, total)
    }
  }
  if (rows === 0) await checkRowsBefore(warehouse, table, columns, period, signal)
  const hasTime = columns.time !== undefined
  return {
    byChannel,
    byCampaign: columns.campaign === undefined ? undefined : [...campaigns.values()],
    channels: [...channels],
    withoutChannel,
    ignored,
    hasTime,
    isMissing: rows === 0,
    zoneless,
  }
}

function addCampaign(
  campaigns: Map<string, CampaignSpend>,
  channel: string,
  name: string | null,
  spend: number,
): void {
  const campaign = isBlank(name) ? NO_CAMPAIGN : name
  const key = JSON.stringify([channel, campaign])
  campaigns.set(key, { channel, campaign, spend: spend + (campaigns.get(key)?.spend ?? 0) })
}

const spent = {
  channel: text(sql`channel`),
  campaign: text(sql`campaign`),
  total: doubleAmount(sql`sum(spend)`),
  rows: amount(sql`count(*)`),
  unreadable: amount(sql`count_if(spend IS NULL)`),
  unreadableExample: text(sql`min(CASE WHEN spend IS NULL THEN spend_text END)`),
  negative: amount(sql`count_if(spend < 0)`),
  least: maybeNumber(sql`CAST(min(spend) AS double)`),
  zoneless: amount(sql`count_if(is_zoneless)`),
  zonelessExample: text(sql`min(CASE WHEN is_zoneless THEN time_text END)`),
  timeless: amount(sql`count_if(at_sec IS NULL)`),
  timelessExample: text(sql`min(CASE WHEN at_sec IS NULL THEN time_text END)`),
}

/** Reads rows without a time too, so that they are reported instead of ignored. */
function spendQuery(
  warehouse: Warehouse,
  table: TableName,
  { channel, campaign, spend, spendText, time }: SpendColumns,
  period: SpendPeriod,
): Query<typeof spent> {
  return select(
    spent,
    sql`FROM (
  SELECT
    ${channel} AS channel,
    ${campaign ?? sql`CAST(NULL AS varchar)`} AS campaign,
    ${spend} AS spend,
    ${spendText} AS spend_text,
    ${time?.atSec ?? period.fromSec} AS at_sec,
    ${time?.timeText ?? sql`CAST(NULL AS varchar)`} AS time_text,
    ${time?.isZoneless ?? sql`false`} AS is_zoneless
  FROM ${sql.table(table)}
  WHERE ${sql.and(time && pruneSql(warehouse, time, period))}
) AS typed
WHERE at_sec IS NULL OR (${inSpanSql(period, sql`at_sec`)})
GROUP BY channel, campaign`,
  )
}

function checkRow(table: TableName, row: ResultRow<typeof spent>): void {
  const label = `--spend-table (SPEND_TABLE) ${nameOf(table)}`
  const quoted = (example: string | null) => (example === null ? 'NULL' : JSON.stringify(example))
  if (row.unreadable > 0) {
    throw new DataError(
      `${label}: column spend has ${row.unreadable} rows that are not numbers, such as ${quoted(row.unreadableExample)}: correct them`,
    )
  }
  if (row.negative > 0) {
    throw new DataError(
      `${label}: column spend has ${row.negative} negative rows, such as ${row.least} for ` +
        `${quoted(row.channel)}: spend is 0 or more`,
    )
  }
  if (row.timeless === 0) return
  throw new DataError(
    `${label}: column time has ${row.timeless} rows that are not unix seconds, a timestamp or ISO 8601 text, ` +
      `such as ${quoted(row.timelessExample)}: correct them, or leave the column out`,
  )
}

/** @throws {DataError} for a table without rows in the period, unless it has some in the time that is learned from. */
async function checkRowsBefore(
  warehouse: Warehouse,
  table: TableName,
  { time }: SpendColumns,
  period: SpendPeriod,
  signal: AbortSignal | undefined,
): Promise<void> {
  const label = `--spend-table (SPEND_TABLE) ${nameOf(table)}`
  const atSec = time?.atSec ?? sql`CAST(NULL AS bigint)`
  const query = select(
    {
      rows: amount(sql`count(*)`),
      firstSec: amount(sql`min(${atSec})`),
      lastSec: amount(sql`max(${atSec})`),
      rowsBefore: amount(
        sql`count_if(${inSpanSql({ fromSec: period.learnedFromSec ?? period.fromSec, toSec: period.fromSec }, atSec)})`,
      ),
    },
    sql`FROM ${sql.table(table)}`,
  )
  const { rows, firstSec, lastSec, rowsBefore } = await readOneRow(warehouse, query, signal)
  if (rows === 0) throw new DataError(`${label} has no rows: fill it, or leave the option out`)
  if (rowsBefore > 0) return
  throw new DataError(
    `${label} has no rows from ${isoTime(period.fromSec)} to ${isoTime(period.toSec)}, the time that is credited: its column ` +
      `time goes from ${isoTime(firstSec)} to ${isoTime(lastSec)}; it must hold the day on which the money was spent`,
  )
}
