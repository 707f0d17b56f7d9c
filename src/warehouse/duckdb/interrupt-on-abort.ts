import type { DuckDBConnection } from '@duckdb/node-api'

/** A statement that is not running yet when it is interrupted runs on: so it is interrupted again and again. */
const AGAIN_MS = 50

/** From an abort of the signal on, whatever runs on the connection is interrupted. @returns what ends that. */
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
