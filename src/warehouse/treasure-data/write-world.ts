import { type DataError, RemoteError } from '../../errors.ts'
import type { Sql } from '../../queries/sql.ts'
import { nameOf, type Row, type TableName } from '../warehouse.ts'
import { JobFailed, type JobWorld } from './jobs.ts'
import { streamQuery } from './query.ts'

/** What writing tables needs in addition to jobs. */
export interface WriteWorld extends JobWorld {
  /** Unix seconds. */
  readonly wallClockSec: () => number
  /** @returns a domain key that no other job has. */
  readonly newDomainKey: () => string
  /** @returns an owner of temporary tables that no other one is. */
  readonly newOwner: () => string
  /** Such as `api.treasuredata.com`. */
  readonly host: string
}

/** How often a query looks for what was just written: with the pauses of `untilVisible`, about six minutes. */
const VISIBILITY_CHECKS = 18

/** @returns the single row of a query whose values are whole numbers. */
export async function queryNumbers(
  world: WriteWorld,
  query: Sql,
  signal: AbortSignal | undefined,
): Promise<readonly number[]> {
  const rows: Row[] = []
  for await (const batch of streamQuery(world, query, world.newDomainKey(), signal)) rows.push(...batch)
  return (rows[0] ?? []).map(Number)
}

/**
 * Repeats what fails because Treasure Data's queries don't see new tables and columns at once.
 * @param work returns undefined to be tried again, as does a job that doesn't find a table or column.
 * @param giveUp makes the error when patience ends.
 */
export async function untilVisible<T>(
  world: WriteWorld,
  signal: AbortSignal | undefined,
  work: () => Promise<T | undefined>,
  giveUp: () => RemoteError | DataError,
): Promise<T> {
  let failure: JobFailed | undefined
  for (let check = 1; check <= VISIBILITY_CHECKS; check++) {
    if (check > 1) await world.sleep(Math.min(1000 * 2 ** (check - 2), 30_000), signal)
    try {
      const result = await work()
      if (result !== undefined) return result
    } catch (error) {
      if (!(error instanceof JobFailed) || !isNotVisible(error)) throw error
      failure = error
    }
  }
  throw failure ?? giveUp()
}

function isNotVisible(failure: JobFailed): boolean {
  const [said = ''] = failure.message.split('\nin the query:')
  return /does not (exist|have)|not found|cannot be resolved/i.test(said)
}

/** @returns the error when patience with a temporary table ends. */
export function notSeen(table: TableName): RemoteError {
  return new RemoteError(
    `treasure-data: queries do not see the rows of the temporary table ${nameOf(table)}; nothing was written`,
  )
}
