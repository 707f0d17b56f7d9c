import { type Sql, sql } from '../../queries/sql.ts'
import type { OutputColumn, QueryWrite, TableName } from '../warehouse.ts'
import { importRows } from './bulk-import.ts'
import { fillByJob } from './filling-job.ts'
import { outputSchema } from './schema.ts'
import { createTable, deleteTable } from './table-calls.ts'
import type { TablePlan } from './write-plan.ts'
import { notSeen, queryNumbers, untilVisible, type WriteWorld } from './write-world.ts'

/**
 * Fills the temporary table of a write from its query, inside Treasure Data: uploads what the query joins with, waits
 * until queries see all of it, runs the query as a job and removes the upload. After a failure the caller cleans up.
 * @param nowSec `time` of rows without a session time.
 */
export async function insertQuery(
  world: WriteWorld,
  { temporary, lookup }: Pick<TablePlan, 'temporary' | 'lookup'>,
  write: QueryWrite,
  nowSec: number,
  signal?: AbortSignal,
): Promise<void> {
  await createTable(world.api, lookup, outputSchema(write.lookup.columns), signal)
  if (write.lookup.rows.length > 0) await importRows(world, lookup, write.lookup, nowSec, signal)
  const isWhole = async () => {
    const [rows] = await queryNumbers(world, sql`SELECT count(*) FROM ${sql.table(lookup)}`, signal)
    return rows === write.lookup.rows.length || undefined
  }
  await untilVisible(world, signal, isWhole, () => notSeen(lookup))
  await fillByJob(world, temporary, 'query', insertSql(temporary, write, lookup, nowSec), signal)
  await deleteTable(world.api, lookup, signal)
}

function insertSql(temporary: TableName, write: QueryWrite, lookup: TableName, nowSec: number): Sql {
  const { columns } = write
  const names = sql.join(columns.map(({ name }) => sql.identifier(name)))
  const made = columns.map((_, at) => sql`c${at}`)
  const values = sql.join(columns.map((column, at) => valueSql(column, sql`c${at}`)))
  const sessionTime = columns.findIndex(({ name, type }) => name === 'session_time' && type === 'timestamp')
  const time = sessionTime < 0 ? sql`${nowSec}` : sql`CAST(floor(c${sessionTime}) AS bigint)`
  return sql`INSERT INTO ${sql.table(temporary)} (${names}, "time") SELECT ${values}, ${time} FROM (
${write.sql(sql.table(lookup))}
) AS made (${sql.join(made)})`
}

/** Timestamps are ISO 8601 text here, as in the tables that are uploaded. */
function valueSql({ type }: OutputColumn, made: Sql): Sql {
  return type === 'timestamp'
    ? sql`to_iso8601(from_unixtime(${made}, 'UTC'))`
    : sql`CAST(${made} AS ${sql.raw(type)})`
}
