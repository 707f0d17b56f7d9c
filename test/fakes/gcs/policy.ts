import { defaultRetryPolicy, type RetryPolicy } from '../../../src/storage/gcs/retries.ts'

/** Retries as in earnest, without their pauses. */
export const patientPolicy: RetryPolicy = { ...defaultRetryPolicy, baseDelayMs: 4, maxDelayMs: 20 }

/** For calls that will not be answered: waits a second only. A busy machine costs attempts, so there are more. */
export const hastyPolicy: RetryPolicy = {
  ...patientPolicy,
  unreachableAttempts: 8,
  timeoutMs: 700,
  slowestBytesPerMs: 16_000,
}
