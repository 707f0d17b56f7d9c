import type { Dispatcher } from 'undici'
import type { WrittenTable } from './warehouse.ts'

/** What `doctor` asks of a warehouse besides the contract: whether it accepts us, and where tables would go. */
export interface Inspection {
  /** Scheme, host and port of the server; undefined if there is none. */
  readonly server: string | undefined

  /** @returns what connects to the server as our calls do; undefined: nothing but a connection is needed. */
  readonly connect?: () => Dispatcher

  /**
   * @returns what the credentials give access to, for people.
   * @throws {ConfigError} if they are refused, {RemoteError} if the server can't be reached.
   */
  access(signal: AbortSignal): Promise<string>

  /**
   * Changes nothing.
   * @returns what is known about the place of the output tables, for people.
   * @throws {ConfigError} if no table can be written there.
   */
  outputDatabase(database: string, signal: AbortSignal): Promise<string>

  /** Removes a table that was written as a trial. */
  dropTable(written: WrittenTable, signal: AbortSignal): Promise<void>

  close(): Promise<void>
}
