import type { Sleep } from './calls.ts'

const FIRST_MS = 1000
const LONGEST_MS = 30_000
const FACTOR = 1.5

/** Asks again and again, after 1 s at first and 30 s at last, until there is an answer. */
export async function poll<T>(
  sleep: Sleep,
  signal: AbortSignal | undefined,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  for (let waitMs = FIRST_MS; ; waitMs = Math.min(waitMs * FACTOR, LONGEST_MS)) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await sleep(waitMs, signal)
  }
}
