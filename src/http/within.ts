import { HttpFailure } from './failure.ts'

/**
 * @param work is given a signal that ends it; what it does after the limit, if it can't be ended, goes unseen.
 * @returns what the work gives.
 * @throws {HttpFailure} of the kind `silent` after the limit, the signal's reason on abort.
 */
export async function within<T>(
  limitMs: number,
  signal: AbortSignal | undefined,
  work: (stop: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const stop = new AbortController()
  let end = () => {}
  const ended = new Promise<never>((_, reject) => {
    const detail = `no complete answer within ${limitMs / 1000} s`
    const timer = setTimeout(() => {
      reject(new HttpFailure({ kind: 'silent', detail }))
      stop.abort(new Error(detail))
    }, limitMs)
    const onAbort = () => {
      reject(signal?.reason)
      stop.abort(signal?.reason)
    }
    signal?.addEventListener('abort', onAbort)
    end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
  })
  try {
    return await Promise.race([ended, work(stop.signal)])
  } finally {
    end()
  }
}
