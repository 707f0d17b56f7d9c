import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from '../../logger.ts'
import { createRandom } from '../../numerics/random.ts'
import { sql } from '../../queries/sql.ts'
import type { Warehouse } from '../warehouse.ts'
import { Api } from './api.ts'
import type { Sleep } from './calls.ts'
import { readEndpoint } from './endpoint.ts'
import type { Timeouts } from './http-client.ts'
import { streamQuery } from './query.ts'
import { describeSchema } from './schema.ts'
import { showTable } from './table-calls.ts'
import { writeTables } from './write-tables.ts'
import type { WriteWorld } from './write-world.ts'

/** What a warehouse at Treasure Data is opened with. */
export interface TreasureDataOptions {
  /** TD_API_KEY: a master key. */
  readonly apiKey: string | undefined
  /** TD_API_SERVER: the site's API, a host or a URL; undefined or empty: the US site. */
  readonly apiServer: string | undefined
  /** Where queries look up names without a database. */
  readonly database: string
  readonly logger: Logger
  /** Ends the description of a table with its reason; queries and writes are given one of their own. */
  readonly signal?: AbortSignal | undefined
  /** Unix seconds of the wall clock. */
  readonly wallClockSec: () => number
  /** A few hexadecimal digits that no other run has. */
  readonly uniqueSuffix: () => string
  /** Of the jobs, -2 (very low) to 2 (very high); undefined: Treasure Data's default. */
  readonly priority?: number | undefined
  /** The resource pool of the jobs; undefined: the account's default. */
  readonly poolName?: string | undefined
  /** Waits between attempts and polls; the real time where left out. */
  readonly sleep?: Sleep
  readonly timeouts?: Timeouts
  /** Attempts of each call, 8 where left out: about half a minute of waiting. */
  readonly attempts?: number
  /** Milliseconds that cleaning up after a failure may take. */
  readonly cleanUpMs?: number
}

const defaultTimeouts: Timeouts = { controlMs: 60_000, uploadMs: 600_000, idleMs: 60_000 }

/**
 * Opens Treasure Data: queries are Trino jobs, tables are written by bulk import and renamed into their place. Calls
 * nothing yet.
 * @throws {ConfigError} where key or server are missing or can't be.
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

/** @returns what calls and jobs need; calls nothing yet. @throws {ConfigError} as {@link openTreasureData}. */
export function createWorld(options: TreasureDataOptions): WriteWorld {
  const { logger, wallClockSec, uniqueSuffix, sleep = realSleep } = options
  const endpoint = readEndpoint(options.apiKey, options.apiServer)
  const process = `${wallClockSec()}-${uniqueSuffix()}${uniqueSuffix()}`
  const random = createRandom(Number.parseInt(uniqueSuffix(), 16) || 0, 'treasure-data retries').uniform
  let jobs = 0
  return {
    api: new Api(
      { endpoint, sleep, random, wallClockSec, logger, attempts: options.attempts ?? 8 },
      options.timeouts ?? defaultTimeouts,
    ),
    host: new URL(endpoint.origin).host,
    sleep,
    logger,
    settings: { database: options.database, priority: options.priority, poolName: options.poolName },
    wallClockSec,
    newDomainKey: () => `td-mta-${process}-${++jobs}`,
    cleanUpMs: options.cleanUpMs ?? 20_000,
  }
}

async function realSleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await wait(milliseconds, undefined, signal ? { signal } : {})
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
}
