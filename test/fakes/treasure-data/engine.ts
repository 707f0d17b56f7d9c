import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { trinoMacros } from '../../../src/warehouse/duckdb/macros.ts'
import { quoteIdentifier, quoteLiteral } from '../sql-text.ts'
import { timeMacros } from './time-macros.ts'
import { trinoNames } from './trino-names.ts'

/** The catalog's name as Treasure Data's Trino has it. */
export const CATALOG = 'td-presto'

/** The DuckDB that holds the tables and runs the queries. */
export interface Engine {
  /** Runs work on a connection of its own. @param database where names without one are looked up. */
  connected<T>(work: (connection: DuckDBConnection) => Promise<T>, database?: string): Promise<T>
  /** Runs work in a transaction, one after the other: readers see all of it or nothing. */
  exclusively<T>(work: (connection: DuckDBConnection) => Promise<T>, database?: string): Promise<T>
  close(): void
}

/** @param spoolDir where DuckDB spills. */
export async function openEngine(spoolDir: string): Promise<Engine> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: '1500MB',
    temp_directory: spoolDir,
  })
  const setUp = await instance.connect()
  for (const sql of [`ATTACH ':memory:' AS ${quoteIdentifier(CATALOG)}`, ...trinoNames(CATALOG)]) {
    await setUp.run(sql)
  }
  setUp.disconnectSync()
  let last: Promise<unknown> = Promise.resolve()
  const idle: DuckDBConnection[] = []
  const connected: Engine['connected'] = async (work, database) => {
    const connection = idle.pop() ?? (await connect(instance))
    try {
      await lookIn(connection, database)
      const result = await work(connection)
      idle.push(connection)
      return result
    } catch (error) {
      connection.disconnectSync()
      throw error
    }
  }
  return {
    connected,
    exclusively: (work, database) => {
      const turn = last.then(() =>
        connected((connection) => inTransaction(connection, () => work(connection)), database),
      )
      last = turn.catch(() => undefined)
      return turn
    },
    close: () => {
      for (const connection of idle) connection.disconnectSync()
      instance.closeSync()
    },
  }
}

/** Defining the functions takes longer than most work, so connections are used again. */
async function connect(instance: DuckDBInstance): Promise<DuckDBConnection> {
  const connection = await instance.connect()
  // Trino divides integers to an integer.
  const settings = ["SET TimeZone = 'UTC'", 'SET integer_division = true']
  const macros = trinoMacros.map((macro) => macro.render())
  for (const statement of [...settings, ...macros, ...timeMacros]) await connection.run(statement)
  return connection
}

async function lookIn(connection: DuckDBConnection, database: string | undefined): Promise<void> {
  const schema = `${quoteIdentifier(CATALOG)}.${quoteIdentifier(database ?? 'main')}`
  await connection.run(`SET search_path = ${quoteLiteral(schema)}`)
}

async function inTransaction<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
  await connection.run('BEGIN')
  try {
    const result = await work()
    await connection.run('COMMIT')
    return result
  } catch (error) {
    await connection.run('ROLLBACK').catch(() => undefined)
    throw error
  }
}
