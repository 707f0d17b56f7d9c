/** Nobody who watches a log should have to ask for half a minute what is going on. */
const EVERY_MS = 20_000

/**
 * Does work that may take long, and says every 20 s that it is still going on.
 * @param say called with the seconds since the start.
 */
export async function sayWhile<T>(say: (seconds: number) => void, work: () => Promise<T>): Promise<T> {
  const startedMs = performance.now()
  const timer = setInterval(() => say(Math.round((performance.now() - startedMs) / 1000)), EVERY_MS)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}
