import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { sql } from '../../queries/sql.ts'
import { trinoMacros } from './macros.ts'
import { type DuckDbPlace, isThere, makeDirectory, openError } from './place.ts'

/** About 60 % of the 2.5 GB that a hosted task may take; DuckDB spills above it. */
const MEMORY_LIMIT = '1500MB'

/**
 * The database of the output tables. Not the name that DuckDB would give it: in `mta.duckdb`, called `mta`, every
 * `mta.shapley` would be ambiguous.
 */
export const TABLES_CATALOG = 'td_mta_tables'

/** The database of the input's view, in memory, so that it never ends up in a person's DuckDB file. */
export const INPUT_CATALOG = 'td_mta_input'

/** An open DuckDB, and connections to it that are all set up alike. */
export interface Session {
  connect(): Promise<DuckDBConnection>
  /** Makes the file of the tables where there is none yet; to be called before tables are written. */
  createFile(): Promise<void>
  /** Does work that keeps the order of appended rows; other work doesn't, which takes less memory. */
  inOrder<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T>
  close(): void
}

/**
 * Opens a DuckDB file of the user, which is made where there is none, or the one of a data directory, which is made
 * only by `createFile`.
 * @param inputSchema is looked up in the input as well as in the tables; undefined: there is no input.
 * @throws {ConfigError} where the file can't be opened, is open in another process, or, of the user, is no database.
 * @throws {DataError} where the file of a data directory is no database.
 */
export async function openSession(place: DuckDbPlace, inputSchema: string | undefined): Promise<Session> {
  const { file, csvDirectory } = place
  const isUsers = csvDirectory === undefined
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: MEMORY_LIMIT,
    preserve_insertion_order: 'false',
    // DuckDB would spill into .tmp of the working directory.
    temp_directory: isUsers ? `${file}.tmp` : join(tmpdir(), `td-mta-${process.pid}`),
  })
  const attach = (path: string) =>
    withConnection(instance, (connection) => attachTables(connection, path, inputSchema))
  let isCreated = isUsers || (await isThere(file))
  try {
    await withConnection(instance, (connection) => attachInput(connection, inputSchema))
    await attach(isCreated ? file : ':memory:')
  } catch (error) {
    instance.closeSync()
    throw openError(place, error)
  }
  return {
    connect: () => connect(instance, inputSchema),
    createFile: async () => {
      if (isCreated) return
      await makeDirectory(dirname(file))
      await attach(file).catch((error: unknown) => {
        throw openError(place, error)
      })
      isCreated = true
    },
    inOrder: orderKeeper(),
    close: () => instance.closeSync(),
  }
}

/** The setting is one of the whole database, so the last of those who need it puts it back. */
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

/** Takes the place of what was attached before. */
async function attachTables(
  connection: DuckDBConnection,
  path: string,
  schema: string | undefined,
): Promise<void> {
  const catalog = sql.identifier(TABLES_CATALOG)
  await connection.run(sql`DETACH DATABASE IF EXISTS ${catalog}`.render())
  await connection.run(sql`ATTACH ${sql.literal(path)} AS ${catalog}`.render())
  if (schema !== undefined) {
    await connection.run(sql`CREATE SCHEMA IF NOT EXISTS ${sql.identifier(TABLES_CATALOG, schema)}`.render())
  }
}

async function withConnection(
  instance: DuckDBInstance,
  work: (connection: DuckDBConnection) => Promise<void>,
): Promise<void> {
  const connection = await instance.connect()
  try {
    await work(connection)
  } finally {
    connection.disconnectSync()
  }
}

async function connect(instance: DuckDBInstance, schema: string | undefined): Promise<DuckDBConnection> {
  const connection = await instance.connect()
  const schemas =
    schema === undefined
      ? []
      : [TABLES_CATALOG, INPUT_CATALOG].map((catalog) => sql.identifier(catalog, schema))
  const searchPath = sql.join([sql.identifier(TABLES_CATALOG), ...schemas], sql`,`).render()
  const setPath = sql`SET search_path = ${sql.literal(searchPath)}`
  for (const statement of [sql`SET TimeZone = 'UTC'`, ...trinoMacros, setPath]) {
    await connection.run(statement.render())
  }
  return connection
}
