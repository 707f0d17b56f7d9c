import { ConfigError, messageOf } from '../../errors.ts'
import { sql } from '../../queries/sql.ts'
import { checkWrites, existingTable, isQuery, outputIsInput, rowCount } from '../check-writes.ts'
import type { Column, TableName, Write, WrittenTable } from '../warehouse.ts'
import { buildTable } from './build-table.ts'
import { runStatement, TrinoRefusal } from './query.ts'
import type { TrinoSession } from './session.ts'
import { swapTables } from './swap-tables.ts'
import { describe, listTables, lowerCase } from './tables.ts'
import { drop, recoverTable, type TableNames, tableNamesOf } from './temporary-tables.ts'

/** One table to write, and the existing one in its place. */
interface Plan {
  readonly write: Write
  readonly names: TableNames
  readonly existing: readonly Column[] | undefined
}

/**
 * Builds all tables next to the existing ones, then swaps them by renaming.
 * @param input the table of touchpoints, which must not be an output.
 * @throws {DataError} if a value doesn't fit its column or `error` meets an existing table, {ConfigError} if the
 *   connector or our rights don't allow it, {RemoteError} if Trino fails; the former tables are then in place.
 */
export async function writeTables(
  session: TrinoSession,
  input: TableName | undefined,
  writes: readonly Write[],
  signal?: AbortSignal,
): Promise<readonly WrittenTable[]> {
  checkWrites(writes)
  for (const { table } of writes) checkIsNotInput(table, input)
  signal?.throwIfAborted()
  try {
    const plans: Plan[] = []
    for (const write of writes) plans.push(await planWrite(session, write, signal))
    const changed = plans.filter(({ write, existing }) => !existing || write.ifExists !== 'ignore')
    await buildAndSwap(session, changed, signal)
    return plans.map((plan) => written(session, plan, !changed.includes(plan)))
  } catch (error) {
    throw asRefusedWrite(session, error)
  }
}

function checkIsNotInput(table: TableName, input: TableName | undefined): void {
  if (input === undefined || sql.table(lowerCase(table)).render() !== sql.table(lowerCase(input)).render())
    return
  throw outputIsInput(table)
}

async function planWrite(
  session: TrinoSession,
  write: Write,
  signal: AbortSignal | undefined,
): Promise<Plan> {
  const names = tableNamesOf(write.table, write.runId)
  await recoverTable(session, names, signal)
  const existing = await describe(session, write.table, signal)
  if (existing === undefined || write.ifExists !== 'error') return { write, names, existing }
  throw existingTable(write.table)
}

async function buildAndSwap(
  session: TrinoSession,
  plans: readonly Plan[],
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    for (const { write, names, existing } of plans) {
      await makeSchema(session, names.final.database, signal)
      await buildTable(session, write, names, write.ifExists === 'append' ? existing : undefined, signal)
      if (isQuery(write)) await drop(session, names.lookup, signal)
    }
    signal?.throwIfAborted()
    await swapTables(
      session,
      plans.map(({ names, existing }) => ({ names, replaces: existing !== undefined })),
    )
  } catch (error) {
    await dropTemporaries(session, plans)
    throw error
  }
}

/** The failure that led here matters more than what it leaves. */
async function dropTemporaries(session: TrinoSession, plans: readonly Plan[]): Promise<void> {
  const tables = plans.flatMap(({ write, names }) =>
    isQuery(write) ? [names.lookup, names.temporary] : [names.temporary],
  )
  try {
    for (const table of tables) await drop(session, table)
  } catch (error) {
    session.logger.warn(
      { tables, failure: messageOf(error) },
      'temporary tables may remain; writing the same run again removes them',
    )
  }
}

/** Looked up first: many users may write to a schema, few may create one. */
async function makeSchema(
  session: TrinoSession,
  database: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  if ((await listTables(session, database, '', signal)) !== undefined) return
  await runStatement(session, sql`CREATE SCHEMA IF NOT EXISTS ${sql.identifier(database)}`, signal)
}

function written({ connection, logger }: TrinoSession, { write }: Plan, skipped: boolean): WrittenTable {
  const location = `${sql.table(write.table).render()} in ${connection.name}`
  const table = { table: write.table, rows: skipped ? 0 : rowCount(write), skipped, location }
  logger.info(table, skipped ? 'table left as it was' : 'table written')
  return table
}

/** Errors that mean the connector can't, or the user may not. */
const REFUSALS = ['NOT_SUPPORTED', 'PERMISSION_DENIED', 'SCHEMA_NOT_FOUND', 'INVALID_TABLE_PROPERTY']

function asRefusedWrite({ connection }: TrinoSession, error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined
  if (!(cause instanceof TrinoRefusal) || !REFUSALS.includes(cause.errorName)) return error
  return new ConfigError(
    `--warehouse (WAREHOUSE) ${connection.name} can't take the output tables; ${messageOf(error)}\n` +
      `Catalog ${connection.catalog} must let user ${connection.user} create, fill, rename and drop tables in the ` +
      'schema of --db (DB): name a catalog and a user that can, or write to duckdb:FILE',
    { cause: error },
  )
}
