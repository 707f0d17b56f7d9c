import type { RetryPolicy } from '../../../src/http/retries.ts'
import { silentLogger } from '../../../src/logger.ts'
import { gcsPolicy } from '../../../src/storage/gcs/session.ts'

/** What a storage needs besides access, in tests. */
export const surroundings = { logger: silentLogger, wallClockSec: () => 0 }

/** Retries as in earnest, without their pauses. */
export const patientPolicy: RetryPolicy = { ...gcsPolicy, firstPauseMs: 4, longestPauseMs: 20 }

/** For calls that will not be answered: waits a second only. A busy machine costs attempts, so there are more. */
export const hastyPolicy: RetryPolicy = {
  ...patientPolicy,
  attemptsUnanswered: 8,
  silenceMs: 700,
  slowestBytesPerMs: 16_000,
}
