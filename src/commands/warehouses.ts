import { duckDb } from '../warehouse/duckdb/kind.ts'
import { treasureData } from '../warehouse/treasure-data/kind.ts'
import { trino } from '../warehouse/trino/kind.ts'
import type { WarehouseKind } from '../warehouse/warehouse-kind.ts'

/** Every kind of warehouse: a new one is its own folder and a line here. */
export const warehouses: readonly WarehouseKind[] = [duckDb, treasureData, trino]
