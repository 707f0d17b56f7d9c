import type { Logger } from '../../logger.ts'
import type { TableName, Warehouse } from '../warehouse.ts'
import { readTrinoConnection } from './connection.ts'
import { streamQuery } from './query.ts'
import { type Patience, usualPatience } from './retry.ts'
import { openSession } from './session.ts'
import { describe } from './tables.ts'
import { writeTables } from './write-tables.ts'

/** What a Trino server is opened with. */
export interface TrinoOptions {
  /** `trino:http(s)://user@host:port/catalog`. */
  readonly warehouse: string
  /** For TRINO_PASSWORD, TRINO_CA_FILE and TRINO_INSECURE_TLS. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The table of touchpoints, which no output may replace; or undefined. */
  readonly inputTable: TableName | undefined
  readonly logger: Logger
  /** How long failing calls are tried again; about a minute unless given. */
  readonly patience?: Patience
}

/**
 * Opens a Trino server; no call is made before the first query.
 * @throws {ConfigError} where address, password or certificates can't be right.
 */
export function openTrino(options: TrinoOptions): Warehouse {
  const { logger, inputTable, patience } = options
  const connection = readTrinoConnection(options.warehouse, options.environment)
  if (!connection.checksCertificate) {
    logger.warn({ server: connection.origin }, 'certificate is not checked: TRINO_INSECURE_TLS is on')
  }
  const session = openSession(connection, patience ?? usualPatience, logger)
  return {
    name: connection.name,
    describeTable: (table) => describe(session, table),
    query: (query, signal) => streamQuery(session, query, signal),
    writeTables: (writes, signal) => writeTables(session, inputTable, writes, signal),
    close: () => session.close(),
  }
}
