import type { RetryPolicy } from '../../../src/storage/gcs-retries.ts'

/** Retries as in earnest, with pauses and time limits that fit a server on this machine. */
export const fastPolicy: RetryPolicy = {
  attempts: 5,
  unreachableAttempts: 5,
  baseDelayMs: 4,
  maxDelayMs: 20,
  timeoutMs: 400,
  partTimeoutMs: 800,
}
