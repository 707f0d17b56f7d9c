import type { Logger } from '../logger.ts'
import type { Inspection } from './inspection.ts'
import type { TableName, Warehouse } from './warehouse.ts'

/** What a warehouse is opened with; each kind takes what it needs. */
export interface WarehouseRequest {
  /** The value of `--warehouse`. */
  readonly location: string
  /** The table of touchpoints. */
  readonly inputTable: TableName
  /** True where the work reads the touchpoints. */
  readonly readsTouchpoints: boolean
  /** Files that become the table of touchpoints. */
  readonly input: readonly string[]
  /** Of this machine, for tables that are in no file or server of their own. */
  readonly directory: string
  /** Of jobs, where the warehouse has them. */
  readonly priority: number | undefined
  readonly poolName: string | undefined
  /** For addresses and credentials, by the variables of the kind. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly logger: Logger
  readonly signal: AbortSignal
  readonly wallClockSec: () => number
  readonly uniqueSuffix: () => string
  /** Of each call to a server; undefined: the usual ones, about a minute in all. */
  readonly attempts: number | undefined
}

/** A kind of warehouse. Its own code is loaded when one is opened, so that the list of kinds costs nothing. */
export interface WarehouseKind {
  /** How `--warehouse` names one. */
  readonly spelled: string
  /** Variables with addresses and files. */
  readonly variables: readonly string[]
  /** Variables that hold secrets, which must not stand in a workflow's params. */
  readonly secrets: readonly string[]
  readonly matches: (location: string) => boolean
  /** @throws {ConfigError} where there can't be a warehouse, or it has nothing to read. */
  readonly open: (request: WarehouseRequest) => Promise<Warehouse>
  /** For the doctor. @param warehouse opened with the same request. */
  readonly inspect: (warehouse: Warehouse, request: WarehouseRequest) => Promise<Inspection>
}
