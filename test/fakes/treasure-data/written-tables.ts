import type { DuckDBConnection } from '@duckdb/node-api'
import { CATALOG } from './engine.ts'
import { normalize } from './table-shape.ts'
import { type Tables, tablePath } from './tables.ts'
import { mentions } from './trino-names.ts'

/**
 * After a query that wrote: tables that are new become known and get `time`, those that are gone are forgotten, rows
 * without `time` get now. In the query's transaction.
 */
export async function adoptChanges(connection: DuckDBConnection, tables: Tables, sql: string): Promise<void> {
  const found = await connection.runAndReadAll(
    'SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = $1',
    [CATALOG],
  )
  const present = found
    .getRows()
    .map(([database, name]) => ({ database: String(database), name: String(name) }))
  const nowSec = Math.floor(tables.clock() / 1000)
  for (const { name: database, tables: known } of tables.databases.values()) {
    for (const table of [...known.values()]) {
      const isThere = present.some((each) => each.database === database && each.name === table.name)
      if (!isThere) tables.forget(table)
      else if (mentions(sql, table.name)) {
        await connection.run(`UPDATE ${tablePath(table)} SET "time" = ${nowSec} WHERE "time" IS NULL`)
      }
    }
  }
  for (const place of present) {
    if (tables.databases.get(place.database)?.tables.has(place.name) !== false) continue
    const schema = await normalize(connection, place, nowSec)
    const unnamed = schema.findIndex(({ name }) => !/^[a-z_]\w*$/i.test(name))
    if (unnamed >= 0) throw new Error(`line 1:1: Column name not specified at position ${unnamed + 1}`)
    tables.register(place.database, place.name, schema)
  }
}
