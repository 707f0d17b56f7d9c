import { existsSync } from 'node:fs'
import { ConfigError } from '../../errors.ts'
import { inspectDuckDb } from '../../warehouse/duckdb/inspection.ts'
import type { Inspection } from '../../warehouse/inspection.ts'
import type { Warehouse } from '../../warehouse/warehouse.ts'
import { duckDbPlace, openWarehouse, treasureDataOptions, type WarehouseOptions } from '../adapters.ts'
import type { Effects } from '../effects.ts'

/** A warehouse, and what only the doctor asks of it. */
export interface InspectedWarehouse {
  readonly warehouse: Warehouse
  readonly inspection: Inspection
}

/** A server that doesn't answer is told within seconds; a run has more patience. */
const ATTEMPTS = 3

/**
 * Opens the warehouse that a run would read from, and write to. Looking makes no DuckDB file: where the first run will
 * make it, the input is read without one.
 * @param readsTouchpoints true where the input is to be read, too.
 * @throws {ConfigError} {DataError} as opening does.
 */
export async function openInspected(
  options: WarehouseOptions,
  effects: Effects,
  readsTouchpoints: boolean,
): Promise<InspectedWarehouse> {
  const file = maybeMissingFile(options)
  if (file !== undefined && options.input?.length === 0) {
    throw new ConfigError(
      `--warehouse (WAREHOUSE) is "duckdb:${file}": there is no such file; correct the path, or give --input (INPUT)`,
    )
  }
  const opened = file === undefined ? options : { ...options, warehouse: 'duckdb' }
  const warehouse = await openWarehouse(opened, effects, readsTouchpoints, ATTEMPTS)
  try {
    return { warehouse, inspection: await inspect(opened, effects, warehouse) }
  } catch (error) {
    await warehouse.close()
    throw error
  }
}

/** @returns the DuckDB file of the options where it is not there yet. */
export function maybeMissingFile({ warehouse }: WarehouseOptions): string | undefined {
  const [, file] = /^duckdb:(.+)$/s.exec(warehouse) ?? []
  return file === undefined || existsSync(file) ? undefined : file
}

async function inspect(
  options: WarehouseOptions,
  effects: Effects,
  warehouse: Warehouse,
): Promise<Inspection> {
  if (options.warehouse === 'td') {
    const { inspectTreasureData } = await import('../../warehouse/treasure-data/inspection.ts')
    return inspectTreasureData(treasureDataOptions(options, effects, ATTEMPTS))
  }
  if (/^trino:/i.test(options.warehouse)) {
    const { inspectTrino } = await import('../../warehouse/trino/inspection.ts')
    return inspectTrino(warehouse, { warehouse: options.warehouse, environment: effects.environment })
  }
  return inspectDuckDb(warehouse, duckDbPlace(options))
}
