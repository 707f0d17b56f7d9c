import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import { DataError, messageOf, RemoteError } from '../../errors.ts'
import { type Sql, sqlForErrors } from '../../queries/sql.ts'
import { isBrokenFile, shortenFileError } from './broken-file.ts'
import { interruptOnAbort } from './interrupt-on-abort.ts'
import type { Loan } from './session.ts'
import { maybeSpillFailure } from './spill-directory.ts'

/** Makes a batch of a chunk of the result; the names are those of its columns. */
export type ChunkReader<Batch> = (chunk: DuckDBDataChunk, columnNames: readonly string[]) => Batch

/**
 * Streams a query's result over a connection of its own, which is closed at the end, however that comes about.
 * @throws {RemoteError} with the SQL, {DataError} if the input file is broken, or the signal's reason.
 */
export async function* streamQuery<Batch>(
  lend: () => Promise<Loan>,
  query: Sql,
  read: ChunkReader<Batch>,
  signal?: AbortSignal,
): AsyncIterable<Batch> {
  signal?.throwIfAborted()
  const { connection, giveBack, spillPath } = await lend()
  const release = interruptOnAbort(connection, signal)
  try {
    yield* streamChunks(connection, query, read, (work) => asQueryError(query, spillPath, signal, work))
  } finally {
    release()
    connection.interrupt()
    // A result that was not read to its end keeps the file of the tables open until the connection runs something else.
    await connection.run('SELECT 1').catch(() => {})
    await giveBack()
  }
}

/** Does work, and throws our errors for DuckDB's. */
type Guard = <T>(work: () => Promise<T>) => Promise<T>

async function* streamChunks<Batch>(
  connection: DuckDBConnection,
  query: Sql,
  read: ChunkReader<Batch>,
  guard: Guard,
): AsyncGenerator<Batch> {
  const result = await guard(() => connection.stream(query.render()))
  const names = result.columnNames()
  for (;;) {
    const chunk = await guard(() => result.fetchChunk())
    if (!chunk || chunk.rowCount === 0) return
    yield read(chunk, names)
  }
}

async function asQueryError<T>(
  query: Sql,
  spillPath: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    signal?.throwIfAborted()
    const value = await work()
    signal?.throwIfAborted()
    return value
  } catch (error) {
    signal?.throwIfAborted()
    throw queryError(query, spillPath, error)
  }
}

/** @returns what DuckDB threw as one of our errors: its own text, then the SQL's first 2000 characters. */
function queryError(query: Sql, spillPath: string, error: unknown): Error {
  const message = messageOf(error)
  if (isBrokenFile(message)) return new DataError(`duckdb: ${shortenFileError(message)}`, { cause: error })
  const { kind, why } = maybeSpillFailure(message, spillPath) ?? { kind: RemoteError, why: message.trimEnd() }
  return new kind(`duckdb: ${why}\nin the query:\n${sqlForErrors(query)}`, { cause: error })
}
