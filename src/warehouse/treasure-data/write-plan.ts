import { ConfigError } from '../../errors.ts'
import { existingTable } from '../check-writes.ts'
import type { NameTemporary } from '../temporary-names.ts'
import type { TableName, Write } from '../warehouse.ts'
import type { Api } from './api.ts'
import { outputSchema, type SchemaColumn } from './schema.ts'
import { type ListedTable, listTables } from './table-calls.ts'

/** The tables of each database being written to. */
export type ExistingTables = ReadonlyMap<string, readonly ListedTable[]>

/** How one table is written. */
export interface TablePlan {
  readonly write: Write
  /** Filled first; replaces the table in the end. */
  readonly temporary: TableName
  /** What a query joins with while it fills the temporary table. */
  readonly lookup: TableName
  /** The existing table, if its rows are kept. */
  readonly former: ListedTable | undefined
  /** The columns that the table will have. */
  readonly columns: readonly SchemaColumn[]
}

/** @throws {ConfigError} if there is no such database. */
export async function listExisting(
  api: Api,
  writes: readonly Write[],
  signal?: AbortSignal,
): Promise<ExistingTables> {
  const existing = new Map<string, readonly ListedTable[]>()
  for (const database of new Set(writes.map(({ table }) => table.database))) {
    const tables = await listTables(api, database, signal)
    if (tables === undefined) {
      throw new ConfigError(
        `--db (DB): there is no database ${database} on Treasure Data: create it, or name another one`,
      )
    }
    existing.set(database, tables)
  }
  return existing
}

/**
 * @returns a plan for each write, undefined for a table that `ignore` leaves alone.
 * @throws {DataError} if `error` meets an existing table.
 */
export function planWrites(
  writes: readonly Write[],
  existing: ExistingTables,
  names: NameTemporary,
): readonly (TablePlan | undefined)[] {
  return writes.map((write) => planWrite(write, existing, names))
}

/** @returns a table as it was listed. */
export function maybeExisting(
  existing: ExistingTables,
  { database, table }: TableName,
): ListedTable | undefined {
  return existing.get(database)?.find(({ name }) => name === table)
}

function planWrite(write: Write, existing: ExistingTables, names: NameTemporary): TablePlan | undefined {
  const found = maybeExisting(existing, write.table)
  if (found && write.ifExists === 'ignore') return undefined
  if (found && write.ifExists === 'error') {
    throw existingTable(write.table)
  }
  const [temporary, lookup] = [names(write.table, 'tmp'), names(write.table, 'lookup')]
  const columns = outputSchema(write.columns)
  const former = write.ifExists === 'append' ? found : undefined
  return {
    write,
    temporary,
    lookup,
    former,
    columns: former ? mergeColumns(former.columns, columns) : columns,
  }
}

/** The table's columns, ours with the types that this run writes, then the new ones. */
function mergeColumns(
  former: readonly SchemaColumn[],
  written: readonly SchemaColumn[],
): readonly SchemaColumn[] {
  const ours = new Map(written.map((column) => [column.name, column]))
  const kept = former.filter(({ name }) => name !== 'time')
  const names = new Set(kept.map(({ name }) => name))
  return [
    ...kept.map((column) => ours.get(column.name) ?? column),
    ...written.filter(({ name }) => !names.has(name)),
  ]
}
