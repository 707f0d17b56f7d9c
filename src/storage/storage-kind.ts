import type { Dispatcher } from 'undici'
import type { Secret } from '../http/redact.ts'
import type { Logger } from '../logger.ts'
import type { Storage } from './storage.ts'

/** What a storage needs of its surroundings. */
export interface StorageWorld {
  /** Variables with credentials and addresses; nothing else is read from it. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly logger: Logger
  /** Unix seconds. */
  readonly wallClockSec: () => number
  /** Stops what a storage on a server has under way. */
  readonly signal?: AbortSignal
}

/** A kind of storage. */
export interface StorageKind {
  /** Variables with addresses and files. */
  readonly variables: readonly string[]
  /** Variables that hold secrets, which must not stand in a workflow's params. */
  readonly secrets: readonly string[]
  /** @returns what no log and no message may show; undefined: the variables' own values. */
  readonly secretsOf?: (environment: Readonly<Record<string, string | undefined>>) => readonly Secret[]
  readonly matches: (location: string) => boolean
  /** @throws {ConfigError} where there can be no storage at that location, or a variable is not as needed. */
  readonly open: (location: string, world: StorageWorld) => Storage
  /** @returns the address of its server, undefined where it has none. @throws {ConfigError} as `open` does. */
  readonly server: (environment: StorageWorld['environment']) => string | undefined
  /** @returns what connects to its server as our calls do; undefined: nothing but a connection is needed. */
  readonly connect?: (environment: StorageWorld['environment']) => Dispatcher
  /** @returns where a folder of a location lies. */
  readonly folder: (location: string, name: string) => string
}
