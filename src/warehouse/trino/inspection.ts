import { type Sql, sql } from '../../queries/sql.ts'
import type { Inspection } from '../inspection.ts'
import type { Row, Warehouse } from '../warehouse.ts'
import { readTrinoConnection } from './connection.ts'
import { trinoDispatcher } from './session.ts'
import { lowerCase } from './tables.ts'
import type { TrinoOptions } from './warehouse.ts'

/** Inspects a Trino server by small queries. @throws {ConfigError} if the address can't be right. */
export function inspectTrino(
  warehouse: Warehouse,
  options: Pick<TrinoOptions, 'warehouse' | 'environment'>,
): Inspection {
  const connection = readTrinoConnection(options.warehouse, options.environment)
  const { origin, catalog } = connection
  return {
    server: origin,
    connect: () => trinoDispatcher(connection, options.environment),
    access: async (signal) => {
      const [[user] = []] = await collect(warehouse, sql`SELECT current_user`, signal)
      return `${origin} takes user ${user}`
    },
    outputDatabase: async (database, signal) => {
      const schema = sql.literal(database.toLowerCase())
      const query = sql`SELECT schema_name FROM information_schema.schemata WHERE schema_name = ${schema}`
      const rows = await collect(warehouse, query, signal)
      if (rows.length > 0) return `schema ${database} is in catalog ${catalog}`
      return `catalog ${catalog} has no schema ${database}: the first write creates it, if the user may`
    },
    dropTable: async ({ table }, signal) => {
      await collect(warehouse, sql`DROP TABLE ${sql.table(lowerCase(table))}`, signal)
    },
    close: async () => {},
  }
}

async function collect(warehouse: Warehouse, query: Sql, signal: AbortSignal): Promise<readonly Row[]> {
  const all: Row[] = []
  for await (const rows of warehouse.query(query, signal)) all.push(...rows)
  return all
}
