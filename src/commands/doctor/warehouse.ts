import { existsSync } from 'node:fs'
import { ConfigError } from '../../errors.ts'
import { maybeDuckDbFile } from '../../warehouse/duckdb/kind.ts'
import type { Inspection } from '../../warehouse/inspection.ts'
import type { Warehouse } from '../../warehouse/warehouse.ts'
import { type WarehouseOptions, warehouseKindOf, warehouseRequest } from '../adapters.ts'
import type { Effects } from '../effects.ts'

/** A warehouse, and what only the doctor asks of it. */
export interface InspectedWarehouse {
  readonly warehouse: Warehouse
  readonly inspection: Inspection
}

/** A server that doesn't answer is reported within seconds; a run is more patient. */
const ATTEMPTS = 3

/**
 * Opens the warehouse that a run would read from, and write to. Looking makes no DuckDB file: if the first run will
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
  const kind = warehouseKindOf(options)
  const request = warehouseRequest(options, effects, readsTouchpoints, ATTEMPTS)
  const warehouse = await kind.open(request)
  try {
    return { warehouse, inspection: await kind.inspect(warehouse, request) }
  } catch (error) {
    await warehouse.close()
    throw error
  }
}

/** @returns the DuckDB file of the options where it is not there yet. */
export function maybeMissingFile({ warehouse }: WarehouseOptions): string | undefined {
  const file = maybeDuckDbFile(warehouse)
  return file === undefined || existsSync(file) ? undefined : file
}
