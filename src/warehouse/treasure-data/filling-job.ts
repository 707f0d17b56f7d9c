import type { Sql } from '../../queries/sql.ts'
import type { TableName } from '../warehouse.ts'
import { findJob } from './job-calls.ts'
import { runJob, stopJob, waitForJob } from './jobs.ts'
import { fillingDomainKey } from './names.ts'
import { notSeen, untilVisible, type WriteWorld } from './write-world.ts'

/** Fills a temporary table by a query inside Treasure Data, once queries see the table. */
export async function fillByJob(
  world: WriteWorld,
  temporary: TableName,
  query: Sql,
  signal?: AbortSignal,
): Promise<void> {
  const run = async () => {
    const attempt = await stopFillingJobs(world, temporary, signal)
    return runJob(world, query, fillingDomainKey(temporary, attempt), signal)
  }
  await untilVisible(world, signal, run, () => notSeen(temporary))
}

/**
 * Stops the jobs with which a dead process of the same run may still be filling the temporary table.
 * @returns the number of the next one.
 */
export async function stopFillingJobs(
  world: WriteWorld,
  temporary: TableName,
  signal?: AbortSignal,
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const job = await findJob(world.api, fillingDomainKey(temporary, attempt), signal)
    if (job === undefined) return attempt
    if (/^(success|error|killed)$/.test(job.status)) continue
    await stopJob(world, job.jobId)
    await waitForJob(world, job.jobId, signal)
  }
}
