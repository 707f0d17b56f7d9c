import { dirname, join, resolve } from 'node:path'
import { ConfigError } from '../errors.ts'
import type { Options } from '../options/option-table.ts'
import { maybeScheme } from '../schemes.ts'
import { type World, worldOf } from '../steps/world.ts'
import { routeStorage } from '../storage/routed-storage.ts'
import type { Storage } from '../storage/storage.ts'
import type { StorageKind, StorageWorld } from '../storage/storage-kind.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import type { WarehouseKind, WarehouseRequest } from '../warehouse/warehouse-kind.ts'
import type { Effects } from './effects.ts'
import { storages } from './storages.ts'
import { warehouses } from './warehouses.ts'

/** What places a run's directories. */
export type StorageOptions = DataDirectoryOptions & Pick<Options, 'negativeTfrecordsDir' | 'modelDir'>

/** Commands without examples have no directory for them. */
type DataDirectoryOptions = Pick<Options, 'dataDir' | 'given'> &
  Partial<Pick<Options, 'positiveTfrecordsDir'>>

/** What a warehouse is opened with. */
export type WarehouseOptions = DataDirectoryOptions &
  Pick<Options, 'warehouse' | 'db' | 'table' | 'tdPriority' | 'tdPool'> &
  Partial<Pick<Options, 'input' | 'inputEncoding' | 'inputDelimiter' | 'threads'>>

/**
 * Opens warehouse and storage, does the work, closes them whatever happens.
 * @param readsTouchpoints true where the work reads the table of touchpoints.
 */
export async function withWorld<T>(
  options: WarehouseOptions & StorageOptions & Partial<Pick<Options, 'modelFrom'>>,
  effects: Effects,
  readsTouchpoints: boolean,
  work: (world: World) => Promise<T>,
): Promise<T> {
  const storage = openDataStorage(options, effects)
  const modelStorage = options.modelFrom === undefined ? undefined : openStorage(options.modelFrom, effects)
  const warehouse = await openWarehouse(options, effects, readsTouchpoints)
  try {
    return await work({ ...worldOf(effects, storage, warehouse), modelStorage })
  } finally {
    await warehouse.close()
  }
}

/**
 * @returns the warehouse of `--warehouse`.
 * @throws {ConfigError} for an unknown one, or one without anything to read.
 */
export async function openWarehouse(
  options: WarehouseOptions,
  effects: Effects,
  readsTouchpoints: boolean,
): Promise<Warehouse> {
  return await warehouseKindOf(options).open(warehouseRequest(options, effects, readsTouchpoints))
}

/** @throws {ConfigError} where no kind has such a location. */
export function warehouseKindOf({ warehouse }: Pick<WarehouseOptions, 'warehouse'>): WarehouseKind {
  const kind = warehouses.find((candidate) => candidate.matches(warehouse))
  if (kind !== undefined) return kind
  const spelled = warehouses.map((known) => known.spelled)
  const allowed = `${spelled.slice(0, -1).join(', ')} or ${spelled.at(-1)}`
  throw new ConfigError(`--warehouse (WAREHOUSE) is "${warehouse}": ${allowed} is needed`)
}

/** @param attempts of each call to a server; undefined: the usual ones. @returns what a warehouse is opened with. */
export function warehouseRequest(
  options: WarehouseOptions,
  { environment, logger, signal, wallClockSec, uniqueSuffix }: Effects,
  readsTouchpoints: boolean,
  attempts?: number,
): WarehouseRequest {
  return {
    location: options.warehouse,
    inputTable: { database: options.db, table: options.table },
    readsTouchpoints,
    input: options.input ?? [],
    inputEncoding: options.inputEncoding,
    inputDelimiter: options.inputDelimiter,
    threads: options.threads,
    directory: localDirectory(options),
    priority: options.tdPriority,
    poolName: options.tdPool,
    environment,
    logger,
    signal,
    wallClockSec,
    uniqueSuffix,
    attempts,
  }
}

/** @returns the data directory; where that is in a bucket, one of this machine. */
function localDirectory(options: DataDirectoryOptions): string {
  const directory = dataDirectory(options)
  return resolve(maybeScheme(directory) === undefined ? directory : 'mta-data')
}

/**
 * @returns `--data-dir`; where only `--positive-tfrecords-dir` was given, its parent, since the manifest has to lie on
 *   storage that the next step sees too.
 */
export function dataDirectory(options: DataDirectoryOptions): string {
  const besides = options.positiveTfrecordsDir
  if (options.given.has('dataDir') || besides === undefined) return options.dataDir
  return maybeScheme(besides) !== undefined ? besides.replace(/\/[^/]*\/*$/, '') : dirname(besides)
}

/** @returns the kind of storage at a location: a directory unless another kind takes it. */
export function storageKindOf(location: string): StorageKind {
  const kind = storages.find((candidate) => candidate.matches(location))
  if (kind !== undefined) return kind
  throw new ConfigError(
    `--data-dir (DATA_DIR) or another directory option is "${location}": a directory, gs://BUCKET/PREFIX or s3://BUCKET/PREFIX is needed; ` +
      'write ./NAME for a directory whose name has a colon',
  )
}

/** @returns the storage at a location. */
export function openStorage(location: string, world: StorageWorld): Storage {
  return storageKindOf(location).open(location, world)
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
