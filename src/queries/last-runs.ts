import { DataError } from '../errors.ts'
import { BASELINE_CHANNEL } from '../tables/attribution.ts'
import { channelMeasure } from '../tables/evidence.ts'
import { nameOf, type TableName, type Warehouse } from '../warehouse/warehouse.ts'
import { maybeNumber, readRows, select, text } from './result-columns.ts'
import { type Sql, sql } from './sql.ts'

/** What one run credited to a channel, over all days. */
export interface RunChannel {
  readonly channel: string
  /** Null where a day has none. */
  readonly conversions: number | null
  readonly share: number | null
  /** Ends of the 95% interval of `conversions`; null where it is not known. */
  readonly lower: number | null
  readonly upper: number | null
}

/** A run, as the tables have it. */
export interface RunInTables {
  readonly runId: string
  readonly sessionDate: string
  /** First and last day whose conversions are credited. */
  readonly creditedFrom: string
  readonly creditedTo: string
  readonly channels: readonly RunChannel[]
}

/** What is read of which runs. */
export interface LastRuns {
  readonly attribution: TableName
  /** Holds the intervals of channels; undefined, or missing: there are none. */
  readonly evidence: TableName | undefined
  readonly method: string
  /** The one kind of conversion that was counted; null where all were. */
  readonly conversionType: string | null
  readonly limit: number
}

/**
 * Reads the last runs by session time from the output tables: their rows of one method, whole channels and all users. Of
 * runs that credit the same days, the newest is read.
 * @returns the oldest first.
 * @throws {DataError} where there is no table `attribution`. Three queries of which each returns a row per run and channel.
 */
export async function readLastRuns(
  warehouse: Pick<Warehouse, 'describeTable' | 'query'>,
  asked: LastRuns,
  signal?: AbortSignal,
): Promise<readonly RunInTables[]> {
  const source = warehouse as Warehouse
  const columns = await columnNames(warehouse, asked.attribution)
  if (columns === undefined) {
    throw new DataError(
      `--runs (RUNS) reads the runs in table ${nameOf(asked.attribution)}, which is not there: ` +
        'name the table that runs wrote by --attribution-table (ATTRIBUTION_TABLE), or leave --runs out',
    )
  }
  const wanted = wantedRows(asked, columns)
  const runs: Omit<RunInTables, 'channels'>[] = []
  for await (const row of readRows(source, runsQuery(asked, wanted), signal)) {
    const { runId, sessionDate, creditedFrom, creditedTo } = row
    if (runId === null) continue
    runs.push({
      runId,
      sessionDate: sessionDate ?? '',
      creditedFrom: creditedFrom ?? '',
      creditedTo: creditedTo ?? '',
    })
  }
  if (runs.length === 0) return []
  const runIds = runs.map(({ runId }) => runId)
  const intervals = await readIntervals(warehouse, asked, runIds, signal)
  const byRun = new Map(runIds.map((runId) => [runId, [] as RunChannel[]]))
  for await (const { runId, channel, ...credit } of readRows(
    source,
    channelsQuery(asked, wanted, runIds),
    signal,
  )) {
    if (runId === null || channel === null) continue
    const { lower = null, upper = null } =
      intervals.get(runId)?.get(channelMeasure(asked.method, channel)) ?? {}
    byRun.get(runId)?.push({ channel, ...credit, lower, upper })
  }
  return runs.reverse().map((run) => ({ ...run, channels: byRun.get(run.runId) ?? [] }))
}

async function columnNames(
  warehouse: Pick<Warehouse, 'describeTable'>,
  table: TableName,
): Promise<ReadonlySet<string> | undefined> {
  const columns = await warehouse.describeTable(table)
  return columns && new Set(columns.map(({ name }) => name))
}

