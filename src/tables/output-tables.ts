import { DataError } from '../errors.ts'
import type {
  IfExists,
  OutputColumn,
  TableName,
  TableWrite,
  Warehouse,
  WriteTarget,
  WrittenTable,
} from '../warehouse/warehouse.ts'
import { attribution } from './attribution.ts'
import { paths, removalEffects, transitions } from './comparison.ts'
import { confounding } from './confounding.ts'
import { credits } from './credits.ts'
import { evidence } from './evidence.ts'
import { metrics } from './metrics.ts'
import { performance } from './performance.ts'
import { shapley, shapleyChannel } from './shapley.ts'
import { type Columns, type OutputTable, type RowOf, sqlColumns, sqlRows } from './table.ts'

/** All tables that a run may write. */
export const outputTables = [
  metrics,
  shapley,
  shapleyChannel,
  attribution,
  evidence,
  confounding,
  credits,
  performance,
  paths,
  transitions,
  removalEffects,
] as const

type TableOption = (typeof outputTables)[number] extends OutputTable<infer Option> ? Option : never

/** The options that name tables, and their database. */
export type NamingOptions<Option extends string = TableOption> = { readonly db: string } & {
  readonly [Name in Option]: string | undefined
}

/** The same, and what to do with tables that exist. */
export type WritingOptions<Option extends string = TableOption> = NamingOptions<Option> & {
  readonly ifExists: IfExists
}

/** @returns the table that an option names, in the database of the run; undefined if the option is unset. */
export function maybeTable<Option extends string>(
  options: NamingOptions<Option>,
  option: Option,
  suffix = '',
): TableName | undefined {
  const name = options[option]
  return name === undefined ? undefined : { database: options.db, table: `${name}${suffix}` }
}

/** @returns the name of an output table; undefined if it was not asked for. */
export function maybeTableName<Option extends string>(
  { option, suffix, onlyWith }: OutputTable<Option>,
  options: NamingOptions<Option>,
): TableName | undefined {
  if (onlyWith !== undefined && options[onlyWith] === undefined) return undefined
  return maybeTable(options, option, suffix)
}

/** @returns the names of the tables that were asked for. */
export function tableNames<Option extends string>(
  tables: readonly OutputTable<Option>[],
  options: NamingOptions<Option>,
): readonly TableName[] {
  return tables.map((table) => maybeTableName(table, options)).filter((name) => name !== undefined)
}

/**
 * Refuses names that no table can have and, with `--if-exists error`, tables that exist.
 * @throws {ConfigError} {DataError} naming the first one.
 */
export async function checkOutputTables(
  warehouse: Pick<Warehouse, 'checkTableName' | 'describeTable'>,
  ifExists: IfExists,
  tables: readonly TableName[],
): Promise<void> {
  for (const table of tables) warehouse.checkTableName?.(table)
  if (ifExists !== 'error') return
  for (const table of tables) {
    if ((await warehouse.describeTable(table)) === undefined) continue
    throw new DataError(
      `table ${table.database}.${table.table} exists and --if-exists (IF_EXISTS) is error: ` +
        'drop it, name another one, or use overwrite, append or ignore',
    )
  }
}

/**
 * @param wasSkipped whether `--if-exists ignore` made an earlier step of this run skip the table; undefined if no earlier
 *   step wrote it.
 * @returns the options with which this step writes the table.
 */
export function optionsToRewrite<Writing extends { readonly ifExists: IfExists }>(
  options: Writing,
  wasSkipped: boolean | undefined,
): Writing {
  if (wasSkipped === undefined || options.ifExists === 'overwrite') return options
  return { ...options, ifExists: wasSkipped ? 'ignore' : 'append' }
}

/** @returns whether `--if-exists ignore` made the write skip a table. */
export function isSkipped<Option extends string>(
  table: OutputTable<Option>,
  options: NamingOptions<Option>,
  written: readonly WrittenTable[],
): boolean {
  const name = maybeTableName(table, options)?.table
  return written.some(({ table, skipped }) => skipped && table.table === name)
}

/** What tells one run from another. */
export interface RunStamp {
  readonly runId: string
  /** ISO 8601. */
  readonly sessionTime: string
}

/** What is stamped on every row that a run writes. */
export interface Stamp extends RunStamp {
  /** Local day of the session, such as 2026-03-01. */
  readonly sessionDate: string
  /** First and last local day whose conversions the row speaks of; null where paths have no days. */
  readonly creditedFrom: string | null
  readonly creditedTo: string | null
  /** The one kind of conversion that was counted; null where all were. */
  readonly conversionType: string | null
}

/** A column that ends every table, and its value. */
export type StampCell = OutputColumn & { readonly value: string | null }

/** @returns the columns that end every table. */
export function stampCells(stamp: Stamp): readonly StampCell[] {
  const { runId, sessionTime, sessionDate, creditedFrom, creditedTo, conversionType } = stamp
  return [
    { name: 'conversion_type', type: 'varchar', value: conversionType },
    { name: 'run_id', type: 'varchar', value: runId },
    { name: 'session_time', type: 'timestamp', value: sessionTime },
    { name: 'session_date', type: 'varchar', value: sessionDate },
    { name: 'credited_from', type: 'varchar', value: creditedFrom },
    { name: 'credited_to', type: 'varchar', value: creditedTo },
  ]
}

/** @returns where and how a table is written; undefined if it was not asked for. */
export function maybeTarget<Option extends string>(
  table: OutputTable<Option>,
  options: WritingOptions<Option>,
  stamp: Stamp,
  listNames: readonly string[] = [],
): WriteTarget | undefined {
  const name = maybeTableName(table, options)
  if (name === undefined) return undefined
  const columns = [...sqlColumns(table.columns, listNames), ...stampCells(stamp)]
  return {
    table: name,
    columns: columns.map(({ name, type }) => ({ name, type })),
    ifExists: options.ifExists,
    runId: stamp.runId,
  }
}

/**
 * @param listNames of the columns that a list stands for.
 * @returns the write of the table with its rows stamped; none where it was not asked for.
 */
export function tableWrites<Option extends string, Specs extends Columns>(
  table: OutputTable<Option, Specs>,
  options: WritingOptions<Option>,
  stamp: Stamp,
  rows: readonly RowOf<Specs>[],
  listNames: readonly string[] = [],
): readonly TableWrite[] {
  const target = maybeTarget(table, options, stamp, listNames)
  if (target === undefined) return []
  const stamped = stampCells(stamp).map(({ value }) => value)
  return [{ ...target, rows: sqlRows(table.columns, rows).map((row) => [...row, ...stamped]) }]
}
