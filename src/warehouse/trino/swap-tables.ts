import { messageOf, RemoteError } from '../../errors.ts'
import { sql } from '../../queries/sql.ts'
import type { TrinoSession } from './session.ts'
import { drop, rename, renameIfExists, type TableNames } from './temporary-tables.ts'

/** A table whose temporary one is complete. */
export interface BuiltTable {
  readonly names: TableNames
  /** Whether there is a former table to set aside. */
  readonly replaces: boolean
}

/**
 * Replaces the final tables with the temporary ones, two renames each: between them a reader gets an error that there is
 * no such table, and never sees half of one. On failure all former tables are put back. No signal stops it: it takes a
 * moment, and half of it would be worse.
 * @throws {RemoteError} naming the tables that could not be put back.
 */
export async function swapTables(session: TrinoSession, tables: readonly BuiltTable[]): Promise<void> {
  const undo: Undo[] = []
  try {
    for (const { names, replaces } of tables) {
      if (replaces) await renameWithUndo(session, names.final, names.former, undo)
      await renameWithUndo(session, names.temporary, names.final, undo)
    }
  } catch (error) {
    await putBack(session, undo, error)
    throw error
  }
  for (const { names, replaces } of tables) if (replaces) await dropFormer(session, names)
}

interface Undo {
  readonly from: TableNames['final']
  readonly to: TableNames['final']
}

/** Recorded beforehand: a rename whose answer gets lost may have happened. */
async function renameWithUndo(
  session: TrinoSession,
  from: Undo['to'],
  to: Undo['from'],
  undo: Undo[],
): Promise<void> {
  undo.push({ from: to, to: from })
  await rename(session, from, to)
}

async function putBack(session: TrinoSession, undo: readonly Undo[], cause: unknown): Promise<void> {
  for (const [at, { from, to }] of undo.toReversed().entries()) {
    try {
      await renameIfExists(session, from, to)
    } catch (error) {
      const left = undo
        .slice(0, undo.length - at)
        .map((step) => `${sql.table(step.to).render()} is ${sql.table(step.from).render()}`)
      throw new RemoteError(
        `${messageOf(cause)}\nand the tables could not be put back: ${messageOf(error)}\n` +
          `Now ${left.join(', ')}. The next run that writes them puts them in order.`,
        { cause },
      )
    }
  }
}

/** The new tables are in place: a former one that remains is not a failure. */
async function dropFormer(session: TrinoSession, { former }: TableNames): Promise<void> {
  try {
    await drop(session, former)
  } catch (error) {
    session.logger.warn(
      { table: former, failure: messageOf(error) },
      'could not drop a former table; the next run that writes it tries again',
    )
  }
}
