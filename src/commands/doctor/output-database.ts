import { DataError, messageOf, RemoteError } from '../../errors.ts'
import { amount, readOneRow, select } from '../../queries/result-columns.ts'
import { sql } from '../../queries/sql.ts'
import type { Inspection } from '../../warehouse/inspection.ts'
import { type IfExists, nameOf, type TableName, type Warehouse } from '../../warehouse/warehouse.ts'
import type { Checked, Report } from './check-report.ts'

/** Where a run's tables go. */
export interface OutputToCheck {
  readonly warehouse: Warehouse
  readonly inspection: Inspection
  readonly database: string
  readonly tables: readonly TableName[]
  readonly ifExists: IfExists
  /** The table of the trial; undefined: none was asked for. */
  readonly trial: TableName | undefined
  /** ISO 8601. */
  readonly now: string
  readonly signal: AbortSignal
}

const CHECKS = ['output database', 'output tables', 'write'] as const
const NOT_TRIED = 'not tried: --write (WRITE) creates and drops a small table'

/**
 * Looks at the place of the output tables; only where a trial was asked for, writes there.
 * @param target a reason where there is no warehouse to write to.
 */
export async function checkOutput(report: Report, target: OutputToCheck | string): Promise<void> {
  if (typeof target === 'string') {
    for (const check of CHECKS) report.skip(check, target)
    return
  }
  const { inspection, database, trial, signal } = target
  const isThere = await report.check(CHECKS[0], async () => {
    return { found: await inspection.outputDatabase(database, signal), value: true }
  })
  if (!isThere) {
    for (const check of CHECKS.slice(1)) report.skip(check, 'needs the output database')
    return
  }
  await report.check(CHECKS[1], () => checkTables(target))
  if (trial === undefined) report.skip(CHECKS[2], NOT_TRIED)
  else await report.check(CHECKS[2], () => tryToWrite(target, trial))
}

const FATES: Readonly<Record<Exclude<IfExists, 'error'>, string>> = {
  overwrite: 'will be replaced',
  append: 'will get rows',
  ignore: 'will be left alone',
}

async function checkTables({ warehouse, tables, ifExists }: OutputToCheck): Promise<Checked<undefined>> {
  const existing: string[] = []
  for (const table of tables) {
    warehouse.checkTableName?.(table)
    if ((await warehouse.describeTable(table)) !== undefined) existing.push(nameOf(table))
  }
  const names = existing.join(', ')
  if (existing.length === 0) return { found: `none of the ${tables.length} is there yet`, value: undefined }
  if (ifExists !== 'error') {
    return { found: `there already, and ${FATES[ifExists]}: ${names}`, value: undefined }
  }
  throw new DataError(
    `${names} exist and --if-exists (IF_EXISTS) is error: drop them, name others, or use overwrite, append or ignore`,
  )
}

/** Goes the whole way of an output table: written, read by a query, removed. */
async function tryToWrite(target: OutputToCheck, table: TableName): Promise<Checked<undefined>> {
  const { warehouse, inspection, now, signal } = target
  const columns = [
    { name: 'written_by', type: 'varchar' },
    { name: 'run_id', type: 'varchar' },
    { name: 'session_time', type: 'timestamp' },
  ] as const
  const rows = [['td-mta doctor', table.table, now]]
  const write = { table, columns, rows, ifExists: 'error', runId: table.table } as const
  const [written] = await warehouse.writeTables([write], signal).catch((error: unknown) => {
    throw writeError(table, error)
  })
  try {
    const found = await countRows(warehouse, table, signal)
    if (found !== 1) throw new DataError(`table ${nameOf(table)}: 1 row was written, a query finds ${found}`)
  } finally {
    // Also when somebody stops the doctor.
    if (written !== undefined) await inspection.dropTable(written, new AbortController().signal)
  }
  return { found: `created, read and dropped ${nameOf(table)}`, value: undefined }
}

/** Warehouses name the statement that was refused, a person has to know all that a run needs. */
function writeError({ database }: TableName, error: unknown): RemoteError {
  const [said] = messageOf(error).split('\n')
  return new RemoteError(
    `${said}; a run has to create, fill, rename and drop tables in database ${database}`,
    {
      cause: error,
    },
  )
}

async function countRows(warehouse: Warehouse, table: TableName, signal: AbortSignal): Promise<number> {
  const query = select({ rows: amount(sql`count(*)`) }, sql`FROM ${sql.table(table)}`)
  return (await readOneRow(warehouse, query, signal)).rows
}
