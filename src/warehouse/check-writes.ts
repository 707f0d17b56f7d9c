import { ConfigError, DataError } from '../errors.ts'
import {
  nameOf,
  type OutputColumn,
  type QueryWrite,
  type Rows,
  type TableName,
  type Value,
  type Write,
} from './warehouse.ts'

/**
 * Checks every value against its column before anything is written: numbers are finite, bigints whole and exact,
 * timestamps readable. O(values).
 * @throws {DataError} naming table, row (counted from 1), column and value.
 */
export function checkWrites(writes: readonly Write[]): void {
  for (const write of writes) {
    if (isQuery(write)) checkRows(`what the query of table ${nameOf(write.table)} joins with,`, write.lookup)
    else checkRows(`table ${nameOf(write.table)}`, write)
  }
}

function checkRows(place: string, { columns, rows }: Rows): void {
  rows.forEach((row, at) => {
    const where = `${place} row ${at + 1}`
    if (row.length !== columns.length) {
      throw new DataError(
        `${where} has ${row.length} values for ${columns.length} columns; nothing was written`,
      )
    }
    columns.forEach((column, k) => {
      checkValue(where, column, row[k] ?? null)
    })
  })
}

/** @returns whether the rows are made by a query. */
export function isQuery(write: Write): write is QueryWrite {
  return 'sql' in write
}

/** @returns the rows that the table gets. */
export function rowCount(write: Write): number {
  return isQuery(write) ? write.expectedRows : write.rows.length
}

/** @returns the error for `--if-exists error` and a table that exists. */
export function existingTable(table: TableName): DataError {
  return new DataError(
    `table ${nameOf(table)} exists and --if-exists (IF_EXISTS) is error; nothing was written: ` +
      'choose overwrite, append or ignore, or another table',
  )
}

/** @returns the error for an output that would replace the touchpoints. */
export function outputIsInput(table: TableName): ConfigError {
  return new ConfigError(
    `table ${nameOf(table)} is the input, --table (DATA_TABLE), so it can't be an output as well: ` +
      'give the output another name',
  )
}

/** @returns the error for a query that gave another number of rows. */
export function wrongRowCount({ table, expectedRows, advice }: QueryWrite, found: number): DataError {
  return new DataError(
    `table ${nameOf(table)}: its query gave ${found} rows instead of ${expectedRows}; nothing was written: ${advice}`,
  )
}

function checkValue(where: string, column: OutputColumn, value: Value): void {
  const requirement = value === null ? undefined : unmetRequirement(column, value)
  if (requirement === undefined) return
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value)
  throw new DataError(
    `${where} column ${column.name}: ${shown} is not a ${column.type} (${requirement}); nothing was written`,
  )
}

function unmetRequirement({ type }: OutputColumn, value: NonNullable<Value>): string | undefined {
  if (type === 'varchar') return typeof value === 'string' ? undefined : 'must be text'
  if (type === 'double') return Number.isFinite(value) ? undefined : 'must be a finite number'
  if (type === 'bigint') return Number.isSafeInteger(value) ? undefined : 'must be a whole number below 2^53'
  return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? undefined : 'must be ISO 8601'
}
