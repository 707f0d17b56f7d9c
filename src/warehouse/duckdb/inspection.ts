import { rm } from 'node:fs/promises'
import { sql } from '../../queries/sql.ts'
import type { Inspection } from '../inspection.ts'
import type { Warehouse } from '../warehouse.ts'
import type { DuckDbPlace } from './place.ts'

/** Looks at an embedded warehouse. @param place of {@link openDuckDb}. */
export function inspectDuckDb(warehouse: Warehouse, { file, csvDirectory }: DuckDbPlace): Inspection {
  return {
    server: undefined,
    access: async () => `${warehouse.name} is embedded and asks for none`,
    outputDatabase: async (database, signal) => {
      if (csvDirectory !== undefined)
        return `tables are written into ${file}, and as CSV files into ${csvDirectory}`
      const query = sql`SELECT 1 FROM information_schema.schemata WHERE schema_name = ${sql.literal(database)}`
      for await (const _ of warehouse.query(query, signal)) return `schema ${database} is in ${file}`
      return `${file} has no schema ${database}: the first write creates it`
    },
    dropTable: async ({ table, location }, signal) => {
      for await (const _ of warehouse.query(sql`DROP TABLE ${sql.table(table)}`, signal));
      if (csvDirectory !== undefined) await rm(location)
    },
    close: async () => {},
  }
}
