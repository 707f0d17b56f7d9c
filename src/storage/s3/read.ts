import type { Readable } from 'node:stream'
import { HttpFailure } from '../../http/failure.ts'
import type { BucketObject } from '../bucket.ts'
import { failureOf } from './errors.ts'
import type { S3Session } from './session.ts'

/** Reads one version from a byte on, in one attempt. @throws {HttpFailure} {ConfigError} */
export async function* openObjectAt(
  session: S3Session,
  key: string,
  { version }: BucketObject,
  at: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const reader = new AbortController()
  const stop = signal === undefined ? reader.signal : AbortSignal.any([reader.signal, signal])
  // What does not begin to answer in time is given up; then undici watches over the pieces.
  const timer = setTimeout(() => reader.abort(new Error('no answer')), session.policy.silenceMs)
  try {
    const { sdk, client } = await session.connect()
    const get = { Bucket: session.bucket, Key: key, Range: `bytes=${at}-`, IfMatch: version }
    const answer = await client.send(new sdk.GetObjectCommand(get), { abortSignal: stop })
    clearTimeout(timer)
    yield* answer.Body as Readable
  } catch (error) {
    signal?.throwIfAborted()
    throw error instanceof HttpFailure ? error : failureOf(error, session.access.redact)
  } finally {
    clearTimeout(timer)
    reader.abort()
  }
}
