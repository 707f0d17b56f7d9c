import { DataError } from '../errors.ts'
import type { Options } from '../options/option-table.ts'
import type { OutputColumn, TableName, TableWrite, Value, Warehouse } from '../warehouse/warehouse.ts'

/** The names of the tables that every run writes. */
export interface OutputTables {
  readonly metrics: TableName
  readonly shapley: TableName
  readonly shapleyChannel: TableName
  readonly attribution: TableName
  readonly evidence: TableName
}

/** @returns where a run's tables go. */
export function outputTables(options: Options): OutputTables {
  const named = (table: string): TableName => ({ database: options.db, table })
  return {
    metrics: named(options.metricsTable),
    shapley: named(options.shapleyTable),
    shapleyChannel: named(`${options.shapleyTable}_channel`),
    attribution: named(options.attributionTable),
    evidence: named(options.evidenceTable),
  }
}

/**
 * With `--if-exists error`, refuses before any work.
 * @throws {DataError} naming the first table that is there.
 */
export async function refuseExistingTables(
  warehouse: Warehouse,
  options: Options,
  tables: readonly TableName[],
): Promise<void> {
  if (options.ifExists !== 'error') return
  for (const table of tables) {
    if ((await warehouse.describeTable(table)) === undefined) continue
    throw new DataError(
      `table ${table.database}.${table.table} exists and --if-exists (IF_EXISTS) is error: ` +
        'drop it, name another one, or use overwrite, append or ignore',
    )
  }
}

/** What is stamped on every row that a run writes. */
export interface Stamp {
  readonly runId: string
  /** ISO 8601. */
  readonly sessionTime: string
  /** The one kind of conversion that was counted; null where all were. */
  readonly conversionType: string | null
}

/**
 * @param columns without the two that end every table.
 * @param rows values in the order of `columns`.
 * @returns the write of one table, its rows ending with the kind of conversion where one was chosen, run id and
 *   session time.
 */
export function stampedWrite(
  options: Options,
  stamp: Stamp,
  table: TableName,
  columns: readonly OutputColumn[],
  rows: readonly (readonly Value[])[],
): TableWrite {
  const kind: readonly OutputColumn[] = [{ name: 'conversion_type', type: 'varchar' }]
  const hasKind = stamp.conversionType !== null
  return {
    table,
    columns: [
      ...columns,
      ...(hasKind ? kind : []),
      { name: 'run_id', type: 'varchar' },
      { name: 'session_time', type: 'timestamp' },
    ],
    rows: rows.map((row) => [
      ...row,
      ...(hasKind ? [stamp.conversionType] : []),
      stamp.runId,
      stamp.sessionTime,
    ]),
    ifExists: options.ifExists,
    runId: stamp.runId,
  }
}
