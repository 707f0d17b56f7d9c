import { dirname, join, resolve } from 'node:path'
import { ConfigError } from '../errors.ts'
import type { Options } from '../options/option-table.ts'
import { type World, worldOf } from '../steps/world.ts'
import { openStorage } from '../storage/open-storage.ts'
import { routeStorage } from '../storage/routed-storage.ts'
import type { Storage } from '../storage/storage.ts'
import { type DuckDbPlace, placeInDirectory } from '../warehouse/duckdb/place.ts'
import { openDuckDb } from '../warehouse/duckdb/warehouse.ts'
import type { TreasureDataOptions } from '../warehouse/treasure-data/warehouse.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import type { Effects } from './effects.ts'

/** What places a run's directories. */
export type StorageOptions = DataDirectoryOptions & Pick<Options, 'negativeTfrecordsDir' | 'modelDir'>

/** Commands without examples have no directory for them. */
type DataDirectoryOptions = Pick<Options, 'dataDir' | 'given'> &
  Partial<Pick<Options, 'positiveTfrecordsDir'>>

/** What a warehouse is opened with. */
export type WarehouseOptions = DataDirectoryOptions &
  Pick<Options, 'warehouse' | 'db' | 'table' | 'tdPriority' | 'tdPool'> &
  Partial<Pick<Options, 'input'>>

/**
 * Opens warehouse and storage, does the work, closes them whatever happens.
 * @param readsTouchpoints true where the work reads the table of touchpoints.
 */
export async function withWorld<T>(
  options: WarehouseOptions & StorageOptions,
  effects: Effects,
  readsTouchpoints: boolean,
  work: (world: World) => Promise<T>,
): Promise<T> {
  const storage = openDataStorage(options, effects)
  const warehouse = await openWarehouse(options, effects, readsTouchpoints)
  try {
    return await work(worldOf(effects, storage, warehouse))
  } finally {
    await warehouse.close()
  }
}

/**
 * @param attempts of each call to a server; undefined: the usual ones, about a minute in all.
 * @returns the warehouse of `--warehouse`.
 * @throws {ConfigError} for an unknown one, or one without anything to read.
 */
export async function openWarehouse(
  options: WarehouseOptions,
  effects: Effects,
  readsTouchpoints: boolean,
  attempts?: number,
): Promise<Warehouse> {
  const { input = [] } = options
  if (options.warehouse === 'td') return openTreasureDataOf(options, effects, attempts)
  if (/^trino:/i.test(options.warehouse)) return openTrinoOf(options, effects, attempts)
  const place = duckDbPlace(options)
  if (readsTouchpoints && place.csvDirectory !== undefined && input.length === 0) {
    throw new ConfigError(
      '--warehouse duckdb has no table of touchpoints: give --input (INPUT) a CSV or Parquet file, ' +
        'or --warehouse (WAREHOUSE) duckdb:FILE',
    )
  }
  return await openDuckDb({
    ...place,
    input: readsTouchpoints ? input : [],
    inputTable: { database: options.db, table: options.table },
    logger: effects.logger,
  })
}

/** Loaded only where it is asked for: it takes several clients with it. */
async function openTreasureDataOf(
  options: WarehouseOptions,
  effects: Effects,
  attempts: number | undefined,
): Promise<Warehouse> {
  const { openTreasureData } = await import('../warehouse/treasure-data/warehouse.ts')
  return openTreasureData(treasureDataOptions(options, effects, attempts))
}

/** @returns what Treasure Data is opened with. @param attempts of each call; undefined: the usual ones. */
export function treasureDataOptions(
  options: WarehouseOptions,
  effects: Effects,
  attempts: number | undefined,
): TreasureDataOptions {
  return {
    apiKey: effects.environment.TD_API_KEY,
    apiServer: effects.environment.TD_API_SERVER,
    database: options.db,
    logger: effects.logger,
    signal: effects.signal,
    wallClockSec: effects.wallClockSec,
    uniqueSuffix: effects.uniqueSuffix,
    priority: options.tdPriority,
    poolName: options.tdPool,
    ...(attempts === undefined ? {} : { policy: { attempts } }),
  }
}

/** Loaded only where it is asked for. */
async function openTrinoOf(
  options: WarehouseOptions,
  effects: Effects,
  attempts: number | undefined,
): Promise<Warehouse> {
  const { openTrino } = await import('../warehouse/trino/warehouse.ts')
  return openTrino({
    warehouse: options.warehouse,
    environment: effects.environment,
    inputTable: { database: options.db, table: options.table },
    logger: effects.logger,
    wallClockSec: effects.wallClockSec,
    ...(attempts === undefined ? {} : { policy: { attempts } }),
  })
}

/**
 * @param allowed for the message.
 * @returns the file of `duckdb:FILE`, undefined for `duckdb`.
 * @throws {ConfigError} for anything else.
 */
export function duckDbFile(warehouse: string, allowed = 'duckdb or duckdb:FILE'): string | undefined {
  const [, file] = /^duckdb(?::(.+))?$/s.exec(warehouse) ?? []
  if (file !== undefined || warehouse === 'duckdb') return file
  throw new ConfigError(`--warehouse (WAREHOUSE) is "${warehouse}": ${allowed} is needed`)
}

/**
 * @returns where DuckDB keeps the output tables: for `--warehouse duckdb` in the data directory, or, where that is in a
 *   bucket, in one of this machine.
 * @throws {ConfigError} for an unknown warehouse.
 */
export function duckDbPlace(
  options: Pick<WarehouseOptions, keyof DataDirectoryOptions | 'warehouse'>,
): DuckDbPlace {
  const allowed = 'duckdb, duckdb:FILE, td or trino:http://USER@HOST:PORT/CATALOG'
  const file = duckDbFile(options.warehouse, allowed)
  if (file !== undefined) return { file, csvDirectory: undefined }
  const given = dataDirectory(options)
  return placeInDirectory(resolve(given.includes('://') ? 'mta-data' : given))
}

/**
 * @returns `--data-dir`; where only `--positive-tfrecords-dir` was given, its parent, since the manifest has to lie on
 *   storage that the next step sees too.
 */
export function dataDirectory(options: DataDirectoryOptions): string {
  const besides = options.positiveTfrecordsDir
  if (options.given.has('dataDir') || besides === undefined) return options.dataDir
  return besides.includes('://') ? besides.replace(/\/[^/]*\/*$/, '') : dirname(besides)
}

/** @returns what the steps share: the data directory, with the folders that were given a place elsewhere. */
export function openDataStorage(options: StorageOptions, effects: Effects): Storage {
  const routes = new Map<string, Storage>()
  for (const [folder, directory] of folderDirectories(options)) {
    if (directory !== undefined) routes.set(folder, openStorage(directory, effects))
  }
  return routeStorage(openStorage(dataDirectory(options), effects), routes)
}

/** @returns the folders of the data directory that can lie elsewhere, each with the directory given for it. */
export function folderDirectories(options: StorageOptions): ReadonlyMap<string, string | undefined> {
  return new Map([
    ['positive_tfrecords', options.positiveTfrecordsDir],
    ['negative_tfrecords', options.negativeTfrecordsDir],
    ['model', options.modelDir],
  ])
}

/** @returns the path of a file in the data directory, for what only laptops do. */
export function inDataDirectory(options: DataDirectoryOptions, name: string): string {
  return join(dataDirectory(options), name)
}
