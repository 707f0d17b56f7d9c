import { sql } from '../../queries/sql.ts'
import { isTemporaryOf, leftOversOf, readTemporaryName, type TemporaryName } from '../temporary-names.ts'
import type { TableName } from '../warehouse.ts'
import { runStatement, TrinoRefusal } from './query.ts'
import type { TrinoSession } from './session.ts'
import { listTables } from './tables.ts'
import type { WriteContext } from './write-context.ts'

/** How long two renames may take: then the table that waits under another name belongs to a dead run. */
const SWAP_SEC = 60
const PAUSE_MS = 1000

/**
 * Cleans up what dead runs left of the tables that are to be written: a former table whose successor never came gets its
 * name back, and temporary tables of owners that are dead are removed. A run that is just replacing a table is waited for.
 * @param targets tables of one database. @returns whether there is such a database.
 */
export async function recoverTables(
  context: WriteContext,
  database: string,
  targets: readonly string[],
  signal?: AbortSignal,
): Promise<boolean> {
  const { session, wallClockSec, sleep } = context
  for (;;) {
    const found = await listTables(session, database, signal)
    if (found === undefined) return false
    const missing = targets.filter((target) => !found.includes(target))
    const waiting = missing.flatMap((target) => maybeFormer(found, target) ?? [])
    if (waiting.some(({ madeAtSec }) => wallClockSec() - madeAtSec <= SWAP_SEC)) {
      await sleep(PAUSE_MS, signal)
      continue
    }
    for (const target of missing) await maybeRestore(session, database, target, found, signal)
    for (const leftOver of leftOversOf(targets, found, wallClockSec())) {
      if (waiting.some(({ name }) => name === leftOver.name)) continue
      await drop(session, { database, table: leftOver.name }, signal)
      session.logger.info({ table: leftOver.name }, 'removed a table that a dead run had left')
    }
    return true
  }
}

/** @returns the former table of a target that was set aside last. */
function maybeFormer(found: readonly string[], target: string): TemporaryName | undefined {
  return found
    .map(readTemporaryName)
    .filter((one) => one?.kind === 'former' && isTemporaryOf(one, target))
    .toSorted((one, other) => (one?.madeAtSec ?? 0) - (other?.madeAtSec ?? 0))
    .at(-1)
}

async function maybeRestore(
  session: TrinoSession,
  database: string,
  target: string,
  found: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const former = maybeFormer(found, target)
  if (former === undefined) return
  const table = { database, table: target }
  try {
    await rename(session, { database, table: former.name }, table, signal)
  } catch (error) {
    if (isOvertaken(error)) return
    throw error
  }
  session.logger.warn({ table, from: former.name }, 'restored a table that a run had left under another name')
}

/** @returns whether a statement was refused since another run has renamed tables meanwhile. */
export function isOvertaken(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof TrinoRefusal && /ALREADY_EXISTS$|NOT_FOUND$/.test(cause.errorName)
}

/** Drops a table, if it exists. */
export async function drop(session: TrinoSession, table: TableName, signal?: AbortSignal): Promise<void> {
  await runStatement(session, sql`DROP TABLE IF EXISTS ${sql.table(table)}`, signal)
}

/** Gives a table another name in its schema. */
export async function rename(
  session: TrinoSession,
  from: TableName,
  to: TableName,
  signal?: AbortSignal,
): Promise<void> {
  await runStatement(session, sql`ALTER TABLE ${sql.table(from)} RENAME TO ${sql.table(to)}`, signal)
}

/** Renames a table, if it exists. */
export async function renameIfExists(session: TrinoSession, from: TableName, to: TableName): Promise<void> {
  await runStatement(session, sql`ALTER TABLE IF EXISTS ${sql.table(from)} RENAME TO ${sql.table(to)}`)
}
