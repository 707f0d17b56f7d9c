import { type RetryPolicy, sleep as realSleep, type Sleep, usualPolicy } from '../../http/retries.ts'
import type { Logger } from '../../logger.ts'
import { ownerOf } from '../temporary-names.ts'
import type { TableName, Warehouse } from '../warehouse.ts'
import { readTrinoConnection } from './connection.ts'
import { streamQuery } from './query.ts'
import { TrinoSession } from './session.ts'
import { describe } from './tables.ts'
import { writeTables } from './write-tables.ts'

/** Options of a Trino server. */
export interface TrinoOptions {
  /** `trino:http(s)://user@host:port/catalog`. */
  readonly warehouse: string
  /** For TRINO_PASSWORD, TRINO_CA_FILE, TRINO_INSECURE_TLS and the proxies. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The table of touchpoints, which no output may replace. */
  readonly inputTable: TableName | undefined
  readonly logger: Logger
  /** Unix seconds of the wall clock. */
  readonly wallClockSec: () => number
  /** A few hexadecimal digits that no other run has. */
  readonly uniqueSuffix: () => string
  /** How patiently calls are retried; what is absent is as usual. */
  readonly policy?: Partial<RetryPolicy>
  /** Waits between attempts, and for other runs; real time if left out. */
  readonly sleep?: Sleep
}

/**
 * Opens a Trino server; no call is made before the first query.
 * @throws {ConfigError} if the address, password or certificates can't be right.
 */
export function openTrino(options: TrinoOptions): Warehouse {
  const { logger, inputTable, wallClockSec, uniqueSuffix, sleep = realSleep } = options
  const connection = readTrinoConnection(options.warehouse, options.environment)
  if (!connection.checksCertificate) {
    logger.warn({ server: connection.origin }, 'certificate is not checked: TRINO_INSECURE_TLS is on')
  }
  const policy = { ...usualPolicy, ...options.policy }
  const world = { system: 'Trino', policy, logger, wallClockSec, sleep }
  const session = new TrinoSession(connection, world, options.environment)
  const newOwner = () => ownerOf(`${wallClockSec()}-${uniqueSuffix()}${uniqueSuffix()}`)
  const context = { session, input: inputTable, wallClockSec, newOwner, sleep }
  return {
    name: connection.name,
    describeTable: (table) => describe(session, table),
    query: (query, signal) => streamQuery(session, query, signal),
    writeTables: (writes, signal) => writeTables(context, writes, signal),
    close: () => session.close(),
  }
}
