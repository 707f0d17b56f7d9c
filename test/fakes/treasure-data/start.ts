import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bulkImportRoutes } from './bulk-import-routes.ts'
import { BulkImports } from './bulk-imports.ts'
import { databaseRoutes } from './database-routes.ts'
import { openEngine } from './engine.ts'
import { Faults } from './faults.ts'
import { importRoutes } from './import-routes.ts'
import { jobRoutes } from './job-routes.ts'
import { type Job, Jobs } from './jobs.ts'
import { loadTable, type TableSource } from './load-table.ts'
import type { Pace } from './progress.ts'
import { buildQueryRunner } from './query-runner.ts'
import { readTable, type TableRow } from './read-table.ts'
import { type LoggedCall, serve } from './serve.ts'
import { tableRoutes } from './table-routes.ts'
import { Tables } from './tables.ts'

/** All have defaults by which the fake is deterministic: nothing depends on time. */
export interface FakeOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number
  /** The only key that is let in. */
  readonly apiKey?: string
  /** How long a job is told to be queued; one poll by default. */
  readonly queued?: Pace
  /** How long a job is told to be running at least; one poll by default. */
  readonly running?: Pace
  /** How long a bulk import is committing; one poll (`bulk_import/show`) by default. */
  readonly committing?: Pace
  /**
   * How long queries see neither committed rows nor new schemas. A poll is a query that names the table, or
   * `table/show`. None by default.
   */
  readonly visible?: Pace
  /** Milliseconds since 1970; the system's clock by default. */
  readonly clock?: () => number
}

/** A running fake. */
export interface FakeTreasureData {
  /** `http://127.0.0.1:PORT`, for `TD_API_SERVER`. */
  readonly url: string
  /** For `TD_API_KEY`. */
  readonly apiKey: string
  /** Switches faults on and off. */
  readonly faults: Faults
  /** Every call so far, in the order of arrival. */
  readonly calls: readonly LoggedCall[]
  /** Every job so far, in the order of issue. */
  jobs(): readonly Job[]
  /**
   * What a reader sees of a table at this moment, read past the API: no call is logged, no poll counted.
   * @returns undefined where there is no such table.
   */
  rows(database: string, table: string): Promise<readonly TableRow[] | undefined>
  /** Makes or replaces a table, and its database where there is none. */
  loadTable(database: string, table: string, source: TableSource): Promise<void>
  /** Ends open calls, stops queries, frees files and memory; safe to call twice. */
  close(): Promise<void>
}

const anyKey = '1/0123456789abcdef0123456789abcdef01234567'

/** Starts a fake Treasure Data (API v3) on 127.0.0.1; README.md says what it does and doesn't. */
export async function startFakeTreasureData(options: FakeOptions = {}): Promise<FakeTreasureData> {
  const { apiKey = anyKey, clock = Date.now } = options
  const [once, never] = [{ polls: 1 }, { polls: 0 }]
  const spoolDir = mkdtempSync(join(tmpdir(), 'fake-treasure-data-'))
  const engine = await openEngine(spoolDir)
  const tables = new Tables(engine, options.visible ?? never, clock)
  const jobs = new Jobs([options.queued ?? once, options.running ?? once], clock)
  const committing = options.committing ?? once
  const routes = [
    ...databaseRoutes(tables),
    ...tableRoutes(tables),
    ...jobRoutes(jobs, tables, buildQueryRunner(tables, spoolDir)),
    ...bulkImportRoutes({ imports: new BulkImports(), jobs, tables, committing }),
    ...importRoutes(tables),
  ]
  const calls: LoggedCall[] = []
  const faults = new Faults()
  const server = createServer(serve({ routes, apiKey, spoolDir, calls, faults }))
  // A connection that the server closes when idle would be a fault that nobody switched on.
  server.keepAliveTimeout = 0
  const port = await listen(server, options.port ?? 0).catch((error: unknown) => {
    engine.close()
    rmSync(spoolDir, { recursive: true, force: true })
    throw error
  })
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
    jobs.killAll()
    await Promise.all([...jobs.byId.values()].map(({ ended }) => ended))
    await engine.exclusively(async () => undefined)
    engine.close()
    rmSync(spoolDir, { recursive: true, force: true })
  }
  let closing: Promise<void> | undefined
  return {
    url: `http://127.0.0.1:${port}`,
    apiKey,
    faults,
    calls,
    jobs: () => [...jobs.byId.values()],
    rows: (database, table) => readTable(tables, database, table),
    loadTable: (database, table, source) => loadTable(tables, database, table, source),
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}
