import { ConfigError } from '../../errors.ts'
import { maybeScheme } from '../../schemes.ts'
import type { WarehouseKind, WarehouseRequest } from '../warehouse-kind.ts'
import { type DuckDbPlace, placeInDirectory } from './place.ts'

/** DuckDB inside this process, with its tables in a file. */
export const duckDb: WarehouseKind = {
  spelled: 'duckdb, duckdb:FILE',
  variables: [],
  secrets: [],
  matches: (location) => /^duckdb(:.|$)/s.test(location),
  open: async (request) => {
    const { inputTable, readsTouchpoints, threads, logger, signal } = request
    const place = placeOf(request)
    if (readsTouchpoints && place.csvDirectory !== undefined && request.input.length === 0) {
      throw new ConfigError(
        '--warehouse duckdb has no table of touchpoints: give --input (INPUT) a CSV or Parquet file, ' +
          'or --warehouse (WAREHOUSE) duckdb:FILE',
      )
    }
    const { openDuckDb } = await import('./warehouse.ts')
    const input = readsTouchpoints ? request.input : []
    const { inputEncoding: encoding } = request
    // Of files that this command doesn't read.
    const isOfOthers = request.input.length > input.length
    const delimiter = isOfOthers ? undefined : request.inputDelimiter
    return await openDuckDb({ ...place, input, encoding, delimiter, inputTable, threads, logger, signal })
  },
  inspect: async (warehouse, request) => {
    const { inspectDuckDb } = await import('./inspection.ts')
    return inspectDuckDb(warehouse, placeOf(request), request.logger)
  },
}

function placeOf({ location, directory }: WarehouseRequest): DuckDbPlace {
  const file = maybeDuckDbFile(location)
  return file === undefined ? placeInDirectory(directory) : { file, csvDirectory: undefined }
}

/**
 * @returns the file of `duckdb:FILE`; undefined for anything else.
 * @throws {ConfigError} for what DuckDB would take for a server, a cloud, another database or memory.
 */
export function maybeDuckDbFile(location: string): string | undefined {
  const file = /^duckdb:(.+)$/s.exec(location)?.[1]
  if (file === undefined || (maybeScheme(file) === undefined && !file.startsWith(':'))) return file
  throw new ConfigError(
    `--warehouse (WAREHOUSE) is "${location.replace(/\?.*$/s, '?...')}": duckdb:FILE is needed, a file of this machine; ` +
      'write duckdb:./FILE where its name has a colon',
  )
}
