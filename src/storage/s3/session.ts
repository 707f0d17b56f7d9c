import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import { type Dispatcher, request } from 'undici'
import { ConfigError } from '../../errors.ts'
import { HttpFailure } from '../../http/failure.ts'
import { proxyDispatcher } from '../../http/proxies.ts'
import { Retries, type RetryPolicy, sendLimitMs, sleep, usualPolicy } from '../../http/retries.ts'
import { within } from '../../http/within.ts'
import type { Logger } from '../../logger.ts'
import type { S3Access } from './access.ts'
import { failureOf } from './errors.ts'

/** As for Google Cloud Storage. */
const s3Policy: RetryPolicy = { ...usualPolicy, silenceMs: 10_000 }

/** What a session with the service is made of. */
export interface S3World {
  readonly access: S3Access
  readonly logger: Logger
  /** Unix seconds. */
  readonly wallClockSec: () => number
  readonly policy?: RetryPolicy
}

/** AWS's package, loaded when the first call needs it. */
type Sdk = typeof import('@aws-sdk/client-s3')

/** A bucket, and how to call the service. */
export interface S3Session {
  readonly bucket: string
  readonly access: S3Access
  readonly policy: RetryPolicy
  readonly retries: Retries
  readonly connect: () => Promise<{ readonly sdk: Sdk; readonly client: S3Client }>
}

/** Connects nothing yet. */
export function startSession(bucket: string, world: S3World): S3Session {
  const { access, logger, wallClockSec, policy = s3Policy } = world
  let connected: ReturnType<S3Session['connect']> | undefined
  return {
    bucket,
    access,
    policy,
    retries: new Retries({ system: 'S3', policy, logger, wallClockSec, sleep }),
    connect: () => {
      connected ??= openClient(access, policy)
      return connected
    },
  }
}

async function openClient(access: S3Access, policy: RetryPolicy) {
  const sdk = await import('@aws-sdk/client-s3')
  const { endpoint, region, profile, credentials } = access
  const client = new sdk.S3Client({
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...(credentials === undefined ? {} : { credentials }),
    followRegionRedirects: true,
    // Attempts and pauses are ours, and so are the checksums.
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: handlerOf(access, policy),
    logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  })
  return { sdk, client }
}

/** Sends what AWS's package signed through the proxies that all of our calls go through. */
function handlerOf({ proxies }: S3Access, { silenceMs }: RetryPolicy) {
  const limits = { headersTimeout: 0, bodyTimeout: silenceMs }
  const dispatcher = proxyDispatcher(proxies, { connect: { timeout: silenceMs }, ...limits })
  const handler = {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(sent: SentRequest, { abortSignal }: { readonly abortSignal?: AbortSignal } = {}) {
      const answer = await request(addressOf(sent), {
        method: sent.method,
        headers: withoutExpect(sent.headers),
        body: sent.body ?? null,
        dispatcher,
        ...(abortSignal ? { signal: abortSignal } : {}),
      })
      const headers = Object.fromEntries(
        Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
      )
      return { response: { statusCode: answer.statusCode, headers, body: answer.body } }
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    destroy() {},
  }
  return handler as unknown as NonNullable<S3ClientConfig['requestHandler']>
}

/** Of large objects, and never signed: the client here can't wait for a server's consent. */
function withoutExpect({ Expect, expect, ...headers }: Readonly<Record<string, string>>) {
  return headers
}

/** A request as AWS's package gives it. */
interface SentRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE'
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>
  readonly headers: Record<string, string>
  readonly body?: Dispatcher.DispatchOptions['body']
}

/** Signed as it is: every sign but letters, digits and -_.~ is escaped. */
function addressOf({ protocol, hostname, port, path, query = {} }: SentRequest): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value ?? ''].flat().map((one) => `${escaped(name)}=${escaped(String(one))}`),
  )
  const search = pairs.length === 0 ? '' : `?${pairs.join('&')}`
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}${search}`
}

function escaped(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/**
 * Makes a call until it succeeds or the policy is used up.
 * @param bytes of the request's body. @throws {HttpFailure} {ConfigError}
 */
export async function callS3<T>(
  session: S3Session,
  what: string,
  call: (connected: Awaited<ReturnType<S3Session['connect']>>, signal: AbortSignal) => Promise<T>,
  { bytes = 0, signal }: { readonly bytes?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<T> {
  return await session.retries.run(what, signal, () => attempt(session, call, bytes, signal))
}

async function attempt<T>(
  session: S3Session,
  call: (connected: Awaited<ReturnType<S3Session['connect']>>, signal: AbortSignal) => Promise<T>,
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  try {
    const connected = await session.connect()
    const limitMs = sendLimitMs(session.policy, bytes)
    return await within(limitMs, signal, (stop) => call(connected, stop ?? new AbortController().signal))
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof HttpFailure || error instanceof ConfigError) throw error
    throw failureOf(error, session.access.redact)
  }
}
