import { RemoteError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { nameOf, type TableName } from './warehouse.ts'

const ATTEMPTS = 3

/** Another run has written a table meanwhile: replacing it would lose that run's rows. */
export class Overtaken extends RemoteError {
  constructor(table: TableName) {
    super(`table ${nameOf(table)}: another run keeps writing it; it was not replaced: run it again`)
  }
}

/** Writes again from the beginning what another run has overtaken. */
export async function unlessOvertaken<T>(logger: Logger, write: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write()
    } catch (error) {
      if (!(error instanceof Overtaken) || attempt === ATTEMPTS) throw error
      logger.warn({ attempt }, 'another run has written a table meanwhile: the tables are made again')
    }
  }
}
