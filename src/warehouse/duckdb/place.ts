import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ConfigError, DataError, messageOf } from '../../errors.ts'
import { makeDirectories } from '../../storage/local/directories.ts'
import { writeErrorOf } from '../../storage/local/errors.ts'

/** Where the output tables are: in a user's DuckDB file, or in that of a data directory. */
export interface DuckDbPlace {
  readonly file: string
  /** Where the tables of a data directory are also written as CSV files, for people; undefined for a user's file. */
  readonly csvDirectory: string | undefined
}

/** @returns where the tables of a data directory are. */
export function placeInDirectory(directory: string): DuckDbPlace {
  return { file: join(directory, 'tables.duckdb'), csvDirectory: join(directory, 'tables') }
}

/**
 * @returns the error for a file that DuckDB can't open: a DataError if the file of a data directory is damaged, else a
 *   ConfigError.
 */
export function openError(place: DuckDbPlace, error: unknown): ConfigError | DataError {
  const { file, csvDirectory } = place
  const message = messageOf(error).trimEnd()
  const holder = lockHolder(error)
  const isUsers = csvDirectory === undefined
  if (!isUsers && isDamaged(message)) return damagedError(place, error)
  const advice = isUsers
    ? 'check the path, its permissions, and that it is a DuckDB database'
    : 'check its permissions, or give another directory'
  const why =
    holder === undefined
      ? `${message}; ${advice}`
      : `it is open in another process, ${holder}; close it there, or give another ${isUsers ? 'file' : 'directory'}`
  const option = isUsers ? `--warehouse duckdb:${file} (WAREHOUSE)` : `--data-dir (DATA_DIR): ${file}`
  return new ConfigError(`${option}: ${why}`, { cause: error })
}

/** @returns the other process that has a file open, as DuckDB names it; undefined for any other error. */
export function lockHolder(error: unknown): string | undefined {
  return /Conflicting lock is held in (.*?)\. /.exec(messageOf(error))?.[1]
}

/** DuckDB has no class of error for a damaged file: only its words tell. */
function isDamaged(message: string): boolean {
  return /not a valid DuckDB database file|corrupt/i.test(message)
}

/** @returns the error for a file of a data directory that DuckDB can't read. */
export function damagedError({ file, csvDirectory }: DuckDbPlace, error: unknown): DataError {
  return new DataError(
    `duckdb: can't open ${file}, which holds the tables of earlier runs: ${messageOf(error).trimEnd()}; ` +
      `restore it from a copy, or move it away and run again: the CSV files in ${csvDirectory} keep those tables`,
    { cause: error },
  )
}

/** @throws {ConfigError} {RemoteError} if the directory can't be created or written. */
export async function makeDirectory(directory: string): Promise<void> {
  try {
    await makeDirectories(directory)
    // DuckDB reports a refused directory without an error code.
    await access(directory, constants.W_OK)
  } catch (error) {
    throw writeErrorOf(directory, error)
  }
}

/**
 * Tables are written at the end of the work: whether they can be should be known before it.
 * @throws {ConfigError} {RemoteError} if the file, or a user's directory for it, can't be written.
 */
export async function checkWritable(place: DuckDbPlace): Promise<void> {
  const { file, csvDirectory } = place
  const isUsers = csvDirectory === undefined
  const isMade = await isThere(file)
  if (isMade) await checkFile(place)
  // A data directory is made when it is needed.
  if (!isMade && !isUsers) return
  await access(isMade ? file : dirname(file), constants.W_OK).catch((error: unknown) => {
    throw isUsers ? openError(place, error) : writeErrorOf(file, error)
  })
}

/** DuckDB would wait for a pipe. @throws {ConfigError} for what is no file. */
async function checkFile({ file, csvDirectory }: DuckDbPlace): Promise<void> {
  const found = await stat(file)
  if (found.isFile()) return
  const option =
    csvDirectory === undefined ? `--warehouse duckdb:${file} (WAREHOUSE)` : `--data-dir (DATA_DIR): ${file}`
  const what = found.isDirectory() ? 'a directory' : 'a device or a pipe'
  throw new ConfigError(`${option}: it is ${what}, not a file; move it away, or give another path`)
}

/** @returns whether there is a file or directory of that name. */
export async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
