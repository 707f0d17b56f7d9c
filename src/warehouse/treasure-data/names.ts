import { createHash } from 'node:crypto'
import { ConfigError } from '../../errors.ts'
import { nameOf, type TableName, type Write } from '../warehouse.ts'

/** Of databases, tables and columns: https://docs.treasuredata.com */
const LONGEST_NAME = 128

/** Columns of every table: the time of a row, and all of the row as a map. */
const RESERVED = ['time', 'v']

/**
 * Checks the names of what is to be written, since Treasure Data restricts them.
 * @throws {ConfigError} naming the table or column, or a table that is written twice.
 */
export function checkNames(writes: readonly Write[]): void {
  const seen = new Set<string>()
  for (const { table, columns } of writes) {
    const path = nameOf(table)
    checkName(path, 'database', table.database, 3)
    checkName(path, 'table', table.table, 3)
    for (const { name } of columns) {
      checkName(path, 'column', name, 1)
      if (!RESERVED.includes(name)) continue
      throw new ConfigError(`table ${path}: the column "${name}" is Treasure Data's own; use another name`)
    }
    if (seen.has(path)) {
      throw new ConfigError(`table ${path} would be written twice: give each output table a name of its own`)
    }
    seen.add(path)
  }
}

function checkName(path: string, kind: string, name: string, shortest: number): void {
  if (/^[a-z0-9_]+$/.test(name) && name.length >= shortest && name.length <= LONGEST_NAME) return
  throw new ConfigError(
    `table ${path}: "${name}" can't be the name of a ${kind} on Treasure Data: ` +
      `a-z, 0-9 and _ are allowed, ${shortest} to ${LONGEST_NAME} characters`,
  )
}

/** @returns the bulk import that fills a temporary table; its name is unique in the account. */
export function bulkImportName(table: TableName): string {
  return `td_mta_${hash(nameOf(table), 12)}_${table.table}`.slice(0, LONGEST_NAME)
}

/** What a job fills a temporary table with: the rows of other runs, or those of a query. */
export const fillings = ['copy', 'query'] as const

/** @returns the domain key of the n-th job that fills a temporary table with something. */
export function fillingDomainKey(
  table: TableName,
  filling: (typeof fillings)[number],
  attempt: number,
): string {
  return `td-mta-${filling}-${hash(nameOf(table), 24)}-${attempt}`
}

function hash(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits)
}
