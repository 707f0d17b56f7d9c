import { connectionFailure, HttpFailure } from '../../http/failure.ts'
import type { OpenAnswer } from '../../http/request.ts'
import type { Logger } from '../../logger.ts'
import { type Api, pathOf } from './api.ts'
import type { FinishedJob } from './jobs.ts'

/**
 * Streams the bytes of a job's result as msgpack.gz. If the connection breaks, it resumes from the byte where it broke,
 * by Range and If-Range; the length is checked. Attempts are counted afresh whenever bytes arrive.
 * @throws {RemoteError}, or the signal's reason.
 */
export async function* resultBytes(
  api: Api,
  job: FinishedJob,
  logger: Logger,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const path = `${pathOf('job', 'result', job.jobId)}?format=msgpack.gz`
  const reader = new ResultReader(api, path, job.resultBytes, logger)
  try {
    for (;;) {
      const chunk = await api.repeat(`GET ${path}`, () => reader.next(signal), signal, true)
      if (chunk === undefined) return
      yield chunk
    }
  } finally {
    reader.close()
  }
}

/** Knows how far a download has come and reopens it there. */
class ResultReader {
  readonly #api: Api
  readonly #path: string
  /** What the job says; another length is accepted if two answers have it. */
  readonly #announced: number | undefined
  readonly #logger: Logger
  #offset = 0
  #total: number | undefined
  #etag: string | undefined
  #doubted: number | undefined
  #opened: OpenAnswer | undefined
  #chunks: AsyncIterator<Uint8Array> | undefined
  #toSkip = 0
  #brokenAnswers = 0

  constructor(api: Api, path: string, announced: number | undefined, logger: Logger) {
    this.#api = api
    this.#path = path
    this.#announced = announced
    this.#logger = logger
  }

  /** @returns the next bytes, undefined at the end. @throws {HttpFailure}; the next call then reopens it. */
  async next(signal: AbortSignal | undefined): Promise<Uint8Array | undefined> {
    if (this.#offset === this.#total) return undefined
    try {
      this.#chunks ??= await this.#open(signal)
      for (;;) {
        const { done, value } = await this.#chunks.next()
        if (done) return this.#end()
        const skipped = Math.min(this.#toSkip, value.byteLength)
        this.#toSkip -= skipped
        if (skipped < value.byteLength) return this.#take(value.subarray(skipped))
      }
    } catch (error) {
      this.close()
      signal?.throwIfAborted()
      throw error instanceof HttpFailure ? error : connectionFailure(error, this.#api.redact, 200)
    }
  }

  close(): void {
    this.#opened?.body.destroy()
    this.#opened = undefined
    this.#chunks = undefined
  }

  #take(bytes: Uint8Array): Uint8Array {
    this.#offset += bytes.byteLength
    return bytes
  }

  #end(): undefined {
    if (this.#total !== undefined && this.#offset < this.#total) {
      throw this.#broken(200, `the result ended at byte ${this.#offset} of ${this.#total}`)
    }
    this.#total = this.#offset
    return undefined
  }

  async #open(signal: AbortSignal | undefined): Promise<AsyncIterator<Uint8Array>> {
    const range: Record<string, string> = this.#offset === 0 ? {} : { range: `bytes=${this.#offset}-` }
    if (this.#offset > 0 && this.#etag !== undefined) range['if-range'] = this.#etag
    const opened = await this.#api.download(this.#path, range, signal)
    // Closing it early emits an error that nobody would listen for.
    opened.body.on('error', () => undefined)
    this.#opened = opened
    if (opened.statusCode === 206) this.#checkRange(opened)
    else this.#checkWhole(opened)
    if (this.#offset > 0) {
      this.#logger.debug({ path: this.#path, byte: this.#offset, bytes: this.#total }, 'resumed a download')
    }
    return opened.body[Symbol.asyncIterator]()
  }

  #checkRange({ headers }: OpenAnswer): void {
    const range = String(headers['content-range'])
    const [, first, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(range) ?? []
    const known = this.#total ?? Number(total)
    if (Number(first) !== this.#offset || Number(total) !== known) {
      const wanted = `from byte ${this.#offset} of ${this.#total ?? 'the result'}`
      throw this.#broken(206, `asked for the range ${wanted}, got "${this.#api.redact(range)}"`)
    }
    this.#total = known
    this.#toSkip = 0
  }

  /** The first answer, or that of a server that ignores Range: what was read before is skipped. */
  #checkWhole({ headers }: OpenAnswer): void {
    const etag = typeof headers.etag === 'string' ? headers.etag : undefined
    const length = headers['content-length'] === undefined ? undefined : Number(headers['content-length'])
    if (this.#offset > 0 && (etag !== this.#etag || (length ?? this.#total) !== this.#total)) {
      throw this.#broken(200, 'the result changed while it was read')
    }
    if (length !== undefined && this.#announced !== undefined && length !== this.#announced) {
      this.#doubt(length, this.#announced)
    }
    this.#etag = etag
    this.#total = length
    this.#toSkip = this.#offset
  }

  #doubt(length: number, announced: number): void {
    const isConfirmed = this.#doubted === length
    this.#doubted = length
    if (!isConfirmed) {
      throw this.#broken(200, `the answer has ${length} bytes, the job's result ${announced}`)
    }
    this.#logger.warn(
      { path: this.#path, length, announced },
      'accepted a result whose length is not the announced one, since it came twice',
    )
  }

  /** What comes whole and wrong does not get better with patience. */
  #broken(status: number, detail: string): HttpFailure {
    const kind = ++this.#brokenAnswers < this.#api.attempts ? 'lost' : 'refused'
    return new HttpFailure({ kind, status, detail })
  }
}
