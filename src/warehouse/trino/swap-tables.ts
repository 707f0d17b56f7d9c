import { messageOf, RemoteError } from '../../errors.ts'
import { sql } from '../../queries/sql.ts'
import { temporaryNames } from '../temporary-names.ts'
import type { TableName } from '../warehouse.ts'
import type { TrinoSession } from './session.ts'
import { drop, isOvertaken, rename, renameIfExists } from './temporary-tables.ts'
import type { TableNames, WriteContext } from './write-context.ts'

/** How often another run may put its table in place between our two renames. */
const ATTEMPTS = 5

/**
 * Replaces the final tables with the temporary ones, two renames each: between them a reader gets an error that there is
 * no such table, and never sees half of one. Another run that does the same meanwhile fails neither, and the last one
 * wins. On failure all former tables are put back. No signal stops it: it takes a moment, and half of it would be worse.
 * @throws {RemoteError} naming the tables that could not be put back.
 */
export async function swapTables(context: WriteContext, tables: readonly TableNames[]): Promise<void> {
  const undo: Undo[] = []
  try {
    for (const names of tables) await replaceTable(context, names, undo)
  } catch (error) {
    await putBack(context.session, undo, error)
    throw error
  }
  for (const { from, isFormer } of undo) if (isFormer) await dropFormer(context.session, from)
}

interface Undo {
  readonly from: TableName
  readonly to: TableName
  /** Whether what is renamed back is a former table. */
  readonly isFormer: boolean
}

/** Renames are recorded beforehand: one whose answer gets lost may have happened. */
async function replaceTable(
  { session, newOwner, wallClockSec }: WriteContext,
  { final, temporary }: TableNames,
  undo: Undo[],
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const former = temporaryNames(newOwner(), wallClockSec())(final, 'former')
    undo.push({ from: former, to: final, isFormer: true })
    try {
      await renameIfExists(session, final, former)
      undo.push({ from: final, to: temporary, isFormer: false })
      await rename(session, temporary, final)
      return
    } catch (error) {
      if (attempt === ATTEMPTS || !isOvertaken(error)) throw error
      if (undo.at(-1)?.isFormer === false) undo.pop()
    }
  }
}

async function putBack(session: TrinoSession, undo: readonly Undo[], cause: unknown): Promise<void> {
  for (const [at, { from, to }] of undo.toReversed().entries()) {
    try {
      await renameIfExists(session, from, to)
    } catch (error) {
      // The rename never happened, or another run has written the table: what has the name keeps it.
      if (isOvertaken(error)) continue
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
async function dropFormer(session: TrinoSession, former: TableName): Promise<void> {
  try {
    await drop(session, former)
  } catch (error) {
    session.logger.warn(
      { table: former, failure: messageOf(error) },
      'could not drop a former table; a run that writes it an hour later tries again',
    )
  }
}
