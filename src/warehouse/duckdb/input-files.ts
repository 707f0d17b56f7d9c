import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { ConfigError, messageOf } from '../../errors.ts'
import { sql } from '../../queries/sql.ts'
import { isThere } from './place.ts'

/** How messages name the option that names the touchpoints' files. */
export const INPUT_OPTION = '--input (INPUT)'

export type FileKind = 'csv' | 'tsv' | 'parquet'

/** The files that `--input` names. */
export interface InputFiles {
  readonly kind: FileKind
  /** Each file once, by the first of its names. */
  readonly files: readonly string[]
  /** Further names of the same files, which are not read again. */
  readonly repeated: readonly string[]
}

/**
 * @param input paths or globs. @param option that names them.
 * @throws {ConfigError} naming the option if a file is missing, unreadable, or of an unknown or different kind.
 */
export async function findInputFiles(
  connection: DuckDBConnection,
  input: readonly string[],
  option: string = INPUT_OPTION,
): Promise<InputFiles> {
  const files = new Map<string, string>()
  const repeated: string[] = []
  for (const pattern of input) {
    for (const file of await filesOf(connection, pattern, option)) {
      const identity = await identityOf(file, option)
      if (files.has(identity)) repeated.push(file)
      else files.set(identity, file)
    }
  }
  const distinct = [...files.values()]
  return { kind: kindOfAll(distinct, option), files: distinct, repeated }
}

async function filesOf(
  connection: DuckDBConnection,
  pattern: string,
  option: string,
): Promise<readonly string[]> {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(pattern)) {
    throw new ConfigError(
      `${option}: ${pattern} is an address; only files of this machine are read: copy it here`,
    )
  }
  const isPattern = /[*?[]/.test(pattern) && !(await isThere(pattern))
  const files = isPattern ? await glob(connection, pattern) : [pattern]
  if (files.length > 0) return files
  throw new ConfigError(`${option}: no file matches ${pattern}; check the pattern and the directory`)
}

async function glob(connection: DuckDBConnection, pattern: string): Promise<string[]> {
  const query = sql`SELECT file FROM glob(${sql.literal(pattern)}) ORDER BY file`
  const found = await connection.runAndReadAll(query.render())
  const files = found.getRows().map(([file]) => String(file))
  // DuckDB puts ./ in front of relative names.
  return pattern.startsWith('./') ? files : files.map((file) => file.replace(/^\.\//, ''))
}

/** @returns the same text for each name of a file, also by symbolic or hard links. @throws {ConfigError} */
async function identityOf(file: string, option: string): Promise<string> {
  const found = await stat(file, { bigint: true }).catch((error: unknown) => {
    throw unreadable(file, option, error)
  })
  if (found.isDirectory()) {
    throw new ConfigError(`${option}: ${file} is a directory; give its files, such as ${file}/*.csv`)
  }
  if (!found.isFile()) {
    const what = 'is a pipe, socket or device, which can be read only once'
    throw new ConfigError(`${option}: ${file} ${what}; write its content into a file first`)
  }
  await access(file, constants.R_OK).catch((error: unknown) => {
    throw unreadable(file, option, error)
  })
  return `${found.dev}:${found.ino}`
}

function unreadable(file: string, option: string, cause: unknown): ConfigError {
  const why = messageOf(cause)
  return new ConfigError(`${option}: can't read ${file} (${why}); check path and permissions`, {
    cause,
  })
}

function kindOfAll(files: readonly string[], option: string): FileKind {
  const [first, ...rest] = files
  if (first === undefined) throw new ConfigError(`${option}: names no file; give CSV or Parquet files`)
  const kind = kindOf(first, option)
  const other = rest.find((file) => kindOf(file, option) !== kind)
  if (other === undefined) return kind
  throw new ConfigError(
    `${option}: ${first} and ${other} are of different kinds; give files of one kind (.csv, .tsv or .parquet)`,
  )
}

function kindOf(file: string, option: string): FileKind {
  const kind = /\.(csv|tsv|parquet)$/i.exec(file.replace(/\.gz$/i, ''))?.[1]?.toLowerCase()
  if (kind === 'csv' || kind === 'tsv') return kind
  if (kind === 'parquet' && !/\.gz$/i.test(file)) return kind
  throw new ConfigError(
    `${option}: ${file} has no known extension; allowed are .csv, .tsv (both also with .gz) and .parquet`,
  )
}
