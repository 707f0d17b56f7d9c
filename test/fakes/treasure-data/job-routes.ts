import type { Call, Route } from './call.ts'
import type { Job, JobRequest, Jobs } from './jobs.ts'
import type { QueryRunner } from './query-runner.ts'
import { fileReply } from './ranges.ts'
import { ApiError, jsonReply, type Reply } from './reply.ts'
import { formatResult, type ResultFile } from './result-file.ts'
import type { Tables } from './tables.ts'
import { timeText } from './times.ts'

const engines = ['trino', 'presto', 'hive']

/** Jobs: issue, status, show, kill, result, list. */
export function jobRoutes(jobs: Jobs, tables: Tables, runner: QueryRunner): readonly Route[] {
  const formatted = new Map<string, Promise<ResultFile>>()
  return [
    {
      pattern: 'POST /v3/job/issue/:type/:database',
      answer: async (call) => issue(call, jobs, tables, runner),
    },
    {
      pattern: 'GET /v3/job/status/:job',
      answer: async ({ path: [id = ''] }) => polled(jobs.get(id), statusOf),
    },
    {
      pattern: 'GET /v3/job/status_by_domain_key/:key',
      answer: async ({ path: [key = ''] }) => {
        const job = jobs.withDomainKey(key)
        if (!job) throw new ApiError(404, `Resource not found: no job has the domain key '${key}'`)
        return polled(job, statusOf)
      },
    },
    {
      pattern: 'GET /v3/job/show/:job',
      answer: async ({ path: [id = ''] }) => polled(jobs.get(id), describe),
    },
    {
      pattern: 'GET /v3/job/list',
      answer: async ({ fields }) => {
        const from = Number(fields.get('from') ?? 0)
        const to = Number(fields.get('to') ?? from + 19)
        const wanted = fields.get('status')
        const all = [...jobs.byId.values()].reverse()
        const found = all.filter(({ status }) => wanted === undefined || status === wanted)
        const listed = found.slice(from, to + 1)
        return jsonReply({ count: found.length, from, to, jobs: listed.map(describe) })
      },
    },
    {
      pattern: 'POST /v3/job/kill/:job',
      answer: async ({ path: [id = ''], effect }) => {
        const former = jobs.get(id).kill()
        if (former === 'queued' || former === 'running') effect(`job ${id} killed`)
        return jsonReply({ job_id: id, former_status: former })
      },
    },
    { pattern: 'GET /v3/job/result/:job', answer: async (call) => result(call, jobs, formatted) },
  ]
}

function issue({ path, fields, effect }: Call, jobs: Jobs, tables: Tables, runner: QueryRunner): Reply {
  const [type = '', database = ''] = path
  if (!engines.includes(type)) throw new ApiError(422, `Validation failed: this fake runs no '${type}' jobs`)
  tables.database(database)
  const request = readRequest(type, database, fields)
  const job = jobs.issue(request, (id, signal) => runner.run(id, request, signal))
  effect(`job ${job.id} issued`)
  return jsonReply({ job: job.id, job_id: job.id, database })
}

function readRequest(type: string, database: string, fields: ReadonlyMap<string, string>): JobRequest {
  const query = fields.get('query') ?? ''
  if (query.trim() === '') throw new ApiError(422, "Validation failed: Query can't be blank")
  if (query.length > 1_000_000) throw new ApiError(422, 'Validation failed: Query is too long')
  for (const absent of ['result', 'result_connection_id', 'result_connection_settings']) {
    if (fields.get(absent)) throw new ApiError(422, `Validation failed: this fake has no '${absent}'`)
  }
  const priority = wholeNumber(fields, 'priority', -2, 2)
  const retryLimit = wholeNumber(fields, 'retry_limit', 0, 32)
  const [domainKey, poolName] = [fields.get('domain_key'), fields.get('pool_name')]
  return { type, database, query, priority, retryLimit, domainKey, poolName }
}

function wholeNumber(fields: ReadonlyMap<string, string>, name: string, least: number, most: number): number {
  const value = Number(fields.get(name) ?? 0)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new ApiError(422, `Validation failed: ${name} must be ${least} to ${most}, not '${fields.get(name)}'`)
}

async function polled(job: Job, tell: (job: Job) => object): Promise<Reply> {
  await job.poll()
  return jsonReply(tell(job))
}

function statusOf(job: Job): object {
  const outcome = job.outcome
  const result = outcome && 'file' in outcome && outcome.file !== undefined ? outcome : undefined
  return {
    job_id: job.id,
    status: job.status,
    created_at: timeText(job.createdAtMs),
    updated_at: timeText(job.endedAtMs ?? job.startedAtMs ?? job.createdAtMs),
    start_at: timeText(job.startedAtMs),
    end_at: timeText(job.endedAtMs),
    cpu_time: null,
    duration: Math.round(((job.endedAtMs ?? job.createdAtMs) - (job.startedAtMs ?? job.createdAtMs)) / 1000),
    result_size: result?.bytes ?? null,
    num_records: result?.records ?? null,
  }
}

function describe(job: Job): object {
  const outcome = job.outcome
  const { type, database, query, priority, retryLimit, domainKey } = job.request
  const error = outcome && 'error' in outcome ? outcome.error : ''
  return {
    ...statusOf(job),
    type,
    database,
    query,
    priority,
    retry_limit: retryLimit,
    domain_key: domainKey ?? null,
    user_name: 'fake',
    url: `https://console.treasuredata.com/app/jobs/${job.id}`,
    result: '',
    linked_result_export_job_id: null,
    hive_result_schema: outcome && 'columns' in outcome ? JSON.stringify(outcome.columns) : null,
    debug: {
      cmdout: `started at ${timeText(job.startedAtMs)}`,
      stderr: error === '' ? '' : `Query ${job.id} failed: ${error}`,
    },
  }
}

async function result(
  { path: [id = ''], fields, headers }: Call,
  jobs: Jobs,
  formatted: Map<string, Promise<ResultFile>>,
): Promise<Reply> {
  const job = jobs.get(id)
  const outcome = job.outcome
  if (!outcome || 'error' in outcome || outcome.file === undefined) {
    throw new ApiError(404, `Resource not found: job '${id}' is ${job.status} and has no result`)
  }
  const format = fields.get('format') ?? 'tsv'
  const options = {
    header: fields.get('header') === 'true',
    nullifySpecial: fields.get('nullify_special') === 'true',
    gzip: /\bgzip\b/.test(String(headers['accept-encoding'])) && format !== 'msgpack.gz',
  }
  const key = JSON.stringify([id, format, options])
  const made = formatted.get(key) ?? formatResult({ ...outcome, file: outcome.file }, format, options)
  formatted.set(key, made)
  const file = await made
  const etag = `"${id}-${format}-${file.bytes}"`
  if (!options.gzip) return fileReply(file, etag, headers)
  const reply = fileReply(file, etag, {})
  return { ...reply, headers: { ...reply.headers, 'content-encoding': 'gzip' } }
}
