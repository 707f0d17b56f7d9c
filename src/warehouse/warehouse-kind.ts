import type { Logger } from '../logger.ts'
import type { Inspection } from './inspection.ts'
import type { TableName, Warehouse } from './warehouse.ts'

/** What a warehouse is opened with; each kind takes what it needs. */
export interface WarehouseRequest {
  /** The value of `--warehouse`. */
  readonly location: string
  /** The table of touchpoints. */
  readonly inputTable: TableName
  /** True if the work reads the touchpoints. */
  readonly readsTouchpoints: boolean
  /** Files that become the table of touchpoints. */
  readonly input: readonly string[]
  /** Of such files that are text: a name of `TextDecoder`; undefined: UTF-8. */
  readonly inputEncoding: string | undefined
  /** Of such files that are text; undefined: found in each. */
  readonly inputDelimiter: string | undefined
  /** Of a warehouse in this process; undefined: as many as there are processors. */
  readonly threads: number | undefined
  /** A directory on this machine, for tables that have no file or server of their own. */
  readonly directory: string
  /** For jobs, if the warehouse has them. */
  readonly priority: number | undefined
  readonly poolName: string | undefined
  /** Holds addresses and credentials, in the kind's variables. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly logger: Logger
  readonly signal: AbortSignal
  readonly wallClockSec: () => number
  readonly uniqueSuffix: () => string
  /** For each call to a server; undefined: the default, about a minute in all. */
  readonly attempts: number | undefined
}

/** A kind of warehouse. Its code is loaded only when one is opened, so listing the kinds costs nothing. */
export interface WarehouseKind {
  /** How `--warehouse` names one. */
  readonly spelled: string
  /** Variables with addresses and files. */
  readonly variables: readonly string[]
  /** Variables that hold secrets, which must not appear in a workflow's params. */
  readonly secrets: readonly string[]
  readonly matches: (location: string) => boolean
  /** @throws {ConfigError} if there can't be a warehouse, or it has nothing to read. */
  readonly open: (request: WarehouseRequest) => Promise<Warehouse>
  /** For the doctor. @param warehouse opened with the same request. */
  readonly inspect: (warehouse: Warehouse, request: WarehouseRequest) => Promise<Inspection>
}
