import type { Finding } from '../findings/finding.ts'
import type { Sql } from '../queries/sql.ts'

/**
 * The contract that DuckDB, Treasure Data and Trino keep: run SQL in Trino's dialect, stream rows out, write a set of
 * tables such that nobody ever sees half of one. `test/contracts/warehouse.ts` runs the same tests against each.
 */
export interface Warehouse {
  /** What a person would type after `--warehouse`, without credentials. */
  readonly name: string

  /** What it noticed about the files that it reads as tables; absent where it reads none. */
  readonly findings?: readonly Finding[]

  /**
   * @returns a reader whose queries without an order give the rows of a table in that in which they were written; undefined
   *   for a table whose rows have none. Absent where no table's rows have one.
   */
  inRowOrder?(table: TableName): Promise<Pick<Warehouse, 'query'> | undefined>

  /**
   * Absent if any table can be written that the database takes.
   * @throws {ConfigError} if no table of that name can be written, so that this is known before any work.
   */
  checkTableName?(table: TableName): void

  /**
   * @param option that names the table, for errors about a file.
   * @returns the table's columns in order, or undefined where there is no such table.
   */
  describeTable(table: TableName, option?: string): Promise<readonly Column[] | undefined>

  /**
   * Runs one query and streams its result; leaving the loop early, or the signal, cancels it.
   * @param query in Trino's dialect.
   * @returns batches of rows, values in the order of the select list. Integers arrive as numbers.
   * @throws {RemoteError} with the SQL, if the warehouse refuses or fails.
   * @throws {DataError} if an integer is beyond 2^53 (cast it to varchar in the query).
   */
  query(query: Sql, signal?: AbortSignal): AsyncIterable<readonly Row[]>

  /**
   * As `query`, for columns that are all doubles: batches of columns, NULL being 0. Absent if the warehouse sends rows;
   * `queryNumbers` of `query-numbers.ts` makes columns of them.
   */
  queryNumbers?(query: Sql, signal?: AbortSignal): AsyncIterable<readonly Float64Array[]>

  /**
   * Lays the rows of a query aside, sorted, to be read part by part without running it again; absent where that would need a table in a
   * database that others use.
   * @param order a column of the query, of which later queries ask for some values.
   * @throws as `query`.
   */
  setAside?(query: Sql, order: Sql, signal?: AbortSignal): Promise<SetAside>

  /**
   * A condition on rows by which the warehouse reads less than the whole table, such as Treasure Data's TD_TIME_RANGE.
   * Absent if a plain comparison is the best it has.
   * @param column of unix seconds.
   * @returns SQL that is true for fromSec <= column < toSec, undefined being open.
   */
  timeRangeCondition?(column: Sql, fromSec: number | undefined, toSec: number | undefined): Sql

  /**
   * Writes all the tables, or, on any failure, none. Columns that are new to an existing table are added to it.
   * Repeating it with the same run id gives the same tables.
   * @returns for each table in order: rows written, or 0 with `skipped` if `ignore` left it as it was.
   * @throws {DataError} if `error` meets an existing table, or a query returns an unexpected number of rows.
   */
  writeTables(writes: readonly Write[], signal?: AbortSignal): Promise<readonly WrittenTable[]>

  /** Releases connections and files; safe to call twice. */
  close(): Promise<void>
}

/** Rows to be read by later queries of the same warehouse. */
export interface SetAside {
  readonly table: Sql
  remove(): Promise<void>
}

export interface TableName {
  readonly database: string
  readonly table: string
}

/** @returns the name as people write it. */
export function nameOf({ database, table }: TableName): string {
  return isFileName(table) ? table : `${database}.${table}`
}

/** @returns whether a table is named by its file, as DuckDB has them. */
export function isFileName(table: string): boolean {
  return /\.(csv|tsv)(\.gz)?$|\.parquet$/i.test(table)
}

/** `type` is the warehouse's own name in lower case, such as `varchar`, `bigint`, `timestamp with time zone`. */
export interface Column {
  readonly name: string
  readonly type: string
  /** Of a table that is made of several files: those without this column, and which they have; NULL in their rows. */
  readonly absentFrom?: readonly { readonly file: string; readonly columns: readonly string[] }[]
  /** Of such a table, if it is read as text because its types differ: each type, its files and the first of them. */
  readonly mixedTypes?: readonly { readonly type: string; readonly files: number; readonly file: string }[]
}

export type Value = string | number | boolean | null
export type Row = readonly Value[]

/** `timestamp` values are ISO 8601 strings in UTC. */
export type OutputType = 'varchar' | 'double' | 'bigint' | 'timestamp'

export interface OutputColumn {
  readonly name: string
  readonly type: OutputType
}

export type IfExists = 'overwrite' | 'append' | 'error' | 'ignore'

/** Rows and their columns. */
export interface Rows {
  readonly columns: readonly OutputColumn[]
  readonly rows: readonly Row[]
}

/** Where a table goes, and what happens to an existing one. */
export interface WriteTarget {
  readonly table: TableName
  readonly columns: readonly OutputColumn[]
  /**
   * `overwrite` replaces the table, `append` replaces the rows whose `run_id` is ours, `error` refuses if the
   * table exists (checked before any work, and again here), `ignore` leaves an existing table alone.
   */
  readonly ifExists: IfExists
  readonly runId: string
}

/** A table whose rows this program holds. */
export interface TableWrite extends WriteTarget, Rows {}

/** A table whose rows a query produces inside the warehouse: none of them passes through this program. */
export interface QueryWrite extends WriteTarget {
  /** What the query joins with: a table made for it alone, and gone once writing ends, however it ends. */
  readonly lookup: Rows
  /**
   * @param lookup that table's name.
   * @returns a query in Trino's dialect; its select list has the columns in their order, timestamps as unix seconds.
   */
  readonly sql: (lookup: Sql) => Sql
  /** Rows that the query must return; with any other number nothing is written. */
  readonly expectedRows: number
  /** What to do if it returns another number, for people. */
  readonly advice: string
}

/** One table of a set that {@link Warehouse.writeTables} writes. */
export type Write = TableWrite | QueryWrite

export interface WrittenTable {
  readonly table: TableName
  readonly rows: number
  readonly skipped: boolean
  /** Where a person finds it, such as `mta.shapley in mta.duckdb` or the path of a CSV file. */
  readonly location: string
}
