import { ConfigError, type DataError, messageOf, RemoteError } from '../../errors.ts'
import { sql } from '../../queries/sql.ts'
import { checkWrites, isQuery, rowCount, wrongRowCount } from '../check-writes.ts'
import { type Lease, withLease } from '../lease.ts'
import { Overtaken, unlessOvertaken } from '../overtaken.ts'
import { temporaryNames } from '../temporary-names.ts'
import { nameOf, type Write, type WrittenTable } from '../warehouse.ts'
import { copyFormerRows } from './append.ts'
import { discardBulkImport, importRows } from './bulk-import.ts'
import { insertQuery } from './insert-query.ts'
import { removeLeftOvers } from './left-overs.ts'
import { bulkImportName, checkNames } from './names.ts'
import { createTable, deleteTable, renameTable } from './table-calls.ts'
import { delayedSignal } from './waiting.ts'
import { aloneInDatabase } from './write-lock.ts'
import { listExisting, maybeExisting, planWrites, type TablePlan } from './write-plan.ts'
import { queryNumbers, untilVisible, type WriteWorld } from './write-world.ts'

/** How long a rename in progress may continue after the signal: no reader wants some tables new and others old. */
const RENAME_GRACE_MS = 5000

/**
 * Writes tables so that readers see the former rows or the new ones: each is filled under a temporary name and counted,
 * and when all are, each is put in place by one call.
 * @throws {DataError} if a value doesn't fit its column or `error` meets an existing table, {ConfigError} if a
 *   name isn't allowed or there is no such database, {RemoteError} if Treasure Data fails: it names what was replaced
 *   by then and what remains.
 */
export async function writeTables(
  world: WriteWorld,
  writes: readonly Write[],
  signal?: AbortSignal,
): Promise<readonly WrittenTable[]> {
  checkWrites(writes)
  checkNames(writes)
  return await unlessOvertaken(world.logger, async (isAlone) => {
    signal?.throwIfAborted()
    const owner = world.newOwner()
    const alone: Alone = (work) => aloneInDatabase(world, writes, owner, signal, work)
    return await withLease(leaseOf(world, writes, owner), () =>
      isAlone
        ? alone((checkHeld) => writeOnce(world, writes, owner, (work) => work(checkHeld), signal))
        : writeOnce(world, writes, owner, alone, signal),
    )
  })
}

/** Works while no other run replaces tables. */
type Alone = <T>(work: (checkHeld: () => Promise<void>) => Promise<T>) => Promise<T>

async function writeOnce(
  world: WriteWorld,
  writes: readonly Write[],
  owner: string,
  alone: Alone,
  signal: AbortSignal | undefined,
): Promise<readonly WrittenTable[]> {
  const existing = await removeLeftOvers(world, writes, signal)
  const plans = planWrites(writes, existing, temporaryNames(owner, world.wallClockSec()))
  const kept = plans.filter((plan) => plan !== undefined)
  try {
    await fillTables(world, kept, signal)
    if (kept.length > 0) await alone((checkHeld) => replaceTables(world, kept, checkHeld, signal))
  } catch (error) {
    throw await cleanUp(world, kept, error, signal)
  }
  return writes.map((write, at) => report(world, write, plans[at] === undefined))
}

async function replaceTables(
  world: WriteWorld,
  plans: readonly TablePlan[],
  checkHeld: () => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  await checkNotOvertaken(world, plans, signal)
  await checkHeld()
  await publish(world, plans, signal)
}

function leaseOf({ api, logger, wallClockSec }: WriteWorld, writes: readonly Write[], owner: string): Lease {
  const [{ table } = { table: { database: '', table: '' } }] = writes
  return {
    name: () => temporaryNames(owner, wallClockSec())(table, 'lease'),
    make: (lease, signal) => createTable(api, lease, [], signal),
    remove: (lease, signal) => deleteTable(api, lease, signal),
    logger,
  }
}

