import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { DuckDBInstance } from '@duckdb/node-api'
import type { Logger } from '../../logger.ts'
import { type Sql, sql } from '../../queries/sql.ts'
import { type DuckDbPlace, isThere, lockHolder, makeDirectory, openError } from './place.ts'
import { takeTurn } from './turns.ts'

/**
 * The database of the output tables. Not the name that DuckDB would give it: in `mta.duckdb`, called `mta`, every
 * `mta.shapley` would be ambiguous.
 */
export const TABLES_CATALOG = 'td_mta_tables'

/** How long another process is waited for: longer than any table takes to write. */
const LOCK_WAIT_MS = 60_000
const PAUSE_MS = 200
/** How often it is said; whole pauses. */
const SAY_MS = 20_000

/** What the tables are wanted for. */
export type Access = 'read' | 'write'

/** How a file of tables is waited for. */
export interface WaitOptions {
  readonly logger: Logger
  /** For another process that has the file open; undefined: about a minute. */
  readonly lockWaitMs?: number | undefined
  /** Ends the waiting of calls that have no signal of their own. */
  readonly signal?: AbortSignal | undefined
}

/** What ends the use of a file of tables. */
type Release = () => Promise<void>

/** The file of the tables, attached to an instance only while somebody uses it, since others are locked out so long. */
export class TablesFile {
  readonly #instance: DuckDBInstance
  readonly #place: DuckDbPlace
  readonly #options: WaitOptions
  readonly #turns = new Set<() => void>()
  #reading: { readers: number; readonly attached: Promise<Release> } | undefined
  #isClosed = false

  constructor(instance: DuckDBInstance, place: DuckDbPlace, options: WaitOptions) {
    this.#instance = instance
    this.#place = place
    this.#options = options
  }

  /**
   * Attaches the file, waiting for others who use it; those who read at the same time share it. Reading makes no file:
   * if there is none, nothing is attached.
   * @returns what detaches it, when the last reader or the writer is done.
   * @throws {ConfigError} {DataError} as {@link openError}; the signal ends the waiting for another process.
   */
  async use(access: Access, signal = this.#options.signal): Promise<Release> {
    if (access === 'write') return await this.#attach(access, signal)
    this.#reading ??= { readers: 0, attached: this.#attach(access, signal) }
    const shared = this.#reading
    shared.readers++
    const isLast = () => {
      shared.readers--
      if (shared.readers === 0 && this.#reading === shared) this.#reading = undefined
      return shared.readers === 0
    }
    try {
      const release = await shared.attached
      return async () => {
        if (isLast()) await release()
      }
    } catch (error) {
      isLast()
      throw error
    }
  }

  /** Lets others have the file, whoever still uses it. */
  close(): void {
    this.#isClosed = true
    for (const endTurn of this.#turns) endTurn()
  }

  async #attach(access: Access, signal: AbortSignal | undefined): Promise<Release> {
    const { file, csvDirectory } = this.#place
    if (access === 'write' && csvDirectory !== undefined) await makeDirectory(dirname(file))
    const endTurn = await this.#takeTurn(signal)
    try {
      signal?.throwIfAborted()
      if (access === 'write' || (await isThere(file))) {
        await attachWhenFree(this.#instance, this.#place, this.#options, access, signal)
      }
    } catch (error) {
      endTurn()
      throw error
    }
    return async () => {
      try {
        if (!this.#isClosed) await run(this.#instance, sql`DETACH DATABASE IF EXISTS ${catalog}`)
      } finally {
        endTurn()
      }
    }
  }

  async #takeTurn(signal: AbortSignal | undefined): Promise<() => void> {
    const { file } = this.#place
    const end = await takeTurn(file, signal, (seconds) => {
      this.#options.logger.warn({ file, seconds }, 'still waiting for another use of the file of tables')
    })
    const endTurn = () => {
      this.#turns.delete(endTurn)
      end()
    }
    this.#turns.add(endTurn)
    return endTurn
  }
}

const catalog = sql.identifier(TABLES_CATALOG)

async function attachWhenFree(
  instance: DuckDBInstance,
  place: DuckDbPlace,
  { logger, lockWaitMs = LOCK_WAIT_MS }: WaitOptions,
  access: Access,
  signal: AbortSignal | undefined,
): Promise<void> {
  const mode = access === 'read' ? sql`READ_ONLY` : sql`READ_WRITE`
  const attach = sql`ATTACH ${sql.literal(place.file)} AS ${catalog} (${mode})`
  for (let waitedMs = 0; ; waitedMs += PAUSE_MS) {
    try {
      return await run(instance, attach)
    } catch (error) {
      const holder = lockHolder(error)
      if (holder === undefined || waitedMs >= lockWaitMs) throw openError(place, error)
      if (waitedMs % SAY_MS === 0) {
        const waited = waitedMs === 0 ? {} : { seconds: waitedMs / 1000 }
        logger.warn({ file: place.file, holder, ...waited }, 'file of tables was open in another process')
      }
    }
    await pause(PAUSE_MS, undefined, { signal }).catch((error: unknown) => {
      signal?.throwIfAborted()
      throw error
    })
  }
}

async function run(instance: DuckDBInstance, statement: Sql): Promise<void> {
  const connection = await instance.connect()
  try {
    await connection.run(statement.render())
  } finally {
    connection.disconnectSync()
  }
}
