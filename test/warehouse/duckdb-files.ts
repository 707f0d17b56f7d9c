import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { silentLogger } from '../../src/logger.ts'
import { sql } from '../../src/queries/sql.ts'
import type { InputRequest } from '../../src/warehouse/duckdb/input.ts'
import { placeInDirectory } from '../../src/warehouse/duckdb/place.ts'
import { openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts'
import type { Row } from '../../src/warehouse/warehouse.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

/** The name under which input is read. */
export const touchpoints = { database: 'mta', table: 'mock_data' }
/** The first line of most files. */
export const HEADER = 'user_id,time,source\n'

/** @returns a directory with these files. */
export function filesIn(contents: Readonly<Record<string, string | Uint8Array>>): string {
  const directory = makeTemporaryDirectory()
  for (const [name, content] of Object.entries(contents)) writeFileSync(join(directory, name), content)
  return directory
}

/** Opens files as {@link touchpoints}. */
export function open(
  directory: string,
  input: readonly string[],
  file?: string,
  format: Omit<InputRequest, 'input'> = {},
) {
  const place = file === undefined ? placeInDirectory(directory) : { file, csvDirectory: undefined }
  return openDuckDb({ ...place, ...format, input, inputTable: touchpoints, logger: silentLogger })
}

/** @returns users, times and channels of files in a directory. */
export async function read(
  directory: string,
  names: readonly string[],
  format: Omit<InputRequest, 'input'> = {},
): Promise<readonly Row[]> {
  const warehouse = await open(
    directory,
    names.map((name) => join(directory, name)),
    undefined,
    format,
  )
  try {
    const rows: Row[] = []
    const query = sql`SELECT user_id, "time", source FROM "mta"."mock_data" ORDER BY user_id, "time"`
    for await (const batch of warehouse.query(query)) rows.push(...batch)
    return rows
  } finally {
    await warehouse.close()
  }
}

/** @returns what the work throws, or undefined. */
export async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}
