import type { Sleep } from '../../http/retries.ts'

const FIRST_MS = 1000
const LONGEST_MS = 30_000
const FACTOR = 1.5

/** Asks repeatedly, after 1 s at first and 30 s in the end, until there is an answer. */
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

/** A signal, and a function that stops its timer. */
export interface DelayedSignal {
  readonly signal: AbortSignal
  release(): void
}

/** @returns a signal that follows another one after a delay, for work that had better finish. */
export function delayedSignal(signal: AbortSignal, delayMs: number): DelayedSignal {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const start = () => {
    timer = setTimeout(() => controller.abort(signal.reason), delayMs)
  }
  if (signal.aborted) start()
  else signal.addEventListener('abort', start, { once: true })
  const release = () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', start)
  }
  return { signal: controller.signal, release }
}
