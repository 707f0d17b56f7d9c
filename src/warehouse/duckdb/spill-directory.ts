import { constants } from 'node:fs'
import { access, mkdir, readdir, rm, rmdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { ConfigError, RemoteError } from '../../errors.ts'
import {
  beginTemporaryPath,
  endTemporaryPath,
  isTemporaryName,
  removeAbandonedFiles,
} from '../../storage/local/temporary-files.ts'

/** Where DuckDB puts what exceeds its memory. */
export interface SpillDirectory {
  /** Made by DuckDB when it is needed. */
  readonly path: string
  remove(): Promise<void>
}

/**
 * Chooses a directory beside the file of the tables, where there is room for data, or, as long as there is no directory
 * for that file, in the nearest one above. What dead processes left there is removed.
 * @param file of the tables, which need not be there.
 */
export async function openSpillDirectory(file: string): Promise<SpillDirectory> {
  const directory = dirname(resolve(file))
  const baseIn = (place: string) => join(place, `${basename(file)}.spill`)
  const path = beginTemporaryPath(baseIn(await writableDirectory(directory)))
  // A run that made the directory, or the one above it, had its own where there was one then.
  for (const place of [directory, dirname(directory), dirname(dirname(directory))]) {
    // Whoever may not look there, or remove it, can still work.
    await removeAbandoned(baseIn(place)).catch(() => {})
  }
  return {
    path,
    remove: async () => {
      await rm(path, { recursive: true, force: true })
      endTemporaryPath(path)
    },
  }
}

async function writableDirectory(directory: string): Promise<string> {
  const found = await stat(directory).catch(() => undefined)
  const parent = dirname(directory)
  if (!found?.isDirectory() && parent !== directory) return await writableDirectory(parent)
  const isWritable = await access(directory, constants.W_OK).then(
    () => true,
    () => false,
  )
  return isWritable ? directory : tmpdir()
}

async function removeAbandoned(base: string): Promise<void> {
  const names = await readdir(dirname(base))
  if (!names.some((name) => name.startsWith(`${basename(base)}~`) && isTemporaryName(name))) return
  const path = beginTemporaryPath(base)
  try {
    // Its time is now, by the file system's own clock.
    await mkdir(path)
    await removeAbandonedFiles(base, path)
    await rmdir(path)
  } finally {
    endTemporaryPath(path)
  }
}

/**
 * @param message of DuckDB.
 * @param directory where it puts what exceeds its memory.
 * @returns why a query had not enough memory or disk, and what to do; undefined for any other message.
 */
export function maybeSpillFailure(
  message: string,
  directory: string,
): { readonly kind: typeof RemoteError | typeof ConfigError; readonly why: string } | undefined {
  const [first = ''] = message.split('\n')
  if (/max_temp_directory_size|No space left on device|Disk quota exceeded/.test(message)) {
    const why = `the disk of ${directory}, where queries put what exceeds memory, is full: free some space there, or give a place on a larger disk by --data-dir (DATA_DIR), or by --warehouse (WAREHOUSE) duckdb:FILE; ${LESS} (${first})`
    return { kind: RemoteError, why }
  }
  if (message.includes(directory)) {
    const why = `${directory}, where queries put what exceeds memory, can't be used: make its directory writable, or give another one by --data-dir (DATA_DIR); ${LESS} (${first})`
    return { kind: ConfigError, why }
  }
  if (/^Out of Memory Error/.test(message)) {
    const why = `a query needs more memory than this process may use: give it more; ${LESS} (${first})`
    return { kind: RemoteError, why }
  }
  return undefined
}

const LESS =
  'queries need less with fewer --threads (THREADS), and with --users-per-tfrecord (USERS_PER_TFRECORD)'
