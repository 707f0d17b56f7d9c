import type { Environment } from '../../http/proxy-secrets.ts'
import { type RetryPolicy, sleep as realSleep, type Sleep, usualPolicy } from '../../http/retries.ts'
import type { Logger } from '../../logger.ts'
import { sql } from '../../queries/sql.ts'
import { ownerOf } from '../temporary-names.ts'
import type { Warehouse } from '../warehouse.ts'
import { Api } from './api.ts'
import { readTreasureDataConnection } from './connection.ts'
import { streamQuery } from './query.ts'
import { describeSchema } from './schema.ts'
import { showTable } from './table-calls.ts'
import { writeTables } from './write-tables.ts'
import type { WriteWorld } from './write-world.ts'

/** Options of a warehouse at Treasure Data. */
export interface TreasureDataOptions {
  /** TD_API_KEY: a master key. */
  readonly apiKey: string | undefined
  /** TD_API_SERVER: the site's API, a host or a URL; undefined or empty: the US site. */
  readonly apiServer: string | undefined
  /** The variables that name proxies; undefined: none. */
  readonly proxies?: Environment
  /** Where queries look up names without a database. */
  readonly database: string
  readonly logger: Logger
  /** Stops describing a table, with its reason; queries and writes take a signal of their own. */
  readonly signal?: AbortSignal | undefined
  /** Unix seconds of the wall clock. */
  readonly wallClockSec: () => number
  /** A few hexadecimal digits that no other run has. */
  readonly uniqueSuffix: () => string
  /** Priority of the jobs, -2 (very low) to 2 (very high); undefined: Treasure Data's default. */
  readonly priority?: number | undefined
  /** The resource pool of the jobs; undefined: the account's default. */
  readonly poolName?: string | undefined
  /** Waits between attempts and polls; real time if left out. */
  readonly sleep?: Sleep
  /** How patiently calls are retried; what is absent is as usual. */
  readonly policy?: Partial<RetryPolicy>
  /** Milliseconds that cleaning up after a failure may take. */
  readonly cleanUpMs?: number
}

/**
 * Opens Treasure Data: queries are Trino jobs, tables are written by bulk import and renamed into their place. Calls
 * nothing yet.
 * @throws {ConfigError} if key or server is missing or can't be right.
 */
export function openTreasureData(options: TreasureDataOptions): Warehouse {
  const world = createWorld(options)
  return {
    name: 'td',
    describeTable: async (table) => {
      const columns = await showTable(world.api, table, options.signal)
      return columns && describeSchema(columns)
    },
    query: (query, signal) => streamQuery(world, query, world.newDomainKey(), signal),
    timeRangeCondition: (column, fromSec, toSec) =>
      sql`TD_TIME_RANGE(${column}, ${sql.literal(fromSec ?? null)}, ${sql.literal(toSec ?? null)})`,
    writeTables: (writes, signal) => writeTables(world, writes, signal),
    close: () => world.api.close(),
  }
}

/** @returns what calls and jobs need; makes no call yet. @throws {ConfigError} as {@link openTreasureData}. */
export function createWorld(options: TreasureDataOptions): WriteWorld {
  const { logger, wallClockSec, uniqueSuffix, sleep = realSleep } = options
  const connection = readTreasureDataConnection(options.apiKey, options.apiServer, options.proxies)
  const process = `${wallClockSec()}-${uniqueSuffix()}${uniqueSuffix()}`
  const policy = { ...usualPolicy, ...options.policy }
  let [jobs, owners] = [0, 0]
  return {
    api: new Api(connection, { system: 'Treasure Data', policy, logger, wallClockSec, sleep }),
    host: new URL(connection.origin).host,
    sleep,
    logger,
    settings: { database: options.database, priority: options.priority, poolName: options.poolName },
    wallClockSec,
    newOwner: () => ownerOf(`${process}-${++owners}`),
    newDomainKey: () => `td-mta-${process}-${++jobs}`,
    cleanUpMs: options.cleanUpMs ?? 20_000,
  }
}
