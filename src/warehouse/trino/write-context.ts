import type { Sleep } from '../../http/retries.ts'
import type { TableName } from '../warehouse.ts'
import type { TrinoSession } from './session.ts'

/** What writing tables needs besides them. */
export interface WriteContext {
  readonly session: TrinoSession
  /** The table of touchpoints, which must not be an output. */
  readonly input: TableName | undefined
  /** Unix seconds. */
  readonly wallClockSec: () => number
  /** @returns an owner of temporary tables that no other one is. */
  readonly newOwner: () => string
  readonly sleep: Sleep
}

/** The names in use while a run replaces a table. */
export interface TableNames {
  readonly final: TableName
  /** Where the new rows are written first. */
  readonly temporary: TableName
  /** What a query joins with while it fills the temporary table. */
  readonly lookup: TableName
}
