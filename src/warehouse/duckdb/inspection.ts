import { rm } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Logger } from '../../logger.ts'
import { sql } from '../../queries/sql.ts'
import type { Inspection } from '../inspection.ts'
import type { Warehouse } from '../warehouse.ts'
import { isSameName } from './append-rows.ts'
import type { DuckDbPlace } from './place.ts'
import { openSession, schemaNames, withConnection } from './session.ts'
import { type Access, TABLES_CATALOG } from './tables-file.ts'

/** Looks at an embedded warehouse. @param place of {@link openDuckDb}. */
export function inspectDuckDb(warehouse: Warehouse, place: DuckDbPlace, logger: Logger): Inspection {
  const { file, csvDirectory } = place
  const withTables = async <T>(
    access: Access,
    signal: AbortSignal,
    work: (connection: DuckDBConnection) => Promise<T>,
  ): Promise<T> => {
    const session = await openSession(place, undefined, { logger })
    try {
      return await withConnection(session, access, work, signal)
    } finally {
      await session.close()
    }
  }
  return {
    server: undefined,
    access: async () => `${warehouse.name} is embedded and asks for none`,
    outputDatabase: async (database, signal) => {
      if (csvDirectory !== undefined)
        return `tables are written into ${file}, and as CSV files into ${csvDirectory}`
      const schemas = await withTables('read', signal, schemaNames)
      if (schemas.some((schema) => isSameName(schema, database))) return `schema ${database} is in ${file}`
      return `${file} has no schema ${database}: the first write creates it`
    },
    dropTable: async ({ table, location }, signal) => {
      const path = sql.identifier(TABLES_CATALOG, table.database, table.table)
      await withTables('write', signal, (connection) => connection.run(sql`DROP TABLE ${path}`.render()))
      if (csvDirectory !== undefined) await rm(location, { force: true })
    },
    close: async () => {},
  }
}
