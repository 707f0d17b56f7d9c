import { nameOf, type TableName, type Write } from '../warehouse.ts'
import { discardBulkImport } from './bulk-import.ts'
import { type BulkImport, listBulkImports } from './bulk-import-calls.ts'
import { stopFillingJobs } from './filling-job.ts'
import { bulkImportName, isOfRun, isTemporary, temporaryTable } from './names.ts'
import { deleteTable } from './table-calls.ts'
import { type ExistingTables, listExisting } from './write-plan.ts'
import type { WriteWorld } from './write-world.ts'

/** No run takes this long. */
const DEAD_AFTER_MS = 24 * 60 * 60 * 1000

/** What dead processes left in the databases being written to. */
interface LeftOvers {
  readonly bulkImports: readonly string[]
  readonly tables: readonly TableName[]
}

/**
 * Removes what dead processes left: temporary tables and bulk imports with our names, of this run or a day old.
 * @returns the existing tables.
 */
export async function removeLeftOvers(
  world: WriteWorld,
  writes: readonly Write[],
  signal?: AbortSignal,
): Promise<ExistingTables> {
  // In this order: a bulk import never is without its table while its process lives.
  const bulkImports = await listBulkImports(world.api, signal)
  const existing = await listExisting(world.api, writes, signal)
  const found = findLeftOvers(writes, bulkImports, existing, world.wallClockSec() * 1000)
  for (const write of writes) {
    const temporary = temporaryTable(write.table, write.runId)
    if (found.tables.some((table) => isSame(table, temporary)))
      await stopFillingJobs(world, temporary, signal)
  }
  for (const bulkImport of found.bulkImports) {
    await discardBulkImport(world, bulkImport, signal)
    world.logger.info({ bulkImport }, 'removed a bulk import that a dead run had left')
  }
  for (const table of found.tables) {
    await deleteTable(world.api, table, signal)
    world.logger.info({ table: nameOf(table) }, 'removed a table that a dead run had left')
  }
  return existing
}

function findLeftOvers(
  writes: readonly Write[],
  bulkImports: readonly BulkImport[],
  existing: ExistingTables,
  nowMs: number,
): LeftOvers {
  const isOurs = (table: string) => writes.some(({ runId }) => isOfRun(table, runId))
  const tables: TableName[] = []
  for (const [database, listed] of existing) {
    for (const { name, createdAtMs = nowMs } of listed) {
      if (!isTemporary(name)) continue
      if (isOurs(name) || nowMs - createdAtMs > DEAD_AFTER_MS) tables.push({ database, table: name })
    }
  }
  const isLeftOver = ({ name, database = '', table = '' }: BulkImport) => {
    const listed = existing.get(database)
    if (!listed || !isTemporary(table) || name !== bulkImportName({ database, table })) return false
    const isOrphan = !listed.some((each) => each.name === table)
    return isOrphan || isOurs(table) || tables.some((each) => isSame(each, { database, table }))
  }
  return { tables, bulkImports: bulkImports.filter(isLeftOver).map(({ name }) => name) }
}

function isSame(one: TableName, other: TableName): boolean {
  return one.database === other.database && one.table === other.table
}
