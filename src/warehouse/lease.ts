import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { TableName } from './warehouse.ts'

/** Often enough that a server that is out of order for some minutes costs nobody the lock of a database. */
const RENEWED_EVERY_MS = 60_000
const CLEAN_UP_MS = 20_000

/** How an owner of temporary tables shows that it lives. */
export interface Lease {
  /** @returns a table whose name tells the owner and the present time. */
  readonly name: () => TableName
  readonly make: (table: TableName, signal: AbortSignal) => Promise<void>
  readonly remove: (table: TableName, signal: AbortSignal) => Promise<void>
  readonly logger: Logger
}

/**
 * Works, and every minute makes an empty table whose name tells the time, in place of the one before, so that nobody
 * takes the temporary tables of long work for left-overs. What cannot be made or removed is logged.
 */
export async function withLease<T>(lease: Lease, work: () => Promise<T>): Promise<T> {
  const { logger } = lease
  const ended = new AbortController()
  let made: readonly TableName[] = []
  const renew = async () => {
    const former = made
    const table = lease.name()
    made = [...former, table]
    await lease.make(table, ended.signal)
    for (const one of former) await lease.remove(one, ended.signal)
    made = [table]
  }
  const warn = (event: string) => (error: unknown) => {
    if (!ended.signal.aborted) logger.warn({ failure: messageOf(error) }, event)
  }
  let renewing: Promise<void> | undefined
  const timer = setInterval(() => {
    renewing ??= renew()
      .catch(warn('could not renew the lease of temporary tables'))
      .finally(() => {
        renewing = undefined
      })
  }, RENEWED_EVERY_MS)
  try {
    return await work()
  } finally {
    clearInterval(timer)
    ended.abort(new Error('the work has ended'))
    await renewing
    for (const table of made) {
      await lease.remove(table, AbortSignal.timeout(CLEAN_UP_MS)).catch((error: unknown) => {
        logger.warn({ table, failure: messageOf(error) }, 'could not remove the lease of temporary tables')
      })
    }
  }
}
