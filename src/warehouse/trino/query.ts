import { ConfigError, RemoteError } from '../../errors.ts'
import { type Sql, sqlForErrors } from '../../queries/sql.ts'
import type { Row } from '../warehouse.ts'
import type { Page } from './page.ts'
import { readRows } from './rows.ts'
import type { TrinoSession } from './session.ts'

/** An error that Trino reports, with its name such as NOT_SUPPORTED; the `cause` of ours. */
export class TrinoRefusal extends Error {
  readonly errorName: string

  constructor(errorName: string, message: string) {
    super(`${errorName}: ${message}`)
    this.name = 'TrinoRefusal'
    this.errorName = errorName
  }
}

/**
 * Streams a query's result, each page as a batch; however the reading ends, nothing keeps running on the server.
 * @throws {RemoteError} with Trino's error and the SQL, {ConfigError} for an unknown catalog, {DataError} for a value
 *   that can't be represented exactly, or the signal's reason.
 */
export async function* streamQuery(
  session: TrinoSession,
  query: Sql,
  signal?: AbortSignal,
): AsyncGenerator<readonly Row[]> {
  for await (const page of readPages(session, query, signal)) {
    const rows = readRows(page)
    if (rows.length > 0) yield rows
  }
}

/** Runs a small query or a statement. @returns its rows; for a statement that writes, the number of rows written. */
export async function runStatement(
  session: TrinoSession,
  query: Sql,
  signal?: AbortSignal,
): Promise<readonly Row[]> {
  const all: Row[] = []
  for await (const rows of streamQuery(session, query, signal)) all.push(...rows)
  return all
}

async function* readPages(
  session: TrinoSession,
  query: Sql,
  signal: AbortSignal | undefined,
): AsyncGenerator<Page> {
  signal?.throwIfAborted()
  let page = await session.submit(query.render(), signal)
  let nextUri = page.nextUri
  try {
    for (;;) {
      nextUri = page.nextUri
      if (page.error) throw refusalError(session, query, page.error)
      yield page
      session.logger.debug({ query: page.id }, 'read a page of a result on trino')
      if (nextUri === undefined) return
      page = await session.readPage(nextUri, signal)
    }
  } finally {
    if (nextUri !== undefined) await session.cancel(nextUri)
  }
}

function refusalError(
  session: TrinoSession,
  query: Sql,
  { errorName, message: said }: NonNullable<Page['error']>,
): ConfigError | RemoteError {
  const { connection } = session
  const message = session.redact(said)
  const cause = new TrinoRefusal(session.redact(errorName), message)
  if (errorName === 'CATALOG_NOT_FOUND') {
    return new ConfigError(
      `--warehouse (WAREHOUSE) is "${connection.name}": ${message}; use one that SHOW CATALOGS lists`,
      { cause },
    )
  }
  return new RemoteError(`trino: ${cause.message}\nin the query:\n${sqlForErrors(query)}`, { cause })
}
