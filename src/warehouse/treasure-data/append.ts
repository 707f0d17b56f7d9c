import { RemoteError } from '../../errors.ts'
import { type Sql, sql } from '../../queries/sql.ts'
import type { TableName } from '../warehouse.ts'
import { findJob } from './job-calls.ts'
import { runJob, stopJob, waitForJob } from './jobs.ts'
import { copyDomainKey } from './names.ts'
import { type SchemaColumn, trinoType } from './schema.ts'
import type { TablePlan } from './write-plan.ts'
import { patiently, queryNumbers, type WriteWorld } from './write-world.ts'

/**
 * Copies the rows of other runs from the table that is appended to into the temporary one, inside Treasure Data.
 * @returns how many.
 */
export async function copyFormerRows(
  world: WriteWorld,
  plan: TablePlan,
  signal?: AbortSignal,
): Promise<number> {
  const [rows = 0] = await queryNumbers(world, sql`SELECT count(*) ${keptRows(plan)}`, signal)
  if (rows === 0) return 0
  const query = copySql(plan)
  const run = async () => {
    const attempt = await nextCopy(world, plan.temporary, signal)
    return runJob(world, query, copyDomainKey(plan.temporary, attempt), signal)
  }
  const giveUp = () => new RemoteError('treasure-data: the temporary table does not appear')
  await patiently(world, signal, run, giveUp)
  return rows
}

function keptRows({ write, former = [] }: TablePlan): Sql {
  const from = sql`FROM ${sql.table(write.table)}`
  if (!former.some(({ name }) => name === 'run_id')) return from
  return sql`${from} WHERE "run_id" IS NULL OR CAST("run_id" AS varchar) <> ${sql.literal(write.runId)}`
}

function copySql(plan: TablePlan): Sql {
  const { former = [], columns, temporary } = plan
  const types = new Map(columns.map(({ name, type }) => [name, type]))
  const kept = former.filter(({ name }) => name !== 'time')
  const names = sql.join([...kept.map(({ name }) => sql.identifier(name)), sql`"time"`])
  const values = sql.join([...kept.map((column) => castTo(column, types.get(column.name))), sql`"time"`])
  return sql`INSERT INTO ${sql.table(temporary)} (${names}) SELECT ${values} ${keptRows(plan)}`
}

function castTo({ name, type }: SchemaColumn, wanted = type): Sql {
  const column = sql.identifier(name)
  return wanted === type ? column : sql`CAST(${column} AS ${sql.raw(trinoType(wanted))})`
}

/**
 * Stops the jobs by which a dead process of the same run may still copy rows into the temporary table.
 * @returns the number of the next one.
 */
export async function nextCopy(
  world: WriteWorld,
  temporary: TableName,
  signal?: AbortSignal,
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const job = await findJob(world.api, copyDomainKey(temporary, attempt), signal)
    if (job === undefined) return attempt
    if (/^(success|error|killed)$/.test(job.status)) continue
    await stopJob(world, job.jobId)
    await waitForJob(world, job.jobId, signal)
  }
}
