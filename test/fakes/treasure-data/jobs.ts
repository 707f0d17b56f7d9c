import { type Pace, Progress } from './progress.ts'
import { ApiError } from './reply.ts'

/** A column of a result as `hive_result_schema` tells it. */
export type ResultColumn = readonly [name: string, type: string]

/** What a job came to. */
export type Outcome =
  | {
      readonly columns: readonly ResultColumn[]
      /** Undefined where the job has no result. */
      readonly file: string | undefined
      readonly bytes: number
      readonly records: number
    }
  | { readonly error: string }

/** What `job/issue` was given, or a bulk import's perform. */
export interface JobRequest {
  readonly type: string
  readonly database: string
  readonly query: string
  readonly priority: number
  readonly retryLimit: number
  readonly domainKey: string | undefined
  /** As it was given; the fake has no pools. */
  readonly poolName: string | undefined
}

export type JobStatus = 'queued' | 'running' | 'success' | 'error' | 'killed'

/** How long a poll waits for a job that should be over by its pace, so that quick queries need a fixed number of polls. */
const PATIENCE_MS = 1000

/** A job: it runs as soon as it is issued; what is told of it follows its paces. */
export class Job {
  readonly id: string
  readonly request: JobRequest
  readonly createdAtMs: number
  readonly #clock: () => number
  readonly #progress: Progress
  readonly #stop: AbortController
  readonly #ended: Promise<void>
  #outcome: Outcome | undefined
  #status: JobStatus = 'queued'
  #startedAtMs: number | undefined
  #endedAtMs: number | undefined

  constructor(
    id: string,
    request: JobRequest,
    paces: readonly Pace[],
    clock: () => number,
    run: (signal: AbortSignal) => Promise<Outcome>,
  ) {
    this.id = id
    this.request = request
    this.createdAtMs = clock()
    this.#clock = clock
    this.#progress = new Progress(paces, clock)
    this.#stop = new AbortController()
    this.#ended = run(this.#stop.signal).then(
      (outcome) => this.#settle(outcome),
      (error: unknown) => this.#settle({ error: error instanceof Error ? error.message : String(error) }),
    )
  }

  #settle(outcome: Outcome): void {
    this.#outcome = outcome
  }

  /** Resolves when the work is done, whatever is told of the job by then. */
  get ended(): Promise<void> {
    return this.#ended
  }

  get status(): JobStatus {
    return this.#status
  }

  get outcome(): Outcome | undefined {
    return this.#status === 'success' || this.#status === 'error' ? this.#outcome : undefined
  }

  get startedAtMs(): number | undefined {
    return this.#startedAtMs
  }

  get endedAtMs(): number | undefined {
    return this.#endedAtMs
  }

  /** One poll. @returns the status from now on. */
  async poll(): Promise<JobStatus> {
    if (this.#endedAtMs !== undefined) return this.#status
    const stage = this.#progress.poll()
    if (stage > 0) this.#startedAtMs ??= this.#clock()
    if (stage > 0) this.#status = 'running'
    if (stage > 1) await Promise.race([this.#ended, after(PATIENCE_MS)])
    if (stage > 1 && this.#outcome !== undefined && this.#endedAtMs === undefined) {
      this.#status = 'error' in this.#outcome ? 'error' : 'success'
      this.#endedAtMs = this.#clock()
    }
    return this.#status
  }

  /** Stops it where it is not over. @returns the status before. */
  kill(): JobStatus {
    const former = this.#status
    if (this.#endedAtMs === undefined) {
      this.#status = 'killed'
      this.#endedAtMs = this.#clock()
      this.#stop.abort()
    }
    return former
  }
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}

/** The account's jobs. */
export class Jobs {
  readonly byId = new Map<string, Job>()
  readonly #paces: readonly Pace[]
  readonly #clock: () => number
  #lastId = 1000

  /** @param paces how long a job is queued, and how long it runs at least. */
  constructor(paces: readonly Pace[], clock: () => number) {
    this.#paces = paces
    this.#clock = clock
  }

  /** @throws {ApiError} 409 with `conflicts_with` where the domain key was used. */
  issue(request: JobRequest, run: (job: string, signal: AbortSignal) => Promise<Outcome>): Job {
    const { domainKey } = request
    const former = domainKey === undefined ? undefined : this.withDomainKey(domainKey)
    if (former) {
      throw new ApiError(409, `Domain key '${domainKey}' has already been taken`, {
        conflicts_with: former.id,
      })
    }
    const id = String(++this.#lastId)
    const job = new Job(id, request, this.#paces, this.#clock, (signal) => run(id, signal))
    this.byId.set(id, job)
    return job
  }

  withDomainKey(key: string): Job | undefined {
    return [...this.byId.values()].find(({ request }) => request.domainKey === key)
  }

  /** @throws {ApiError} 404 */
  get(id: string): Job {
    const job = this.byId.get(id)
    if (job === undefined) throw new ApiError(404, `Resource not found: job '${id}' does not exist`)
    return job
  }

  killAll(): void {
    for (const job of this.byId.values()) job.kill()
  }
}
