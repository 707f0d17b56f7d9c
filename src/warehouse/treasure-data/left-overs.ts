import { leftOversOf, type TemporaryName } from '../temporary-names.ts'
import { nameOf, type TableName, type Write } from '../warehouse.ts'
import { discardBulkImport } from './bulk-import.ts'
import { type BulkImport, listBulkImports } from './bulk-import-calls.ts'
import { stopFillingJobs } from './filling-job.ts'
import { bulkImportName } from './names.ts'
import { deleteTable } from './table-calls.ts'
import { type ExistingTables, listExisting } from './write-plan.ts'
import type { WriteWorld } from './write-world.ts'

/**
 * Removes what dead processes left of the tables that are to be written: temporary tables, and the bulk imports and jobs
 * that fill them. Those of a process that lives stay, whatever its run id.
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
  for (const [database, listed] of existing) {
    const targets = writes.flatMap(({ table }) => (table.database === database ? [table.table] : []))
    const imports = bulkImports.filter((each) => each.database === database && isOurs(each))
    const names = new Set(
      [...listed, ...imports.map(({ table = '' }) => ({ name: table }))].map(({ name }) => name),
    )
    for (const leftOver of leftOversOf(targets, [...names], world.wallClockSec())) {
      // By its table a lock tells whose it is.
      const isHeld = bulkImports.some((each) => each.database === database && each.table === leftOver.name)
      if (leftOver.kind === 'lock' && isHeld) continue
      await remove(world, database, leftOver, imports, signal)
    }
  }
  return existing
}

function isOurs({ name, database = '', table = '' }: BulkImport): boolean {
  return name === bulkImportName({ database, table })
}

async function remove(
  world: WriteWorld,
  database: string,
  { name, kind }: TemporaryName,
  imports: readonly BulkImport[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const table: TableName = { database, table: name }
  if (kind === 'tmp') await stopFillingJobs(world, table, signal)
  for (const bulkImport of imports.filter((each) => each.table === name)) {
    await discardBulkImport(world, bulkImport.name, signal)
    world.logger.info({ bulkImport: bulkImport.name }, 'removed a bulk import that a dead run had left')
  }
  await deleteTable(world.api, table, signal)
  world.logger.info({ table: nameOf(table) }, 'removed a table that a dead run had left')
}
