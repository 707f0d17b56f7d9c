import { createHash } from 'node:crypto'
import { ConfigError } from '../../errors.ts'
import { nameOf, type TableName, type Write } from '../warehouse.ts'

/** Treasure Data allows 255 characters; the rest is for the run and the code. */
const LONGEST_PREFIX = 200
const CODE = /_([0-9a-f]{8})$/

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
      if (name !== 'time') continue
      throw new ConfigError(`table ${path}: the column "time" is Treasure Data's own; use another name`)
    }
    if (seen.has(path)) {
      throw new ConfigError(`table ${path} would be written twice: give each output table a name of its own`)
    }
    seen.add(path)
  }
}

function checkName(path: string, kind: string, name: string, shortest: number): void {
  if (/^[a-z0-9_]+$/.test(name) && name.length >= shortest && name.length <= 255) return
  throw new ConfigError(
    `table ${path}: "${name}" can't be the name of a ${kind} on Treasure Data: ` +
      `a-z, 0-9 and _ are allowed, ${shortest} to 255 characters`,
  )
}

/**
 * @returns the table that a run fills before it replaces `table`: `<table>_tmp_<run>_<code>`. The code is a checksum of
 *   the rest, so that nobody else's table is ever taken for ours.
 */
export function temporaryTable({ database, table }: TableName, runId: string): TableName {
  const run = runPart(runId)
  return { database, table: withCode(`${table.slice(0, LONGEST_PREFIX - run.length)}${run}`) }
}

/** @returns the table that the query of a run joins with while it fills the temporary one. */
export function lookupTable({ database, table }: TableName, runId: string): TableName {
  return temporaryTable({ database, table: `${table.slice(0, LONGEST_PREFIX / 2)}_lookup` }, runId)
}

/** @returns whether a table is one of our temporary tables. */
export function isTemporary(table: string): boolean {
  return CODE.test(table) && withCode(table.replace(CODE, '')) === table
}

/** @returns whether a temporary table belongs to the run. */
export function isOfRun(table: string, runId: string): boolean {
  return table.replace(CODE, '').endsWith(runPart(runId))
}

/** @returns the bulk import that fills a temporary table; its name is unique in the account. */
export function bulkImportName(table: TableName): string {
  return `td_mta_${hash(nameOf(table), 12)}_${table.table}`.slice(0, 255)
}

/** @returns the domain key of the n-th job that fills a temporary table. */
export function fillingDomainKey(table: TableName, attempt: number): string {
  return `td-mta-copy-${hash(nameOf(table), 24)}-${attempt}`
}

/** Run ids may contain characters that names can't; two ids never become the same name. */
function runPart(runId: string): string {
  const safe = runId.toLowerCase().replaceAll(/[^a-z0-9]/g, '_')
  const short = safe.slice(0, 60)
  return short === runId ? `_tmp_${short}` : `_tmp_${short}_${hash(runId, 6)}`
}

function withCode(prefix: string): string {
  return `${prefix}_${hash(`td-mta temporary ${prefix}`, 8)}`
}

function hash(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits)
}
