import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { ConfigError, messageOf } from '../../errors.ts'
import { type Sql, sql } from '../../queries/sql.ts'
import { trinoMacros } from './macros.ts'

/** About 60 % of the 2.5 GB that a hosted task may take; DuckDB spills above it. */
const MEMORY_LIMIT = '1500MB'

/**
 * The database of the output tables, in memory or in a file. Never the name that DuckDB would give it: in `mta.duckdb`,
 * called `mta`, every `mta.shapley` would be ambiguous.
 */
export const TABLES_CATALOG = 'td_mta_tables'

/** Where the view of the input lives: a database in memory, so that it never ends up in a person's DuckDB file. */
export const INPUT_CATALOG = 'td_mta_input'

/** An open DuckDB, and connections to it that are all set up alike. */
export interface Session {
  connect(): Promise<DuckDBConnection>
  /** Looks up tables of this schema in the input as well as in the tables; for connections made from now on. */
  addInputSchema(schema: string): void
  /** Does work that keeps the order of rows, in files read and in rows appended; the others don't, for their memory. */
  inOrder<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T>
  close(): void
}

/**
 * @param file undefined: in memory.
 * @throws {ConfigError} where the file can't be opened, is no DuckDB database, or is open in another process.
 */
export async function openSession(file: string | undefined): Promise<Session> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: MEMORY_LIMIT,
    preserve_insertion_order: 'false',
    // DuckDB would spill into .tmp of the working directory.
    temp_directory: file === undefined ? join(tmpdir(), `td-mta-${process.pid}`) : `${file}.tmp`,
  })
  try {
    await attach(instance, file)
  } catch (error) {
    instance.closeSync()
    throw file === undefined ? error : openError(file, error)
  }
  const searchPath = [sql.identifier(TABLES_CATALOG)]
  return {
    connect: () => connect(instance, searchPath),
    addInputSchema: (schema) => {
      for (const catalog of [TABLES_CATALOG, INPUT_CATALOG]) {
        searchPath.push(sql.identifier(catalog, schema))
      }
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

async function attach(instance: DuckDBInstance, file: string | undefined): Promise<void> {
  const connection = await instance.connect()
  try {
    const path = sql.literal(file ?? ':memory:')
    await connection.run(sql`ATTACH ${path} AS ${sql.identifier(TABLES_CATALOG)}`.render())
    await connection.run(sql`ATTACH ':memory:' AS ${sql.identifier(INPUT_CATALOG)}`.render())
  } finally {
    connection.disconnectSync()
  }
}

async function connect(instance: DuckDBInstance, searchPath: readonly Sql[]): Promise<DuckDBConnection> {
  const connection = await instance.connect()
  const path = sql.literal(sql.join(searchPath, sql`,`).render())
  const statements = [sql`SET TimeZone = 'UTC'`, ...trinoMacros, sql`SET search_path = ${path}`]
  for (const statement of statements) await connection.run(statement.render())
  return connection
}

function openError(file: string, error: unknown): ConfigError {
  const message = messageOf(error).trimEnd()
  const holder = /Conflicting lock is held in (.*?)\. /.exec(message)?.[1]
  const why =
    holder === undefined
      ? `${message}; check the path, its permissions, and that it is a DuckDB database`
      : `it is open in another process, ${holder}; close it there, or give another file`
  return new ConfigError(`--warehouse duckdb:${file} (WAREHOUSE): ${why}`, { cause: error })
}
