import type { WarehouseKind, WarehouseRequest } from '../warehouse-kind.ts'
import type { TreasureDataOptions } from './warehouse.ts'

/** Treasure Data: queries are Trino jobs, tables are written by bulk import. */
export const treasureData: WarehouseKind = {
  spelled: 'td',
  variables: ['TD_API_SERVER'],
  secrets: ['TD_API_KEY'],
  matches: (location) => location === 'td',
  open: async (request) => {
    const { openTreasureData } = await import('./warehouse.ts')
    return openTreasureData(optionsOf(request))
  },
  inspect: async (_warehouse, request) => {
    const { inspectTreasureData } = await import('./inspection.ts')
    return inspectTreasureData(optionsOf(request))
  },
}

function optionsOf({ environment, inputTable, attempts, ...request }: WarehouseRequest): TreasureDataOptions {
  const { priority, poolName, logger, signal, wallClockSec, uniqueSuffix } = request
  return {
    apiKey: environment.TD_API_KEY,
    apiServer: environment.TD_API_SERVER,
    proxies: environment,
    database: inputTable.database,
    priority,
    poolName,
    logger,
    signal,
    wallClockSec,
    uniqueSuffix,
    ...(attempts === undefined ? {} : { policy: { attempts, patienceMs: 0 } }),
  }
}
