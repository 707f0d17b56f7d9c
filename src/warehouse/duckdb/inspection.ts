import { rm } from 'node:fs/promises'
import { sql } from '../../queries/sql.ts'
import type { Inspection } from '../inspection.ts'
import type { Warehouse } from '../warehouse.ts'

/** Looks at an embedded warehouse. @param places of {@link openDuckDb}. */
export function inspectDuckDb(
  warehouse: Warehouse,
  { file, tablesDir }: { readonly file: string | undefined; readonly tablesDir: string },
): Inspection {
  return {
    server: undefined,
    access: async () => `${warehouse.name} is embedded and asks for none`,
    outputDatabase: async (database, signal) => {
      if (file === undefined) return `tables are written as CSV files into ${tablesDir}`
      const query = sql`SELECT 1 FROM information_schema.schemata WHERE schema_name = ${sql.literal(database)}`
      for await (const _ of warehouse.query(query, signal)) return `schema ${database} is in ${file}`
      return `${file} has no schema ${database}: the first write creates it`
    },
    dropTable: async ({ table, location }, signal) => {
      if (file === undefined) return rm(location)
      for await (const _ of warehouse.query(sql`DROP TABLE ${sql.table(table)}`, signal));
    },
    close: async () => {},
  }
}