/** Tables of earlier versions have no columns of parts. */
function wantedRows({ method, conversionType }: LastRuns, columns: ReadonlySet<string>): Sql {
  return sql.and(
    sql`method = ${sql.literal(method)}`,
    isOfType(conversionType),
    ...['campaign', 'segment'].map((name) =>
      columns.has(name) ? sql`${sql.identifier(name)} IS NULL` : undefined,
    ),
  )
}

function isOfType(conversionType: string | null): Sql {
  return conversionType === null
    ? sql`conversion_type IS NULL`
    : sql`conversion_type = ${sql.literal(conversionType)}`
}

/** Of runs that credit the same days, the newest: an earlier one was made again, and would count twice. */
function runsQuery({ attribution, limit }: LastRuns, wanted: Sql) {
  const byRun = sql`SELECT run_id, max(session_time) AS session_time, max(session_date) AS session_date,
    max(credited_from) AS credited_from, max(credited_to) AS credited_to
  FROM ${sql.table(attribution)}
  WHERE ${wanted}
  GROUP BY run_id`
  const placed = sql`SELECT *, row_number() OVER (
    PARTITION BY credited_from, credited_to, CASE WHEN credited_to IS NULL THEN run_id END
    ORDER BY session_time DESC, run_id DESC
  ) AS place
  FROM by_run`
  const columns = {
    runId: text(sql`run_id`),
    sessionDate: text(sql`session_date`),
    creditedFrom: text(sql`credited_from`),
    creditedTo: text(sql`credited_to`),
  }
  return select(
    columns,
    sql`FROM placed\nWHERE place = 1\nORDER BY session_time DESC, run_id DESC\nLIMIT ${limit}`,
    [sql`by_run AS (\n  ${byRun}\n)`, sql`placed AS (\n  ${placed}\n)`],
  )
}

function channelsQuery({ attribution }: LastRuns, wanted: Sql, runIds: readonly string[]) {
  const whole = (column: Sql) =>
    maybeNumber(sql`CASE WHEN count(*) = count(${column}) THEN sum(${column}) END`)
  const columns = {
    runId: text(sql`run_id`),
    channel: text(sql`channel`),
    conversions: whole(sql`conversions`),
    share: whole(sql`share`),
  }
  return select(
    columns,
    sql`FROM ${sql.table(attribution)}\nWHERE ${wanted} AND channel <> ${sql.literal(BASELINE_CHANNEL)} AND ${isOneOf(runIds)}\nGROUP BY run_id, channel\nORDER BY run_id, channel`,
  )
}

function isOneOf(runIds: readonly string[]): Sql {
  return sql`run_id IN (${sql.join(runIds.map((runId) => sql.literal(runId)))})`
}

type Intervals = ReadonlyMap<
  string,
  ReadonlyMap<string, { readonly lower: number | null; readonly upper: number | null }>
>

/** By run and measure. */
async function readIntervals(
  warehouse: Pick<Warehouse, 'describeTable' | 'query'>,
  { evidence, method, conversionType }: LastRuns,
  runIds: readonly string[],
  signal?: AbortSignal,
): Promise<Intervals> {
  if (evidence === undefined || (await warehouse.describeTable(evidence)) === undefined) return new Map()
  const start = channelMeasure(method, '')
  const query = select(
    {
      runId: text(sql`run_id`),
      measure: text(sql`measure`),
      lower: maybeNumber(sql`lower`),
      upper: maybeNumber(sql`upper`),
    },
    sql`FROM ${sql.table(evidence)}\nWHERE substr(measure, 1, ${start.length}) = ${sql.literal(start)} AND ${isOfType(conversionType)} AND ${isOneOf(runIds)}`,
  )
  const byRun = new Map<string, Map<string, { lower: number | null; upper: number | null }>>()
  for await (const { runId, measure, lower, upper } of readRows(warehouse as Warehouse, query, signal)) {
    if (runId === null || measure === null) continue
    const own = byRun.get(runId) ?? new Map()
    byRun.set(runId, own.set(measure, { lower, upper }))
  }
  return byRun
}
