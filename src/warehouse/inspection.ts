import type { WrittenTable } from './warehouse.ts'

/** What `doctor` asks of a warehouse besides the contract: whether it accepts us, and where tables would go. */
export interface Inspection {
  /** Scheme, host and port of the server that is asked; undefined where there is none. */
  readonly server: string | undefined

  /**
   * @returns what the credentials give access to, for people.
   * @throws {ConfigError} where they are refused, {RemoteError} if it can't be asked.
   */
  access(signal: AbortSignal): Promise<string>

  /**
   * Changes nothing.
   * @returns what is known of the place of the output tables, for people.
   * @throws {ConfigError} where no table can be written there.
   */
  outputDatabase(database: string, signal: AbortSignal): Promise<string>

  /** Removes a table that was just written for a trial. */
  dropTable(written: WrittenTable, signal: AbortSignal): Promise<void>

  close(): Promise<void>
}
