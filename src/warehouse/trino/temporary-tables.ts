import { createHash } from 'node:crypto'
import { sql } from '../../queries/sql.ts'
import type { TableName } from '../warehouse.ts'
import { runStatement } from './query.ts'
import type { TrinoSession } from './session.ts'
import { listTables, lowerCase } from './tables.ts'

/** The names in use while a run replaces a table. */
export interface TableNames {
  readonly final: TableName
  /** Where the new rows are written first. */
  readonly temporary: TableName
  /** What a query joins with while it fills the temporary table. */
  readonly lookup: TableName
  /** Where the former table waits until all tables are replaced. */
  readonly former: TableName
}

/** @returns `<table>_tmp_<run>`, with letters, digits and underscores only: some connectors allow nothing else. */
export function tableNamesOf(table: TableName, runId: string): TableNames {
  const final = lowerCase(table)
  const temporary = { ...final, table: temporaryPrefix(final) + safeRunId(runId) }
  const beside = (suffix: string) => ({ ...temporary, table: `${temporary.table}_${suffix}` })
  return { final, temporary, lookup: beside('lookup'), former: beside('old') }
}

function temporaryPrefix({ table }: TableName): string {
  return `${table}_tmp_`
}

function safeRunId(runId: string): string {
  const safe = runId.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_')
  if (safe === runId) return safe
  return `${safe}_${createHash('sha256').update(runId).digest('hex').slice(0, 8)}`
}

/**
 * Cleans up what a dead run left of a table: a former table whose successor never came gets its name back, one whose
 * successor exists is removed, as are the temporary tables of this run. Those of other runs may be in use, so they are
 * only logged.
 */
export async function recoverTable(
  session: TrinoSession,
  names: TableNames,
  signal?: AbortSignal,
): Promise<void> {
  const { database, table } = names.final
  const found = await listTables(session, database, table, signal)
  if (found === undefined) return
  const leftOver = found.filter((name) => name.startsWith(temporaryPrefix(names.final)))
  const former = leftOver.filter((name) => name.endsWith('_old'))
  if (!found.includes(table)) {
    const last = former.pop()
    if (last !== undefined) {
      await rename(session, { database, table: last }, names.final, signal)
      session.logger.warn(
        { table: names.final, from: last },
        'restored a table that a run had left under another name',
      )
    }
  }
  const own = [names.temporary.table, names.lookup.table]
  for (const name of [...former, ...own]) {
    if (leftOver.includes(name)) await drop(session, { database, table: name }, signal)
  }
  const others = leftOver.filter((name) => !own.includes(name) && !name.endsWith('_old'))
  if (others.length > 0)
    session.logger.warn({ database, tables: others }, 'found temporary tables of other runs')
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
