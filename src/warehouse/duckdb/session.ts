import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { type Sql, sql } from '../../queries/sql.ts'
import { trinoMacros } from './macros.ts'
import { checkWritable, type DuckDbPlace } from './place.ts'
import { commonSettings } from './settings.ts'
import { openSpillDirectory } from './spill-directory.ts'
import { type Access, TABLES_CATALOG, TablesFile, type WaitOptions } from './tables-file.ts'

/** The database of the input's view, in memory, so that it never ends up in a person's DuckDB file. */
export const INPUT_CATALOG = 'td_mta_input'

/** A connection until it is given back. */
export interface Loan {
  readonly connection: DuckDBConnection
  /** Where it puts what exceeds its memory. */
  readonly spillPath: string
  giveBack(): Promise<void>
}

/** An open DuckDB, and connections to it that are all set up alike. */
export interface Session {
  /**
   * @param access to the tables: other warehouses, of this process or others, can't write them before the connection is
   *   given back, nor read them while they are written; so a writer also waits for all who read in this session.
   *   `none`: the connection sees only the input.
   * @throws {ConfigError} if the file can't be opened or stays open in another process.
   * @throws {DataError} if the file of a data directory is no database.
   */
  lend(access: Access | 'none', signal?: AbortSignal): Promise<Loan>
  /** Does work that keeps the order of appended rows; other work doesn't, which takes less memory. */
  inOrder<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface SessionOptions extends WaitOptions {
  /** Undefined: as many as there are processors. */
  readonly threads?: number | undefined
  /** Tighter limits than those of the machine, such as `100MB`, for tests and measurements. */
  readonly limits?: { readonly memory_limit?: string; readonly max_temp_directory_size?: string }
}

/**
 * Opens DuckDB for a file of tables, which need not be there: the first writing makes it.
 * @param inputSchema is looked up in the input as well as in the tables; undefined: there is no input.
 * @throws {ConfigError} if the file can't be written, as far as its permissions tell.
 */
export async function openSession(
  place: DuckDbPlace,
  inputSchema: string | undefined,
  options: SessionOptions,
): Promise<Session> {
  await checkWritable(place)
  const spill = await openSpillDirectory(place.file)
  const instance = await DuckDBInstance.create(':memory:', {
    ...commonSettings(options.threads),
    preserve_insertion_order: 'false',
    temp_directory: spill.path,
  })
  const tables = new TablesFile(instance, place, options)
  const input = await instance.connect()
  await attachInput(input, inputSchema)
  // As options of a new instance DuckDB takes no notice of some of them.
  for (const [name, limit] of Object.entries(options.limits ?? {})) {
    await input.run(sql`SET ${sql.identifier(name)} = ${sql.literal(limit)}`.render())
  }
  input.disconnectSync()
  return {
    lend: async (access, signal) => {
      const detach = access === 'none' ? async () => {} : await tables.use(access, signal)
      try {
        const connection = await connect(instance, inputSchema, access)
        const giveBack = async () => {
          connection.disconnectSync()
          await detach()
        }
        return { connection, giveBack, spillPath: spill.path }
      } catch (error) {
        await detach()
        throw error
      }
    },
    inOrder: orderKeeper(),
    close: async () => {
      tables.close()
      instance.closeSync()
      await spill.remove()
    },
  }
}

/** Does work on a connection of {@link Session.lend}; it gets the spill directory, too, for errors. */
export async function withConnection<T>(
  session: Session,
  access: Access | 'none',
  work: (connection: DuckDBConnection, spillPath: string) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const { connection, giveBack, spillPath } = await session.lend(access, signal)
  try {
    return await work(connection, spillPath)
  } finally {
    await giveBack()
  }
}

/** The setting applies to the whole database, so the last of those who need it restores it. */
function orderKeeper(): Session['inOrder'] {
  let inNeed = 0
  return async (connection, work) => {
    if (inNeed++ === 0) await connection.run('SET preserve_insertion_order = true')
    try {
      return await work()
    } finally {
      if (--inNeed === 0) await connection.run('SET preserve_insertion_order = false')
    }
  }
}

async function attachInput(connection: DuckDBConnection, schema: string | undefined): Promise<void> {
  await connection.run(sql`ATTACH ':memory:' AS ${sql.identifier(INPUT_CATALOG)}`.render())
  if (schema !== undefined) {
    await connection.run(sql`CREATE SCHEMA ${sql.identifier(INPUT_CATALOG, schema)}`.render())
  }
}

async function connect(
  instance: DuckDBInstance,
  inputSchema: string | undefined,
  access: Access | 'none',
): Promise<DuckDBConnection> {
  const connection = await instance.connect()
  const tables = access === 'none' ? [] : await tablesPath(connection, inputSchema, access)
  const input = inputSchema === undefined ? [] : [sql.identifier(INPUT_CATALOG, inputSchema)]
  const searchPath = sql.join([...tables, ...input], sql`,`).render()
  const setPath = sql`SET search_path = ${sql.literal(searchPath)}`
  for (const statement of [sql`SET TimeZone = 'UTC'`, ...trinoMacros, setPath]) {
    await connection.run(statement.render())
  }
  return connection
}

/** A name with a schema is looked up only in the databases whose schema of that name is in the search path. */
async function tablesPath(
  connection: DuckDBConnection,
  inputSchema: string | undefined,
  access: Access,
): Promise<readonly Sql[]> {
  const catalog = sql.identifier(TABLES_CATALOG)
  const schema = inputSchema === undefined ? undefined : sql.identifier(TABLES_CATALOG, inputSchema)
  if (schema !== undefined && access === 'write') {
    await connection.run(sql`CREATE SCHEMA IF NOT EXISTS ${schema}`.render())
  }
  const schemas = await schemaNames(connection)
  if (schemas.length === 0) return []
  const hasSchema = schemas.some((name) => name.toLowerCase() === inputSchema?.toLowerCase())
  return schema !== undefined && hasSchema ? [catalog, schema] : [catalog]
}

/** @returns the schemas of the tables; none if no file is attached. */
export async function schemaNames(connection: DuckDBConnection): Promise<readonly string[]> {
  const query = sql`SELECT schema_name FROM information_schema.schemata
WHERE catalog_name = ${sql.literal(TABLES_CATALOG)}`
  const found = await connection.runAndReadAll(query.render())
  return found.getRows().map(([name]) => String(name))
}
