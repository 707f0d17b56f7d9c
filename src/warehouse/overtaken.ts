import { RemoteError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { nameOf, type TableName } from './warehouse.ts'

/** The second has the lock, so only somebody who knows no lock can overtake it. */
const ATTEMPTS = 3

/** Another run has written a table meanwhile: replacing it would lose that run's rows. */
export class Overtaken extends RemoteError {
  constructor(table: TableName) {
    super(`table ${nameOf(table)}: another run keeps writing it; it was not replaced: run it again`)
  }
}

/**
 * Writes again from the beginning what another run has overtaken.
 * @param write is told how to work alone: only to put tables in place at first, so that the long work before goes on in
 *   parallel; from the second attempt on, all the way.
 */
export async function unlessOvertaken<T>(
  logger: Logger,
  write: (isAlone: boolean) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write(attempt > 1)
    } catch (error) {
      if (!(error instanceof Overtaken) || attempt === ATTEMPTS) throw error
      logger.warn({ attempt }, 'another run has written a table meanwhile: the tables are made again')
    }
  }
}
