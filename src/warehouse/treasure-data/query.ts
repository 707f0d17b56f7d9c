import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { Decoder } from '@msgpack/msgpack'
import { ConfigError, DataError, messageOf, RemoteError } from '../../errors.ts'
import type { Sql } from '../../queries/sql.ts'
import type { Row } from '../warehouse.ts'
import { type FinishedJob, type JobWorld, runJob } from './jobs.ts'
import { resultBytes } from './result-bytes.ts'
import { rowReader } from './rows.ts'

const BATCH_ROWS = 2000

/**
 * Runs a query as a job and streams its result in constant memory. Leaving the loop while the job runs, or the signal,
 * kills the job.
 * @throws {RemoteError} with the SQL if the job fails, or the result is incomplete; {DataError} if an integer
 *   is beyond 2^53; the signal's reason.
 */
export async function* streamQuery(
  world: JobWorld,
  query: Sql,
  domainKey: string,
  signal?: AbortSignal,
): AsyncGenerator<readonly Row[]> {
  const job = await runJob(world, query, domainKey, signal)
  const leaving = new AbortController()
  const stop = signal ? AbortSignal.any([signal, leaving.signal]) : leaving.signal
  let rows = 0
  try {
    for await (const batch of decodeRows(unzip(resultBytes(world.api, job, world.logger, stop)), job)) {
      rows += batch.length
      yield batch
    }
  } catch (error) {
    signal?.throwIfAborted()
    const isTold = [ConfigError, DataError, RemoteError].some((kind) => error instanceof kind)
    throw isTold ? error : corruptResult(job, error)
  } finally {
    leaving.abort()
  }
  if (job.records !== undefined && job.records !== rows) {
    throw new RemoteError(
      `treasure-data: the result of job ${job.jobId} has ${rows} rows, the job says ${job.records}: run it again`,
    )
  }
}

/** Zero bytes are not gzip, but an empty result. */
async function* unzip(bytes: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const first = await bytes.next()
  if (first.done) return
  const zipped = async function* () {
    yield first.value
    yield* bytes
  }
  const source = Readable.from(zipped(), { objectMode: false })
  const unzipped = pipeline(source, createGunzip(), () => undefined)
  try {
    yield* unzipped
  } finally {
    source.destroy()
    unzipped.destroy()
  }
}

async function* decodeRows(
  bytes: AsyncIterable<Uint8Array>,
  job: FinishedJob,
): AsyncGenerator<readonly Row[]> {
  const readRow = rowReader(job.columns)
  let batch: Row[] = []
  for await (const record of new Decoder({ useBigInt64: true }).decodeStream(bytes)) {
    if (!Array.isArray(record)) throw new Error('a record is not a list')
    batch.push(readRow(record))
    if (batch.length < BATCH_ROWS) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

function corruptResult(job: FinishedJob, error: unknown): RemoteError {
  return new RemoteError(
    `treasure-data: the result of job ${job.jobId} can't be read: ${messageOf(error)}; run it again`,
    { cause: error },
  )
}
