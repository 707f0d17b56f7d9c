import { setTimeout as sleep } from 'node:timers/promises'
import pRetry from 'p-retry'
import type { ConfigError, RemoteError } from '../../errors.ts'
import type { Logger } from '../../logger.ts'
import { CallFailure, isPassing } from './call-failure.ts'

/** How long we bear with a server. */
export interface Patience {
  readonly attempts: number
  /** Pause after the first failure, doubled each time, and up to doubled again by chance. */
  readonly firstPauseMs: number
  readonly longestPauseMs: number
  /** Silence of a call after which it counts as failed. */
  readonly silenceMs: number
}

/** About a minute of pauses in all. */
export const usualPatience: Patience = {
  attempts: 8,
  firstPauseMs: 250,
  longestPauseMs: 15_000,
  silenceMs: 60_000,
}

/** Longer than this nobody is waited for, whatever Retry-After says. */
const LONGEST_RETRY_AFTER_MS = 60_000

/**
 * Makes a call until it succeeds; only what may pass is tried again.
 * @param explain the error of a failure that is final.
 * @throws the explained failure, or the signal's reason.
 */
export async function withRetries<T>(
  call: () => Promise<T>,
  patience: Patience,
  logger: Logger,
  explain: (failure: CallFailure, attempts: number) => ConfigError | RemoteError,
  signal?: AbortSignal,
): Promise<T> {
  let attempts = 0
  try {
    return await pRetry(
      () => {
        attempts++
        return call()
      },
      {
        retries: patience.attempts - 1,
        minTimeout: patience.firstPauseMs,
        maxTimeout: patience.longestPauseMs,
        randomize: true,
        shouldRetry: ({ error, attemptNumber }) =>
          error instanceof CallFailure && isPassing(error, attemptNumber),
        onFailedAttempt: ({ error, attemptNumber, retriesLeft }) =>
          pause(error, attemptNumber, retriesLeft, logger, signal),
        ...(signal ? { signal } : {}),
      },
    )
  } catch (error) {
    signal?.throwIfAborted()
    throw error instanceof CallFailure ? explain(error, attempts) : error
  }
}

async function pause(
  error: Error,
  attempt: number,
  left: number,
  logger: Logger,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!(error instanceof CallFailure) || left === 0 || !isPassing(error, attempt)) return
  logger.warn({ attempt, failure: error.message }, 'call to trino failed, trying again')
  const waitMs = Math.min(error.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS)
  if (waitMs > 0) await sleep(waitMs, undefined, signal ? { signal } : {})
}
