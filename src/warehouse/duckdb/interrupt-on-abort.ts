import type { DuckDBConnection } from '@duckdb/node-api'

/** Interrupting a statement that is not running yet has no effect, so it is done repeatedly. */
const AGAIN_MS = 50

/** Once the signal aborts, interrupts whatever runs on the connection. @returns a function that stops this. */
export function interruptOnAbort(connection: DuckDBConnection, signal: AbortSignal | undefined): () => void {
  let timer: NodeJS.Timeout | undefined
  const interrupt = () => {
    connection.interrupt()
    timer = setTimeout(interrupt, AGAIN_MS)
  }
  if (signal?.aborted) interrupt()
  else signal?.addEventListener('abort', interrupt, { once: true })
  return () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', interrupt)
  }
}
