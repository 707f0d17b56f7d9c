import { createHash } from 'node:crypto'
import { readTemporaryName, temporaryNames } from '../temporary-names.ts'
import type { TableName, Write } from '../warehouse.ts'
import { withWriteLock } from '../write-lock.ts'
import { createBulkImport, deleteBulkImport, showBulkImport } from './bulk-import-calls.ts'
import { createTable, deleteTable, listTables } from './table-calls.ts'
import type { WriteWorld } from './write-world.ts'

/**
 * Works while no other run replaces tables of the database. The lock is a bulk import whose name is that of the database: the
 * service lets only one be created, and says for which table, that is, by whom.
 * @param owner of our temporary tables, which lives meanwhile.
 */
export async function aloneInDatabase<T>(
  world: WriteWorld,
  writes: readonly Write[],
  owner: string,
  signal: AbortSignal | undefined,
  work: (checkHeld: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const { api, logger, sleep, wallClockSec, cleanUpMs } = world
  const [{ table: target } = { table: { database: '', table: '' } }] = writes
  const { database } = target
  const name = `td_mta_lock_${createHash('sha256').update(database).digest('hex').slice(0, 24)}`
  const mine: TableName = temporaryNames(owner, wallClockSec())(target, 'lock')
  const lock = {
    target,
    mine: mine.table,
    create: (stop: AbortSignal | undefined) => createBulkImport(api, name, mine, stop),
    holder: async (stop: AbortSignal | undefined) => (await showBulkImport(api, name, stop))?.table,
    remove: async (holder: string | undefined, stop: AbortSignal | undefined) => {
      await deleteBulkImport(api, name, stop, { table: holder })
      const isAnother = holder !== undefined && holder !== mine.table
      if (isAnother && readTemporaryName(holder)?.kind === 'lock') {
        await deleteTable(api, { database, table: holder }, stop)
      }
    },
    tables: async (stop: AbortSignal | undefined) =>
      ((await listTables(api, database, stop)) ?? []).map((listed) => listed.name),
    wallClockSec,
    sleep,
    logger,
  }
  try {
    await createTable(api, mine, [], signal)
    return await withWriteLock(lock, signal, work)
  } finally {
    await deleteTable(api, mine, AbortSignal.timeout(cleanUpMs)).catch(() => undefined)
  }
}
