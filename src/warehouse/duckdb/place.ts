import type { DuckDBConnection } from '@duckdb/node-api'
import { sql } from '../../queries/sql.ts'
import type { TableName } from '../warehouse.ts'

/** Where the tables of a warehouse stay when its process ends. */
export interface TablePlace {
  /** Makes a table that an earlier process left known to the database; nothing where it is known or isn't there. */
  load(connection: DuckDBConnection, table: TableName): Promise<void>
  /** Makes what the connection's transaction wrote ready to be seen, and nothing seen yet. */
  prepare(connection: DuckDBConnection, tables: readonly TableName[]): Promise<Prepared>
  /** Where a person finds the table. */
  location(table: TableName): string
}

/** Tables that are safe on the disk, but not yet seen. */
export interface Prepared {
  publish(): Promise<void>
  discard(): Promise<void>
}

/** The tables of a DuckDB file: its own transaction is all that it takes. */
export function filePlace(file: string): TablePlace {
  const nothing: Prepared = { publish: async () => {}, discard: async () => {} }
  return {
    load: async () => {},
    prepare: async () => nothing,
    location: (table) => `${sql.table(table).render()} in ${file}`,
  }
}
