import { connectionFailure, HttpFailure } from '../../http/failure.ts'
import { proxyDispatcher } from '../../http/proxies.ts'
import { proxySecrets } from '../../http/proxy-secrets.ts'
import { createRedact, shorten } from '../../http/redact.ts'
import { type HttpConnection, type HttpRequest, requestText } from '../../http/request.ts'
import { Retries, type RetryPolicy, sendLimitMs, sleep, usualPolicy } from '../../http/retries.ts'
import { within } from '../../http/within.ts'
import type { Logger } from '../../logger.ts'
import { property } from '../property.ts'
import { authorizerOf, type GcsAccess } from './access.ts'

/** 24 to 48 s of pauses for a service that fails; ten seconds for an address that never answers, three times. */
export const gcsPolicy: RetryPolicy = { ...usualPolicy, silenceMs: 10_000 }

/** What a session with the service is made of. */
export interface GcsWorld {
  readonly access: GcsAccess
  readonly logger: Logger
  /** Unix seconds. */
  readonly wallClockSec: () => number
  readonly policy?: RetryPolicy
}

/** A bucket, and how to call the service. */
export interface GcsSession {
  readonly bucket: string
  readonly endpoint: string
  readonly policy: RetryPolicy
  readonly retries: Retries
  /** How the service is called right now, tokens being short-lived. */
  connect(signal: AbortSignal | undefined): Promise<HttpConnection>
}

/** A call of the JSON API: its path below `/storage/v1/b/BUCKET/` and its query. */
export interface GcsCall {
  readonly method: 'GET' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
}

/** Connects nothing yet. */
export function startSession(bucket: string, world: GcsWorld): GcsSession {
  const { access, logger, wallClockSec, policy = gcsPolicy } = world
  const limits = { headersTimeout: 0, bodyTimeout: policy.silenceMs }
  const dispatcher = proxyDispatcher(access.proxies, { connect: { timeout: policy.silenceMs }, ...limits })
  let authorizer: ReturnType<typeof authorizerOf> | undefined
  return {
    bucket,
    endpoint: access.endpoint,
    policy,
    retries: new Retries({ system: 'Google Cloud Storage', policy, logger, wallClockSec, sleep }),
    connect: async (signal) => {
      authorizer ??= authorizerOf(access)
      const authorize = await authorizer
      const headers = await within(policy.silenceMs, signal, authorize)
      // Others, such as x-goog-user-project, say nothing that a message may not repeat.
      const secrets = Object.entries(headers)
        .filter(([name]) => name.toLowerCase() === 'authorization')
        .map(([, value]) => ({ name: 'token', value: value.replace('Bearer ', '') }))
      return { dispatcher, headers, redact: createRedact([...secrets, ...proxySecrets(access.proxies)]) }
    },
  }
}

/** Makes a call until it succeeds or the policy is used up. @returns the parsed answer. @throws {HttpFailure} */
export async function callGcs(
  session: GcsSession,
  { method, path, query = {} }: GcsCall,
  signal?: AbortSignal,
): Promise<unknown> {
  const url = addressOf(session, path, query)
  return await session.retries.run(`${method} ${path}`, signal, () =>
    attempt(session, { method, url }, 0, signal),
  )
}

/** What the system takes of a stream before it is sent: by default at most so much (tcp_wmem in tcp(7)). */
const UNSENT_BYTES = 4 << 20

/** One attempt. @param bytes of the request's body. @returns the parsed answer. @throws {HttpFailure} */
export async function attempt(
  session: GcsSession,
  request: HttpRequest,
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const connection = await session.connect(signal)
  const stallMs = sendLimitMs(session.policy, Math.min(bytes, UNSENT_BYTES))
  const limitMs = sendLimitMs(session.policy, bytes)
  const { text } = await requestText(connection, { ...request, stallMs }, limitMs, signal).catch(
    (error: unknown) => {
      throw classify(error)
    },
  )
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch (error) {
    throw connectionFailure(error, connection.redact)
  }
}

/** @returns the address of a call of the JSON API. */
export function addressOf(
  { endpoint, bucket }: GcsSession,
  path: string,
  query: Readonly<Record<string, string>>,
): string {
  return `${endpoint}/storage/v1/b/${bucket}/${path}?${new URLSearchParams(query)}`
}

/** @returns the path of an object for calls of the JSON API. */
export function objectPath(objectName: string): string {
  return `o/${encodeURIComponent(objectName)}`
}

/** @returns the failure with the service's own words, and of the kind that those, beside the status, tell. */
export function classify(error: unknown): unknown {
  if (!(error instanceof HttpFailure)) return error
  const { facts } = error
  const answered = property(facts.body, 'error')
  const said = property(answered, 'message')
  const detail = typeof said === 'string' && said !== '' ? shorten(said, 300) : facts.detail
  const reasons = JSON.stringify(property(answered, 'errors') ?? '')
  // The service checks the checksum that we declare, so this is a byte that changed on the way.
  if (facts.status === 400 && /crc32c.*match/i.test(detail)) {
    return new HttpFailure({ ...facts, detail, kind: 'lost' })
  }
  if (facts.status === 403 && /rateLimitExceeded/i.test(reasons)) {
    return new HttpFailure({ ...facts, detail, kind: 'busy' })
  }
  return new HttpFailure({ ...facts, detail })
}
