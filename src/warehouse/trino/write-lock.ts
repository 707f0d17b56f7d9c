import { RemoteError } from '../../errors.ts'
import { sql } from '../../queries/sql.ts'
import { readTemporaryName, temporaryNames } from '../temporary-names.ts'
import type { TableName, Write } from '../warehouse.ts'
import { withWriteLock } from '../write-lock.ts'
import { runStatement, TrinoRefusal } from './query.ts'
import type { TrinoSession } from './session.ts'
import { describe, listTables, lowerCase } from './tables.ts'
import { drop } from './temporary-tables.ts'
import type { WriteContext } from './write-context.ts'

/** Of a schema, and in it. */
const LOCK = 'td_mta_lock'

/**
 * Works while no other run replaces tables of the schema. The lock is an empty table, of which Trino lets only one be
 * created; the name of its column says by whom.
 * @param owner of our temporary tables, which lives meanwhile.
 */
export async function aloneInSchema<T>(
  { session, sleep, wallClockSec }: WriteContext,
  writes: readonly Write[],
  owner: string,
  signal: AbortSignal | undefined,
  work: (checkHeld: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const [{ table: target } = { table: { database: '', table: '' } }] = writes
  const { database } = lowerCase(target)
  const table: TableName = { database, table: LOCK }
  const mine = temporaryNames(owner, wallClockSec())(lowerCase(target), 'lock').table
  const lock = {
    target: lowerCase(target),
    mine,
    create: (stop: AbortSignal | undefined) => create(session, table, mine, stop),
    holder: (stop: AbortSignal | undefined) => holder(session, table, stop),
    // Trino takes a statement once, however often its answer has to be asked for.
    remove: (_: string | undefined, stop: AbortSignal | undefined) => drop(session, table, stop),
    tables: async (stop: AbortSignal | undefined) => (await listTables(session, database, stop)) ?? [],
    wallClockSec,
    sleep,
    logger: session.logger,
  }
  return await withWriteLock(lock, signal, work)
}

async function create(
  session: TrinoSession,
  table: TableName,
  mine: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const statement = sql`CREATE TABLE ${sql.table(table)} (${sql.identifier(mine)} bigint)`
  try {
    await runStatement(session, statement, signal)
    return true
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined
    if (cause instanceof TrinoRefusal && /ALREADY_EXISTS$/.test(cause.errorName)) return false
    throw error
  }
}

/** @throws {RemoteError} if somebody else has a table of that name. */
async function holder(
  session: TrinoSession,
  table: TableName,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const [column] = (await describe(session, table, signal)) ?? []
  if (column === undefined || readTemporaryName(column.name) !== undefined) return column?.name
  throw new RemoteError(
    `trino ${session.connection.origin}: table ${sql.table(table).render()} is not td-mta's, which takes a table of that ` +
      'name for a lock while it writes: give it another name',
  )
}
