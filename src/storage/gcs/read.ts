import { connectionFailure, HttpFailure } from '../../http/failure.ts'
import { openRequest } from '../../http/request.ts'
import type { BucketObject } from '../bucket.ts'
import { addressOf, classify, type GcsSession, objectPath } from './session.ts'

/** Reads one generation from a byte on, in one attempt. @throws {HttpFailure} */
export async function* openObjectAt(
  session: GcsSession,
  objectName: string,
  { version }: BucketObject,
  at: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const connection = await session.connect(signal)
  const url = addressOf(session, objectPath(objectName), { alt: 'media', generation: version })
  const request = { method: 'GET', url, headers: { range: `bytes=${at}-` } } as const
  try {
    const { body } = await openRequest(connection, request, signal, session.policy.silenceMs)
    yield* body
  } catch (error) {
    signal?.throwIfAborted()
    throw error instanceof HttpFailure ? classify(error) : connectionFailure(error, connection.redact)
  }
}
