import type { Sql } from '../../queries/sql.ts'
import type { TableName } from '../warehouse.ts'
import { findJob } from './job-calls.ts'
import { runJob, stopJob, waitForJob } from './jobs.ts'
import { fillingDomainKey, fillings } from './names.ts'
import { notSeen, untilVisible, type WriteWorld } from './write-world.ts'

/** Fills a temporary table by a query inside Treasure Data, once queries see the table. */
export async function fillByJob(
  world: WriteWorld,
  temporary: TableName,
  filling: (typeof fillings)[number],
  query: Sql,
  signal?: AbortSignal,
): Promise<void> {
  let attempts = 0
  const run = () => runJob(world, query, fillingDomainKey(temporary, filling, ++attempts), signal)
  await untilVisible(world, signal, run, () => notSeen(temporary))
}

/** Stops the jobs with which a dead process may still be filling its temporary table. */
export async function stopFillingJobs(
  world: WriteWorld,
  temporary: TableName,
  signal?: AbortSignal,
): Promise<void> {
  for (const filling of fillings) {
    for (let attempt = 1; ; attempt++) {
      const job = await findJob(world.api, fillingDomainKey(temporary, filling, attempt), signal)
      if (job === undefined) break
      if (/^(success|error|killed)$/.test(job.status)) continue
      await stopJob(world, job.jobId)
      await waitForJob(world, job.jobId, signal)
    }
  }
}
