import { RemoteError } from '../../errors.ts'
import type { Rows, TableName } from '../warehouse.ts'
import {
  type BulkImport,
  commitBulkImport,
  createBulkImport,
  deleteBulkImport,
  freezeBulkImport,
  performBulkImport,
  showBulkImport,
  uploadPart,
} from './bulk-import-calls.ts'
import { type JobWorld, stopJob, waitForJob } from './jobs.ts'
import { bulkImportName } from './names.ts'
import { encodeParts } from './parts.ts'
import { poll } from './waiting.ts'

/**
 * Loads rows into a table by bulk import: upload, freeze, perform, check, commit, delete. The rows appear at the
 * commit, all at once.
 * @param nowSec `time` of rows that have no session time.
 * @throws {RemoteError} if not every row was accepted; the session is then left to {@link discardBulkImport}.
 */
export async function importRows(
  world: JobWorld,
  table: TableName,
  write: Rows,
  nowSec: number,
  signal?: AbortSignal,
): Promise<void> {
  const { api, logger } = world
  const name = bulkImportName(table)
  await createBulkImport(api, name, table, signal)
  let parts = 0
  for await (const part of encodeParts(write, nowSec)) {
    await uploadPart(api, name, part, signal)
    parts++
    logger.debug({ bulkImport: name, part: part.name, bytes: part.bytes.byteLength }, 'uploaded a part')
  }
  await freezeBulkImport(api, name, signal)
  await perform(world, name, write.rows.length, signal)
  await commitBulkImport(api, name, signal)
  await untilStatus(world, name, 'committed', signal)
  await deleteBulkImport(api, name, signal)
  logger.info({ bulkImport: name, rows: write.rows.length, parts }, 'imported rows into Treasure Data')
}

/** @throws {RemoteError} if the job fails or a row is rejected. */
async function perform(
  world: JobWorld,
  name: string,
  rows: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const jobId = await performBulkImport(world.api, name, signal)
  let status: string
  try {
    status = await waitForJob(world, jobId, signal)
  } catch (error) {
    await stopJob(world, jobId)
    throw error
  }
  if (status !== 'success') {
    throw new RemoteError(`treasure-data: job ${jobId} of the bulk import ${name} ended as ${status}`)
  }
  const { validRecords, errorRecords } = await untilStatus(world, name, 'ready', signal)
  if (validRecords === rows && (errorRecords ?? 0) === 0) return
  throw new RemoteError(
    `treasure-data: the bulk import ${name} took ${validRecords ?? 'an unknown number'} of ${rows} rows ` +
      `and refused ${errorRecords ?? 0} (job ${jobId}); nothing was written`,
  )
}

const order = ['uploading', 'performing', 'ready', 'committing', 'committed']

async function untilStatus(
  world: JobWorld,
  name: string,
  wanted: string,
  signal: AbortSignal | undefined,
): Promise<BulkImport> {
  return poll(world.sleep, signal, async () => {
    const shown = await showBulkImport(world.api, name, signal, true)
    if (shown === undefined) {
      throw new RemoteError(`treasure-data: the bulk import ${name} is gone: somebody else has deleted it`)
    }
    if (!order.includes(shown.status)) {
      throw new RemoteError(`treasure-data: the bulk import ${name} has the status "${shown.status}"`)
    }
    return order.indexOf(shown.status) >= order.indexOf(wanted) ? shown : undefined
  })
}

/** Removes a session that was abandoned: its job is killed, a commit under way is awaited. */
export async function discardBulkImport(world: JobWorld, name: string, signal?: AbortSignal): Promise<void> {
  const shown = await showBulkImport(world.api, name, signal)
  if (shown === undefined) return
  if (shown.status === 'performing' && shown.jobId !== undefined) await stopJob(world, shown.jobId)
  if (shown.status === 'committing') await untilStatus(world, name, 'committed', signal)
  await deleteBulkImport(world.api, name, signal)
}
