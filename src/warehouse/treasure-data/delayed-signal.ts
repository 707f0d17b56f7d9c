/** A signal, and what ends the waiting behind it. */
export interface DelayedSignal {
  readonly signal: AbortSignal
  release(): void
}

/** @returns a signal that follows another one late, for what should rather end than break off. */
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