async function fillTables(
  world: WriteWorld,
  plans: readonly TablePlan[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const expected = new Map<TablePlan, number>()
  const nowSec = world.wallClockSec()
  for (const plan of plans) {
    const { write, temporary, former, columns } = plan
    await createTable(world.api, temporary, columns, signal)
    const keptRows = former ? await copyFormerRows(world, plan, signal) : 0
    if (isQuery(write)) await insertQuery(world, plan, write, nowSec, signal)
    else if (write.rows.length > 0) await importRows(world, temporary, write, nowSec, signal)
    expected.set(plan, keptRows + rowCount(write))
  }
  await checkCounts(world, expected, signal)
}

/** @throws {Overtaken} if a table that is not to be lost is another one by now. */
async function checkNotOvertaken(
  world: WriteWorld,
  plans: readonly TablePlan[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const careful = plans.filter(({ write }) => write.ifExists !== 'overwrite')
  if (careful.length === 0) return
  const writes = careful.map(({ write }) => write)
  const existing = await listExisting(world.api, writes, signal)
  for (const { write, former } of careful) {
    if (maybeExisting(existing, write.table)?.id !== former?.id) throw new Overtaken(write.table)
  }
}

/**
 * Waits until queries see all the rows of all the tables.
 * @throws {RemoteError} if they see too many, or never all; {DataError} if the rows come from a query;
 *   {Overtaken}.
 */
async function checkCounts(
  world: WriteWorld,
  expected: ReadonlyMap<TablePlan, number>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const filled = [...expected].filter(([{ write }, rows]) => rows > 0 || isQuery(write))
  if (filled.length === 0) return
  const counts = filled.map(([{ temporary }]) => sql`(SELECT count(*) FROM ${sql.table(temporary)})`)
  let found: readonly number[] = []
  const compare = async () => {
    found = await queryNumbers(world, sql`SELECT ${sql.join(counts)}`, signal)
    if (filled.every(([, rows], at) => found[at] === rows)) return true
    await checkNotOvertaken(world, [...expected.keys()], signal)
    if (filled.some(([, rows], at) => (found[at] ?? 0) > rows)) throw wrongCount(filled, found)
    return undefined
  }
  await untilVisible(world, signal, compare, () => wrongCount(filled, found))
}

function wrongCount(
  filled: readonly (readonly [TablePlan, number])[],
  found: readonly number[],
): RemoteError | DataError {
  for (const [at, [{ write }, rows]] of filled.entries()) {
    const count = found[at] ?? 0
    if (isQuery(write) && count !== rows) return wrongRowCount(write, count - (rows - write.expectedRows))
  }
  const wrong = filled.flatMap(([{ write }, rows], at) =>
    found[at] === rows ? [] : [`${nameOf(write.table)} has ${found[at] ?? 0} rows instead of ${rows}`],
  )
  return new RemoteError(`treasure-data: after the upload ${wrong.join(', ')}; nothing was written`)
}

async function publish(
  world: WriteWorld,
  plans: readonly TablePlan[],
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted()
  const grace = signal && delayedSignal(signal, RENAME_GRACE_MS)
  const replaced: string[] = []
  try {
    for (const { write, temporary, former } of plans) {
      const replaces = former !== undefined || write.ifExists === 'overwrite'
      const isFree = await renameTable(world.api, temporary, write.table.table, replaces, grace?.signal)
      if (!isFree) throw new Overtaken(write.table)
      replaced.push(nameOf(write.table))
    }
  } catch (error) {
    if (replaced.length === 0 || grace?.signal.aborted || error instanceof Overtaken) throw error
    const others = plans.slice(replaced.length).map(({ write }) => nameOf(write.table))
    throw new RemoteError(
      `${messageOf(error)}; ${replaced.join(', ')} was already replaced, but not ${others.join(', ')}: run it again`,
      { cause: error },
    )
  } finally {
    grace?.release()
  }
}

/** @returns the error to throw: the original one, with what could not be removed. */
async function cleanUp(
  world: WriteWorld,
  plans: readonly TablePlan[],
  error: unknown,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const deadline = AbortSignal.timeout(world.cleanUpMs)
  const remains: string[] = []
  const ours = plans.flatMap(({ write, temporary, lookup }) =>
    isQuery(write) ? [lookup, temporary] : [temporary],
  )
  for (const table of ours) {
    const bulkImport = bulkImportName(table)
    const isDiscarded = await succeeds(() => discardBulkImport(world, bulkImport, deadline))
    if (!isDiscarded) remains.push(`bulk import ${bulkImport}`)
    const isDeleted = await succeeds(() => deleteTable(world.api, table, deadline))
    if (!isDeleted) remains.push(`table ${nameOf(table)}`)
  }
  if (remains.length === 0) return error
  world.logger.warn({ remains }, 'could not remove everything from Treasure Data: a run an hour later does')
  if (signal?.aborted || !(error instanceof RemoteError || error instanceof ConfigError)) return error
  const message = `${error.message}; a run an hour later will remove what is left: ${remains.join(', ')}`
  const options = { cause: error }
  return error instanceof ConfigError ? new ConfigError(message, options) : new RemoteError(message, options)
}

async function succeeds(work: () => Promise<void>): Promise<boolean> {
  return work().then(
    () => true,
    () => false,
  )
}

function report(world: WriteWorld, write: Write, skipped: boolean): WrittenTable {
  const location = `${nameOf(write.table)} in Treasure Data (${world.host})`
  const written = { table: write.table, rows: skipped ? 0 : rowCount(write), skipped, location }
  world.logger.info(written, skipped ? 'table left as it was' : 'table written')
  return written
}
