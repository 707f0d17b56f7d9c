import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import { DataError, messageOf, RemoteError } from '../../errors.ts'
import { type Sql, sqlForErrors } from '../../queries/sql.ts'
import { isBrokenFile, shortenFileError } from './broken-file.ts'
import { interruptOnAbort } from './interrupt-on-abort.ts'
import type { Loan } from './session.ts'

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
  const { connection, giveBack } = await lend()
  const release = interruptOnAbort(connection, signal)
  try {
    yield* streamChunks(connection, query, read, signal)
  } finally {
    release()
    connection.interrupt()
    // A result that was not read to its end keeps the file of the tables open until the connection runs something else.
    await connection.run('SELECT 1').catch(() => {})
    await giveBack()
  }
}

async function* streamChunks<Batch>(
  connection: DuckDBConnection,
  query: Sql,
  read: ChunkReader<Batch>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Batch> {
  const result = await asQueryError(query, signal, () => connection.stream(query.render()))
  const names = result.columnNames()
  for (;;) {
    const chunk = await asQueryError(query, signal, () => result.fetchChunk())
    if (!chunk || chunk.rowCount === 0) return
    yield read(chunk, names)
  }
}

async function asQueryError<T>(
  query: Sql,
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
    throw queryError(query, error)
  }
}

/** @returns what DuckDB threw as one of our errors: its own text, then the SQL's first 2000 characters. */
function queryError(query: Sql, error: unknown): DataError | RemoteError {
  const message = messageOf(error)
  if (isBrokenFile(message)) return new DataError(`duckdb: ${shortenFileError(message)}`, { cause: error })
  return new RemoteError(`duckdb: ${message.trimEnd()}\nin the query:\n${sqlForErrors(query)}`, {
    cause: error,
  })
}
