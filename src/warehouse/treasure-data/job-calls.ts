import { z } from 'zod'
import { RemoteError } from '../../errors.ts'
import type { HttpFailure } from '../../http/failure.ts'
import { type Api, acceptStatus, pathOf } from './api.ts'

/** A query for Treasure Data's Trino. */
export interface JobOrder {
  /** Where names without a database are looked up. */
  readonly database: string
  readonly sql: string
  /** Unique at Treasure Data: a second submission with it is refused, naming the first job. */
  readonly domainKey: string
  readonly priority: number | undefined
  readonly poolName: string | undefined
}

/** queued, booting, running, success, error or killed. */
export type JobStatus = string

export interface ShownJob {
  readonly status: string
  /** URL of the job in the console. */
  readonly url: string | undefined
  readonly columns: readonly ResultColumn[] | undefined
  readonly records: number | undefined
  /** Size of the result as msgpack.gz. */
  readonly resultBytes: number | undefined
  /** The engine's output, including its error. */
  readonly output: string
}

/** A column of a result, its type by Trino's name. */
export interface ResultColumn {
  readonly name: string
  readonly type: string
}

const id = z.union([z.string().min(1), z.int()]).transform(String)
const issued = z.looseObject({ job_id: id }).transform((answer): string | undefined => answer.job_id)
const conflict = z.looseObject({ details: z.looseObject({ conflicts_with: id }) })
const status = z.looseObject({ status: z.string().min(1) }).transform((answer) => answer.status)
const found = z.looseObject({ job_id: id, status: z.string() })
const resultSchema = z.array(z.tuple([z.string(), z.string()]).rest(z.unknown()))
const shown = z.looseObject({
  status: z.string().min(1),
  url: z.string().nullish(),
  hive_result_schema: z.string().nullish(),
  num_records: z.number().nullish(),
  result_size: z.number().nullish(),
  debug: z.looseObject({ cmdout: z.string().nullish(), stderr: z.string().nullish() }).nullish(),
})

/** Submits a job, or finds the one that already has this domain key. @returns its id. */
export async function issueJob(api: Api, order: JobOrder, signal?: AbortSignal): Promise<string> {
  const { database, sql, domainKey, priority, poolName } = order
  const options = () => ({
    domain_key: domainKey,
    ...(priority === undefined ? {} : { priority }),
    ...(poolName === undefined ? {} : { pool_name: poolName }),
  })
  const jobId = await api.control(
    `POST ${pathOf('job', 'issue', 'trino', database)}`,
    (client, callback) => client.trinoQuery(database, sql, options(), callback),
    {
      schema: issued,
      accept: acceptConflict,
    },
    signal,
  )
  const known = jobId ?? (await findJob(api, domainKey, signal))?.jobId
  if (known !== undefined) return known
  throw new RemoteError(
    `treasure-data: a job with the domain key ${domainKey} is reported to exist, but can't be found`,
  )
}

/** 409: the key is taken by the submission whose answer got lost. */
function acceptConflict(failure: HttpFailure): { value: string | undefined } | undefined {
  if (failure.facts.status !== 409) return undefined
  const parsed = conflict.safeParse(failure.facts.body)
  return { value: parsed.data?.details.conflicts_with }
}

/** @returns the job with a domain key, undefined if there is none. */
export async function findJob(
  api: Api,
  domainKey: string,
  signal?: AbortSignal,
): Promise<{ readonly jobId: string; readonly status: string } | undefined> {
  const schema = found.transform((job) => ({ jobId: job.job_id, status: job.status })).optional()
  const rules = { schema, accept: acceptStatus([404], undefined) }
  return api.json('GET', pathOf('job', 'status_by_domain_key', domainKey), rules, signal)
}

export async function readJobStatus(api: Api, jobId: string, signal?: AbortSignal): Promise<JobStatus> {
  return api.json('GET', pathOf('job', 'status', jobId), { schema: status, isPatient: true }, signal)
}

export async function showJob(api: Api, jobId: string, signal?: AbortSignal): Promise<ShownJob> {
  const schema = shown.transform((job) => ({
    status: job.status,
    url: job.url ?? undefined,
    columns: parseResultSchema(job.hive_result_schema),
    records: job.num_records ?? undefined,
    resultBytes: job.result_size ?? undefined,
    output: [job.debug?.cmdout, job.debug?.stderr].filter((text) => text).join('\n'),
  }))
  return api.control(
    `GET ${pathOf('job', 'show', jobId)}`,
    (client, callback) => client.showJob(jobId, callback),
    { schema, isPatient: true },
    signal,
  )
}

function parseResultSchema(text: string | null | undefined): readonly ResultColumn[] | undefined {
  if (text === null || text === undefined || text === '') return undefined
  return resultSchema.parse(JSON.parse(text)).map(([name, type]) => ({ name, type: type.toLowerCase() }))
}

/** Stops a job; one that has ended is left as it is. */
export async function killJob(api: Api, jobId: string, signal?: AbortSignal): Promise<void> {
  await api.control(
    `POST ${pathOf('job', 'kill', jobId)}`,
    (client, callback) => client.kill(jobId, callback),
    { schema: z.unknown(), accept: acceptStatus([404, 409, 422], undefined) },
    signal,
  )
}
