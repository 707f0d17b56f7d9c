import { DataError } from '../errors.ts'
import type { OutputColumn, TableWrite, Value } from './warehouse.ts'

/**
 * Checks every value against its column before anything is written: numbers are finite, bigints whole and exact,
 * timestamps readable. O(values).
 * @throws {DataError} naming table, row (counted from 1), column and value.
 */
export function checkWrites(writes: readonly TableWrite[]): void {
  for (const write of writes) {
    write.rows.forEach((row, at) => {
      const where = `table ${write.table.database}.${write.table.table} row ${at + 1}`
      if (row.length !== write.columns.length) {
        throw new DataError(
          `${where} has ${row.length} values for ${write.columns.length} columns; nothing was written`,
        )
      }
      write.columns.forEach((column, k) => {
        checkValue(where, column, row[k] ?? null)
      })
    })
  }
}

function checkValue(where: string, column: OutputColumn, value: Value): void {
  const allowed = value === null ? undefined : complaint(column, value)
  if (allowed === undefined) return
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value)
  throw new DataError(
    `${where} column ${column.name}: ${shown} is no ${column.type} (${allowed}); nothing was written`,
  )
}

function complaint({ type }: OutputColumn, value: NonNullable<Value>): string | undefined {
  if (type === 'varchar') return typeof value === 'string' ? undefined : 'must be text'
  if (type === 'double') return Number.isFinite(value) ? undefined : 'must be a finite number'
  if (type === 'bigint') return Number.isSafeInteger(value) ? undefined : 'must be a whole number below 2^53'
  return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? undefined : 'must be ISO 8601'
}
