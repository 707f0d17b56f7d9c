import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigError } from '../../errors.ts'
import { CallTimeout, failureOf, type GcsFailure } from './failure.ts'

/** How long and how often a call is tried. */
export interface RetryPolicy {
  /** Attempts of a call that fails in a passing way: status 408, 429, 5xx, a reset. */
  readonly attempts: number
  /** Attempts where nobody answers at all: a wrong address should be told within seconds. */
  readonly unreachableAttempts: number
  /** Longest pause before the second attempt; doubled for each one after, up to `maxDelayMs`. */
  readonly baseDelayMs: number
  readonly maxDelayMs: number
  /** Longest wait for the answer of a call, and for the next bytes of a download. */
  readonly timeoutMs: number
  /** A part of an upload gets so much more time for its bytes. */
  readonly slowestBytesPerMs: number
}

/** Some 25 to 50 s for what passes, 30 s at most for an address that never answers, a second where it refuses. */
export const defaultRetryPolicy: RetryPolicy = {
  attempts: 8,
  unreachableAttempts: 3,
  baseDelayMs: 500,
  maxDelayMs: 16_000,
  timeoutMs: 10_000,
  slowestBytesPerMs: 64,
}

/** A call that failed for good, or too often. Its cause holds no secret: the client's own error is left behind. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure'
  readonly failure: GcsFailure
  readonly attempts: number

  constructor(failure: GcsFailure, attempts: number) {
    super(failure.reason)
    this.failure = failure
    this.attempts = attempts
  }
}

/** The attempts of one call, or of one transfer that may go on where it stopped. */
export interface Retries {
  /** Waits for the next attempt. @throws {CallFailure} where there is none. Throws the signal's reason on abort. */
  afterFailure(error: unknown): Promise<void>
  /** Bytes got through: the next failure counts as the first one again. */
  afterProgress(): void
}

/** @param signal ends waits and calls. */
export function startRetries(policy: RetryPolicy, signal: AbortSignal | undefined): Retries {
  let attempts = 0
  return {
    async afterFailure(error) {
      signal?.throwIfAborted()
      if (isBug(error) || error instanceof ConfigError) throw error
      attempts++
      const failure = failureOf(error)
      const allowed = { passing: policy.attempts, unreachable: policy.unreachableAttempts, lasting: 1 }
      if (attempts >= allowed[failure.kind]) throw new CallFailure(failure, attempts)
      await pause(failure.retryAfterMs ?? delayMs(policy, attempts), signal)
    },
    afterProgress() {
      attempts = 0
    },
  }
}

/** @returns the longest wait for the answer to a request with so many bytes: 10 s for a lock, 141 s for 8 MiB. */
export function sendTimeoutMs({ timeoutMs, slowestBytesPerMs }: RetryPolicy, bytes: number): number {
  return timeoutMs + bytes / slowestBytesPerMs
}

/** Makes a call until it succeeds or `policy` is used up; `work` has to be safe to repeat. */
export async function callWithRetries<T>(
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const retries = startRetries(policy, signal)
  for (;;) {
    try {
      return await within(policy.timeoutMs, signal, work)
    } catch (error) {
      await retries.afterFailure(error)
    }
  }
}

/**
 * The client can't be stopped: what it does after the time, or after the signal, goes unseen.
 * @throws {CallTimeout} after `timeoutMs`, the signal's reason on abort.
 */
export async function within<T>(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const stop = new AbortController()
  const ends = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal])
  const timeout = sleep(timeoutMs, undefined, { signal: ends }).then(
    () => Promise.reject(new CallTimeout(`no answer within ${timeoutMs / 1000} s`)),
    () => (signal?.aborted ? Promise.reject(signal.reason) : new Promise<never>(() => {})),
  )
  try {
    return await Promise.race([work(), timeout])
  } finally {
    timeout.catch(() => {})
    stop.abort()
  }
}

function isBug(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError
}

/** Between half and all of the exponential delay: those who failed together come back apart. */
function delayMs(policy: RetryPolicy, attempts: number): number {
  const longest = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (attempts - 1))
  return randomInt(Math.floor(longest / 2), Math.floor(longest) + 1)
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal })
  } catch {
    signal?.throwIfAborted()
  }
}
