import { ConfigError, messageOf } from '../../errors.ts'
import { sql } from '../../queries/sql.ts'
import { checkWrites, existingTable, isQuery, outputIsInput, rowCount } from '../check-writes.ts'
import { type Lease, withLease } from '../lease.ts'
import { Overtaken, unlessOvertaken } from '../overtaken.ts'
import { type NameTemporary, temporaryNames } from '../temporary-names.ts'
import type { Column, TableName, Write, WrittenTable } from '../warehouse.ts'
import { buildTable, countOtherRuns } from './build-table.ts'
import { runStatement, TrinoRefusal } from './query.ts'
import type { TrinoSession } from './session.ts'
import { swapTables } from './swap-tables.ts'
import { describe, lowerCase } from './tables.ts'
import { drop, recoverTables } from './temporary-tables.ts'
import type { TableNames, WriteContext } from './write-context.ts'
import { aloneInSchema } from './write-lock.ts'

/** One table to write, and the existing one in its place. */
interface Plan {
  readonly write: Write
  readonly names: TableNames
  readonly existing: readonly Column[] | undefined
}

/**
 * Builds all tables next to the existing ones, then swaps them by renaming.
 * @throws {DataError} if a value doesn't fit its column or `error` meets an existing table, {ConfigError} if the
 *   connector or our rights don't allow it, {RemoteError} if Trino fails; the former tables are then in place.
 */
export async function writeTables(
  context: WriteContext,
  writes: readonly Write[],
  signal?: AbortSignal,
): Promise<readonly WrittenTable[]> {
  checkWrites(writes)
  for (const { table } of writes) checkIsNotInput(table, context.input)
  return await unlessOvertaken(context.session.logger, async (isAlone) => {
    signal?.throwIfAborted()
    const owner = context.newOwner()
    const alone: Alone = (work) => aloneInSchema(context, writes, owner, signal, work)
    try {
      return await withLease(leaseOf(context, writes, owner), () =>
        isAlone
          ? alone((checkHeld) => writeOnce(context, writes, owner, (work) => work(checkHeld), signal))
          : writeOnce(context, writes, owner, alone, signal),
      )
    } catch (error) {
      throw asRefusedWrite(context.session, error)
    }
  })
}

/** Works while no other run replaces tables. */
type Alone = <T>(work: (checkHeld: () => Promise<void>) => Promise<T>) => Promise<T>

async function writeOnce(
  context: WriteContext,
  writes: readonly Write[],
  owner: string,
  alone: Alone,
  signal: AbortSignal | undefined,
): Promise<readonly WrittenTable[]> {
  const { session, wallClockSec } = context
  const missing = await recoverDatabases(context, writes, signal)
  const plans: Plan[] = []
  const names = temporaryNames(owner, wallClockSec())
  for (const write of writes) plans.push(await planWrite(session, write, names, signal))
  const changed = plans.filter(({ write, existing }) => !existing || write.ifExists !== 'ignore')
  for (const database of missing) await makeSchema(session, database, signal)
  if (changed.length > 0) await buildAndSwap(context, changed, alone, signal)
  return plans.map((plan) => written(session, plan, !changed.includes(plan)))
}

/** Cleans up the databases of the tables. @returns those that are not there. */
async function recoverDatabases(
  context: WriteContext,
  writes: readonly Write[],
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const targets = new Map<string, string[]>()
  for (const { database, table } of writes.map(({ table }) => lowerCase(table))) {
    targets.set(database, [...(targets.get(database) ?? []), table])
  }
  const missing: string[] = []
  for (const [database, tables] of targets) {
    if (!(await recoverTables(context, database, tables, signal))) missing.push(database)
  }
  return missing
}

function leaseOf({ session, wallClockSec }: WriteContext, writes: readonly Write[], owner: string): Lease {
  const [{ table } = { table: { database: '', table: '' } }] = writes
  return {
    name: () => temporaryNames(owner, wallClockSec())(lowerCase(table), 'lease'),
    make: async (table, signal) => {
      await runStatement(session, sql`CREATE TABLE ${sql.table(table)} ("nothing" bigint)`, signal)
    },
    remove: (table, signal) => drop(session, table, signal),
    logger: session.logger,
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
  name: NameTemporary,
  signal: AbortSignal | undefined,
): Promise<Plan> {
  const final = lowerCase(write.table)
  const names = { final, temporary: name(final, 'tmp'), lookup: name(final, 'lookup') }
  const existing = await describe(session, write.table, signal)
  if (existing === undefined || write.ifExists !== 'error') return { write, names, existing }
  throw existingTable(write.table)
}

async function buildAndSwap(
  context: WriteContext,
  plans: readonly Plan[],
  alone: Alone,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { session } = context
  const kept = new Map<Plan, number>()
  try {
    for (const plan of plans) {
      const { write, names, existing } = plan
      const former = write.ifExists === 'append' ? existing : undefined
      kept.set(plan, await buildTable(session, write, names, former, signal))
      if (isQuery(write)) await drop(session, names.lookup, signal)
    }
    await alone(async (checkHeld) => {
      for (const [plan, rows] of kept) await checkNotOvertaken(session, plan, rows, signal)
      await checkHeld()
      signal?.throwIfAborted()
      await swapTables(
        context,
        plans.map(({ names }) => names),
      )
    })
  } catch (error) {
    await dropTemporaries(session, plans)
    throw error
  }
}

/** @throws {Overtaken} if there are rows by now that replacing the table would lose. */
async function checkNotOvertaken(
  session: TrinoSession,
  { write, names: { final }, existing }: Plan,
  kept: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (write.ifExists === 'overwrite') return
  const isSame =
    existing === undefined
      ? (await describe(session, final, signal)) === undefined
      : (await countOtherRuns(session, write, final, existing, signal)) === kept
  if (!isSame) throw new Overtaken(write.table)
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
      'temporary tables may remain; a run that writes the tables an hour later removes them',
    )
  }
}

/** Only where it is missing: many users may write to a schema, few may create one. */
async function makeSchema(
  session: TrinoSession,
  database: string,
  signal: AbortSignal | undefined,
): Promise<void> {
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
