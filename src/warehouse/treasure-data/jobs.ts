import { messageOf, RemoteError } from '../../errors.ts'
import type { Sleep } from '../../http/retries.ts'
import type { Logger } from '../../logger.ts'
import { type Sql, sqlForErrors } from '../../queries/sql.ts'
import type { Api } from './api.ts'
import {
  findJob,
  issueJob,
  type JobOrder,
  killJob,
  readJobStatus,
  type ShownJob,
  showJob,
} from './job-calls.ts'
import { delayedSignal, poll } from './waiting.ts'

/** Everything needed to run jobs. */
export interface JobWorld {
  readonly api: Api
  readonly sleep: Sleep
  readonly logger: Logger
  /** Database, priority and pool of every job. */
  readonly settings: Omit<JobOrder, 'sql' | 'domainKey'>
  /** Milliseconds that cleaning up after a failure may take. */
  readonly cleanUpMs: number
}

/** A job that succeeded. */
export interface FinishedJob extends ShownJob {
  readonly jobId: string
}

const OUTPUT_IN_ERRORS = 2000
/** How long a submission in progress may continue after the signal, so that its job is known and can be killed. */
const SUBMISSION_GRACE_MS = 5000

/** A job that failed at Treasure Data, or was killed there. */
export class JobFailed extends RemoteError {}

/**
 * Runs one job to its end. Whatever interrupts the waiting, the job is killed at Treasure Data too.
 * @param domainKey not used for any other job.
 * @throws {JobFailed} with the job's id, its own error and the SQL; {RemoteError} if the API fails; the signal's
 *   reason.
 */
export async function runJob(
  world: JobWorld,
  query: Sql,
  domainKey: string,
  signal?: AbortSignal,
): Promise<FinishedJob> {
  const jobId = await submit(world, { ...world.settings, sql: query.render(), domainKey }, signal)
  try {
    const { url } = await showJob(world.api, jobId, signal)
    world.logger.info({ jobId, url }, 'submitted a job to Treasure Data')
    const status = await waitForJob(world, jobId, signal)
    const job = { ...(await showJob(world.api, jobId, signal)), status, jobId }
    if (status !== 'success') throw jobError(world.api, job, query)
    world.logger.info({ jobId, url, records: job.records }, 'finished a job at Treasure Data')
    return job
  } catch (error) {
    if (!(error instanceof JobFailed)) await stopJob(world, jobId)
    throw error
  }
}

async function submit(world: JobWorld, order: JobOrder, signal: AbortSignal | undefined): Promise<string> {
  signal?.throwIfAborted()
  const grace = signal && delayedSignal(signal, SUBMISSION_GRACE_MS)
  try {
    const jobId = await issueJob(world.api, order, grace?.signal)
    if (signal?.aborted) await stopJob(world, jobId)
    signal?.throwIfAborted()
    return jobId
  } catch (error) {
    if (!signal?.aborted) throw error
    await stopUnknownJob(world, order.domainKey)
    throw signal.reason
  } finally {
    grace?.release()
  }
}

/** @returns the status in which a job ended. */
export async function waitForJob(world: JobWorld, jobId: string, signal?: AbortSignal): Promise<string> {
  return poll(world.sleep, signal, async () => {
    const status = await readJobStatus(world.api, jobId, signal)
    if (status === 'success' || status === 'error' || status === 'killed') return status
    world.logger.debug({ jobId, status }, 'waited for a job at Treasure Data')
    return undefined
  })
}

/** Kills a job; a failure to do so is only logged, since what interrupted the waiting matters more. */
export async function stopJob(world: JobWorld, jobId: string): Promise<void> {
  try {
    await killJob(world.api, jobId, AbortSignal.timeout(world.cleanUpMs))
    world.logger.info({ jobId }, 'killed a job at Treasure Data')
  } catch (error) {
    world.logger.warn(
      { jobId, error: messageOf(error) },
      'could not kill a job at Treasure Data: it may still be running',
    )
  }
}

async function stopUnknownJob(world: JobWorld, domainKey: string): Promise<void> {
  try {
    const job = await findJob(world.api, domainKey, AbortSignal.timeout(world.cleanUpMs))
    if (job) await stopJob(world, job.jobId)
  } catch (error) {
    const facts = { domainKey, error: messageOf(error) }
    world.logger.warn(
      facts,
      'could not find out whether a job was submitted to Treasure Data: it may still be running',
    )
  }
}

function jobError(api: Api, job: FinishedJob, query: Sql): JobFailed {
  const { jobId, url, status, output } = job
  const place = url === undefined ? `job ${jobId}` : `job ${jobId} (${url})`
  const what = status === 'killed' ? 'was killed at Treasure Data' : 'failed'
  const said = api.redact(output.trim()).slice(-OUTPUT_IN_ERRORS)
  return new JobFailed(
    `treasure-data: ${place} ${what}${said ? `: ${said}` : ''}\nin the query:\n${sqlForErrors(query)}`,
  )
}
